package fault

import (
	"strings"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

func listingRows() []row {
	here := &end{present: 8}
	return []row{
		{name: "LIST: NO once at the source", from: faults(F{On: "LIST", Times: 2, Say: "NO [UNAVAILABLE] Internal error"})},
		{name: "LIST: NO once at the destination", to: faults(F{On: "LIST", Times: 2, Say: "NO Internal error occurred. Refer to server log for more information."})},
		{name: "LIST: NO for ever", from: faults(F{On: "LIST", Times: Always, Say: "NO [SERVERBUG] broken"}), args: few, first: later("broken")},
		{name: "LIST: NO [NOPERM]", from: faults(F{On: "LIST", Times: Always, Say: "NO [NOPERM] not yours"}), first: end{exit: 1, nothing: true, says: "not yours"}},
		{name: "LIST: BAD to what was offered", from: faults(F{On: "LIST", With: "RETURN", Times: Always, Say: "BAD Command Argument Error. 12"}), stays: true, second: here},
		{name: "LIST: throttled", to: faults(F{On: "LIST", Times: 2, Say: "BAD Request is throttled. Suggested Backoff Time: 600 milliseconds"}), atLeast: 600e6},
		{name: "LIST: BYE once at the source", from: faults(F{On: "LIST", Bye: "Server shutting down."})},
		{name: "LIST: BYE once at the destination", to: faults(F{On: "LIST", Bye: "Disconnected for inactivity."})},
		{name: "LIST: closed once", to: faults(F{On: "LIST", Late: true, Close: true})},
		{name: "LIST: BYE for ever", to: faults(F{On: "LIST", Times: Always, Bye: "LOGOUT Requested"}), args: few, first: later("LOGOUT Requested")},
		{name: "LIST: unknown replies around it", from: faults(F{On: "LIST", Times: Always, First: "* XYZZY (1 {3}\r\na)b 2)\r\n* OK [ALERT] hello\r\n* 3 EXISTS"}), stays: true, second: here},
		{name: "LIST: every folder twice", from: faults(F{On: "LIST", Times: Always, Line: twice})},
		{name: "LIST: attributes unheard of", from: faults(F{On: "LIST", Times: Always, Line: swap(`\HasNoChildren`, `\HasNoChildren \X-Strange`)})},
		{name: "LIST: names without quotes", from: faults(F{On: "LIST", Times: Always, Line: unquoted})},
		{name: "LIST: names as literals", from: faults(F{On: "LIST", Times: Always, Line: swap(`"Sent"`, "{4}\r\nSent")})},
		{name: "LIST: INBOX in another case", from: faults(F{On: "LIST", Times: Always, Line: swap(`"INBOX"`, `"Inbox"`)})},
		{name: "LIST: INBOX left out at the source", from: faults(F{On: "LIST", Times: Always, Line: hide(`"INBOX"`)})},
		{name: "LIST: INBOX left out at the destination", to: faults(F{On: "LIST", Times: Always, Line: hide(`"INBOX"`)})},
		{name: "LIST: nothing at all", from: faults(F{On: "LIST", Times: Always, Line: hide("LIST (")}), first: end{copied: 5, lacks: []int{5, 6, 7}}},
		{name: "LIST: levels that are no folders", from: imapserver.Options{Folders: []imapserver.Folder{{Name: "Archive", Attrs: `\Noselect`}, {Name: "gone", Attrs: `\NonExistent`}}}},
		{name: "LIST: the delimiter is a dot", to: imapserver.Options{Delimiter: "."}},
		{name: "LIST: a prefix for all folders (Courier)", to: imapserver.Options{Delimiter: ".", Prefix: "INBOX."}},
		{name: "LIST: the source has the prefix", from: imapserver.Options{Delimiter: ".", Prefix: "INBOX."}},
		{name: "LIST: the destination knows no hierarchy", to: imapserver.Options{Flat: true},
			made: func(_ int, m *mailtest.Mail) { m.Folder = []string{strings.Join(m.Folder, "/")} }, first: end{copied: 8}},
		{name: "LIST: delimiter NIL for INBOX alone", from: faults(F{On: "LIST", Times: Always, Line: func(line string) string {
			return strings.Replace(line, `"/" "INBOX"`, `NIL "INBOX"`, 1)
		}})},
		{name: "LIST: names that are no modified UTF-7", setup: func(g *rig) {
			for i, name := range []string{"R&D", "Entw\xfcrfe", "&bad"} {
				g.from.PutAs(user, name, letter(8+i))
				g.mail = append(g.mail, letter(8+i))
			}
		}, first: end{copied: 11}, allow: mailtest.CompareOptions{IgnoreFolder: true}},
		{name: "LIST: other users' folders stay there", from: imapserver.Options{Folders: []imapserver.Folder{{Name: "user/ben"}},
			Faults: []F{{On: "NAMESPACE", Times: Always, Line: swap("NIL NIL", `(("user/" "/")) NIL`)}}},
			setup: func(g *rig) { g.from.PutAs(user, "user/ben", letter(9)) }, first: end{copied: 8}, second: here, stays: true},
		{name: "NAMESPACE: refused", to: faults(F{On: "NAMESPACE", Times: Always, Say: "NO not here"}), stays: true, second: here},
		{name: "NAMESPACE: all NIL", from: faults(F{On: "NAMESPACE", Times: Always, Line: func(line string) string {
			if strings.HasPrefix(line, "* NAMESPACE") {
				return "* NAMESPACE NIL NIL NIL"
			}
			return line
		}}), stays: true, second: here},
		{name: "STATUS: refused for one folder", from: imapserver.Options{Capabilities: lacking("LIST-STATUS", "LIST-EXTENDED"),
			Faults: []F{{On: "STATUS", In: "Sent", Times: Always, Say: "NO [NOPERM] not yours"}}}},
		{name: "STATUS: refused for all folders", to: imapserver.Options{Capabilities: lacking("LIST-STATUS"),
			Faults: []F{{On: "STATUS", Times: Always, Say: "BAD STATUS is not known"}}}, stays: true, second: here},
		{name: "STATUS: BYE once", from: imapserver.Options{Capabilities: lacking("LIST-STATUS"), Faults: []F{{On: "STATUS", From: 2, Bye: "bye"}}}},
		{name: "STATUS: counts are 0", from: faults(F{On: "LIST", Times: Always, Line: func(line string) string {
			if strings.HasPrefix(line, "* STATUS") {
				return strings.NewReplacer("MESSAGES 5", "MESSAGES 0", "MESSAGES 2", "MESSAGES 0", "MESSAGES 1", "MESSAGES 0").Replace(line)
			}
			return line
		}}), stays: true, second: here},
		{name: "STATUS: counts are 0 at the destination, which has half of it", to: faults(F{On: "LIST", Times: Always, Line: func(line string) string {
			return strings.Replace(line, "MESSAGES 4", "MESSAGES 0", 1)
		}}), setup: func(g *rig) { g.to.Put(user, g.mail[:4]) }, first: end{copied: 4, adopted: 4}, second: here},
		{name: "STATUS: a reply without any item", from: faults(F{On: "LIST", Times: Always, Line: func(line string) string {
			if strings.HasPrefix(line, "* STATUS") {
				return line[:strings.IndexByte(line, '(')] + "()"
			}
			return line
		}}), stays: true, second: here},
	}
}

// twice sends a LIST line a second time.
func twice(line string) string {
	if strings.HasPrefix(line, "* LIST") {
		return line + "\r\n" + line
	}
	return line
}

// unquoted takes the quotes off the name in a LIST line.
func unquoted(line string) string {
	at := strings.LastIndex(line, ` "`)
	if !strings.HasPrefix(line, "* LIST") || at < 0 {
		return line
	}
	return line[:at+1] + strings.Trim(line[at+1:], `"`)
}
