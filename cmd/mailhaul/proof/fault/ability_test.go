package fault

import (
	"fmt"
	"strings"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// abilityRows are servers that can less than others.
func abilityRows() []row {
	here := &end{present: 8}
	able := func(caps []string) imapserver.Options { return imapserver.Options{Capabilities: caps} }
	rows := []row{
		{name: "ability: the destination knows IMAP4rev1 and nothing else", to: able([]string{"IMAP4rev1"})},
		{name: "ability: the source knows IMAP4rev1 and nothing else", from: able([]string{"IMAP4rev1"})},
		{name: "ability: LITERAL- in place of LITERAL+", to: able(offering("LITERAL-", "LITERAL+"))},
		{name: "ability: LITERAL- and no MULTIAPPEND (Gmail)", to: able(offering("LITERAL-", "LITERAL+", "MULTIAPPEND"))},
		{name: "ability: MULTIAPPEND without LITERAL+", to: able(lacking("LITERAL+"))},
		{name: "ability: MULTIAPPEND announced and not known", to: faults(F{On: "APPEND", Say: "BAD one message at a time"})},
		{name: "ability: IMAP4rev2 as well", to: able(offering("IMAP4rev2"))},
		{name: "ability: capabilities in small letters", from: able(strings.Fields(strings.ToLower(strings.Join(lacking(), " "))))},
		{name: "ability: message limit at the source", from: imapserver.Options{Capabilities: offering("MESSAGELIMIT=2"), MessageLimit: 2}, stays: true, second: here},
		{name: "ability: message limit at the source, not announced", from: imapserver.Options{MessageLimit: 2}, stays: true, second: here},
		{name: "ability: message limit at the destination", to: imapserver.Options{Capabilities: offering("MESSAGELIMIT=2"), MessageLimit: 2},
			besides: []mailtest.Mail{letter(20), letter(21), letter(22)}, stays: true, second: here},
		{name: "ability: message limit at the destination, and a lost connection", to: imapserver.Options{Capabilities: offering("MESSAGELIMIT=1"), MessageLimit: 1,
			Faults: []F{{On: "APPEND", Late: true, Close: true}}}, besides: []mailtest.Mail{letter(20), letter(21)}},
		{name: "ability: only UTF-8 mail", to: able(offering("UTF8=ONLY")), stays: true, first: end{exit: 1, nothing: true, says: "UTF8=ONLY"}},
	}
	for _, name := range []string{"UIDPLUS", "LITERAL+", "MULTIAPPEND", "LIST-EXTENDED", "LIST-STATUS", "NAMESPACE", "SPECIAL-USE", "CREATE-SPECIAL-USE", "STATUS=SIZE", "CONDSTORE", "ID", "CHILDREN"} {
		rows = append(rows,
			row{name: fmt.Sprintf("ability: the destination has no %s, and loses a connection", name),
				to: imapserver.Options{Capabilities: lacking(name), Faults: []F{{On: "APPEND", Late: true, Close: true}}}},
			row{name: fmt.Sprintf("ability: the source has no %s, and loses a connection", name),
				from: imapserver.Options{Capabilities: lacking(name), Faults: []F{bodies(F{Late: true, Close: true})}}})
	}
	return rows
}
