package hostile

import (
	"fmt"
	"slices"
	"strings"
)

// literals are announced sizes that fit into no memory, or stand where none belongs.
func literals() []attack {
	rows := []attack{
		{name: "literals as flags", on: imapSource, arrives: 2, fine: true, play: play{"UID FETCH": func(p *peer, tag, text string) {
			if strings.Contains(text, "BODY") {
				p.answer(tag, text, allCaps, nil)
				return
			}
			for i, m := range p.all() {
				p.send(fmt.Sprintf("* %d FETCH (UID %[1]d FLAGS ({5}\r\nabcde) RFC822.SIZE {2}\r\n%d)", i+1, len(m)) + nl)
			}
			p.ok(tag)
		}}},
		{name: "a literal behind EXISTS", on: imapSource, arrives: 2, fine: true, play: play{"NAMESPACE": say("* 2 EXISTS {5}\r\nhello")}},
		{name: "a literal behind a strange tag", on: imapSource, arrives: 2, fine: true, play: play{"NAMESPACE": raw("zz9 {5}\r\nhello\r\n$ OK\r\n")}},
		{name: "a literal in a tagged reply", on: imapSource, arrives: 2, fine: true, play: play{"NAMESPACE": raw("$ OK {5}\r\nhello\r\n")}},
		{name: "a literal in APPENDUID", on: imapDest, fine: true, play: play{"APPEND": raw("$ OK [APPENDUID {1}\r\n7 1] done\r\n")}},
		{name: "literals without end in one reply", on: imapSource, play: play{"UID FETCH": endless("* 1 FETCH (UID 1 FLAGS (a", " {1}\r\na")}},
		{name: "empty literals without end", on: imapSource, play: play{"LIST": endless("* LIST (", "{0}\r\n")}},
		{name: "unasked literals of a gigabyte", on: imapSource, play: play{"LIST": gigabytes("* X {1000000000}\r\n")}},
		{name: "unasked bodies without end", on: imapSource, play: play{"UID FETCH": bodyOnly(endless("", "* 9 FETCH (UID 999 BODY[] {60000}\r\n"+strings.Repeat("a", 60000)+")\r\n"))}},
		{name: "one body again and again in one reply", on: imapSource, play: play{"UID FETCH": bodyOnly(
			endless("* 1 FETCH (UID 999", " BODY[] {60000}\r\n"+strings.Repeat("a", 60000)))}},
		{name: "bodies whose UID never comes", on: imapSource, play: play{"UID FETCH": bodyOnly(
			endless("", "* 1 FETCH (BODY[] {4000000}\r\n"+strings.Repeat("a", 4_000_000)+")\r\n"))}},
		{name: "a body of 2 GiB for a small message", on: imapSource, play: play{"UID FETCH": bodyOnly(gigabytes("* 1 FETCH (UID 1 BODY[] {2000000000}\r\n"))}},
		{name: "headers of a megabyte", on: imapDest, mail: slices.Repeat(twoMessages, 40), fine: true, play: play{"UID FETCH": headerOnly(longHeaders)}},
		{name: "headers for UIDs nobody asked for", on: imapDest, mail: slices.Repeat(twoMessages, 150), play: play{"UID FETCH": headerOnly(
			counting(func(i int) string {
				return fmt.Sprintf("* %d FETCH (UID %d BODY[HEADER] {4}\r\na:b\r\n)\r\n", i%300+1, i+1000)
			}))}},
	}
	for _, size := range []string{"2147483649", "9223372036854775807", "9223372036854775808", "18446744073709551616", strings.Repeat("9", 200), "-1"} {
		name := fmt.Sprintf("{%.20s} announced ", size)
		rows = append(rows,
			attack{name: name + "as a folder name", on: imapSource, play: play{"LIST": endless(`* LIST () "/" {`+size+"}\r\n", "a")}},
			attack{name: name + "as a body", on: imapSource, play: play{"UID FETCH": bodyOnly(endless("* 1 FETCH (UID 1 BODY[] {"+size+"}\r\n", "a"))}},
			attack{name: name + "as a header", on: imapDest, mail: twoMessages, play: play{"UID FETCH": headerOnly(endless("* 1 FETCH (UID 1 BODY[HEADER] {"+size+"}\r\n", "a"))}},
			attack{name: name + "unasked", on: imapDest, play: play{"SELECT": endless("* X {"+size+"}\r\n", "a")}},
		)
	}
	return rows
}

// gigabytes answers head, then as many bytes as the client takes, again and again.
func gigabytes(head string) func(*peer, string, string) {
	block := strings.Repeat("a", 1<<20)
	return func(p *peer, _, _ string) {
		n := 0
		p.flood("", func(int) string {
			if n++; n%1000 == 1 {
				return head
			}
			return block
		})
	}
}

// longHeaders answers a header of nearly a megabyte for each message.
func longHeaders(p *peer, tag, text string) {
	set := strings.Fields(text)[2]
	for i, m := range p.all() {
		if within(set, i+1, p.held()) {
			header, _, _ := strings.Cut(m, nl+nl)
			header += "\r\nTo: " + strings.Repeat("a", 1_000_000)
			p.send(fmt.Sprintf("* %d FETCH (UID %[1]d RFC822.SIZE %d%s)\r\n", i+1, len(m), literalOf("BODY[HEADER]", header+nl+nl)))
		}
	}
	p.ok(tag)
}
