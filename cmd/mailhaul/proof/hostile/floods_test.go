package hostile

import (
	"fmt"
	"strings"
)

// floods are replies without number.
func floods() []attack {
	long := strings.Repeat("n", 4000)
	return []attack{
		{name: "LIST without end", on: imapSource, play: play{"LIST": counting(func(i int) string { return fmt.Sprintf("* LIST () \"/\" box%d\r\n", i) })}},
		{name: "LIST without end, one name", on: imapSource, play: play{"LIST": endless("", "* LIST () \"/\" box\r\n")}},
		{name: "LIST without end, long names", on: imapSource, play: play{"LIST": counting(func(i int) string { return fmt.Sprintf("* LIST () \"/\" %d%s\r\n", i, long) })}},
		{name: "LIST without end, deep names", on: imapSource, play: play{"LIST": counting(func(i int) string {
			return fmt.Sprintf("* LIST () \"/\" %d%s\r\n", i, strings.Repeat("/a", 200))
		})}},
		{name: "LIST without end, new attributes", on: imapSource, play: play{"LIST": counting(func(i int) string {
			return fmt.Sprintf("* LIST (\\A%d \\B%[1]d \\C%[1]d) \"/\" box%[1]d\r\n", i)
		})}},
		{name: "LIST without end", on: imapDest, play: play{"LIST": counting(func(i int) string { return fmt.Sprintf("* LIST () \"/\" box%d\r\n", i) })}},
		{name: "XLIST without end", on: imapSource, play: play{"LIST": counting(func(i int) string { return fmt.Sprintf("* XLIST () \"/\" box%d\r\n", i) })}},
		{name: "LSUB without end", on: imapSource, play: play{"LIST": counting(func(i int) string { return fmt.Sprintf("* LSUB () \"/\" box%d\r\n", i) })}},
		{name: "STATUS without end", on: imapSource, play: play{"STATUS": counting(func(i int) string { return fmt.Sprintf("* STATUS box%d (MESSAGES 1)\r\n", i) })}},
		{name: "NAMESPACE without end", on: imapSource, play: play{"NAMESPACE": counting(func(i int) string { return fmt.Sprintf("* NAMESPACE ((\"n%d\" \"/\")) NIL NIL\r\n", i) })}},
		{name: "namespaces without end in one reply", on: imapSource, play: play{"NAMESPACE": endless("* NAMESPACE (", `("a" "/")`)}},
		{name: "EXISTS without end", on: imapSource, play: play{"EXAMINE": counting(func(i int) string { return fmt.Sprintf("* %d EXISTS\r\n", i%1000) })}},
		{name: "EXPUNGE without end", on: imapDest, play: play{"SELECT": endless("", "* 1 EXPUNGE\r\n")}},
		{name: "FETCH without end, UIDs nobody asked for", on: imapSource, play: play{"EXAMINE": counting(func(i int) string {
			return fmt.Sprintf("* 1 FETCH (UID %d FLAGS (\\Seen))\r\n", i)
		})}},
		{name: "FETCH without end, new UIDs", on: imapSource, play: play{"EXAMINE": manyMessages, "UID FETCH": counting(fetchLine)}},
		{name: "FETCH without end, one UID", on: imapSource, play: play{"UID FETCH": endless("", "* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 9)\r\n")}},
		{name: "FETCH without end, new flags", on: imapSource, play: play{"EXAMINE": manyMessages, "UID FETCH": counting(func(i int) string {
			return fmt.Sprintf("* %d FETCH (UID %[1]d FLAGS (k%d) RFC822.SIZE 9)\r\n", i+1, i)
		})}},
		{name: "FETCH without end", on: imapDest, mail: twoMessages, play: play{"SELECT": manyMessages, "UID FETCH": counting(fetchLine)}},
		{name: "FETCH without end, one UID", on: imapDest, mail: twoMessages, play: play{"UID FETCH": endless("", "* 1 FETCH (UID 1 RFC822.SIZE 9)\r\n")}},
		{name: "SEARCH without end", on: imapSource, play: play{"UID FETCH": bodyOnly(say()), "UID SEARCH": counting(func(i int) string { return fmt.Sprintf("* SEARCH %d\r\n", i) })}},
		{name: "a SEARCH line without end", on: imapSource, play: play{"UID FETCH": bodyOnly(say()), "UID SEARCH": endless("* SEARCH", " 1 2 3 4294967295")}},
		{name: "an unasked SEARCH line without end", on: imapSource, play: play{"LIST": endless("* SEARCH", " 1")}},
		{name: "a SEARCH number without end", on: imapSource, play: play{"UID FETCH": bodyOnly(say()), "UID SEARCH": endless("* SEARCH ", "1111")}},
		{name: "ESEARCH without end", on: imapSource, play: play{"UID FETCH": bodyOnly(say()), "UID SEARCH": endless("", "* ESEARCH (TAG \"m1\") UID ALL 1:4294967295\r\n")}},
		{name: "capabilities without end", on: imapSource, play: play{"LIST": counting(func(i int) string { return fmt.Sprintf("* CAPABILITY IMAP4rev1 X%d\r\n", i) })}},
		{name: "a megabyte of capabilities", on: imapSource, play: play{"LOGIN": raw("* CAPABILITY" + strings.Repeat(" a", 400_000) + "\r\n$ OK\r\n")}},
		{name: "OK without end", on: imapSource, play: play{"LIST": endless("", "* OK still here\r\n")}},
		{name: "ALERT without end", on: imapSource, play: play{"LIST": counting(func(i int) string { return fmt.Sprintf("* OK [ALERT] number %d\r\n", i) })}},
		{name: "BYE without end", on: imapSource, play: play{"LIST": endless("", "* BYE\r\n")}},
		{name: "blank lines without end", on: imapSource, play: play{"LIST": endless("", nl)}},
		{name: "unknown replies without end", on: imapSource, play: play{"LIST": endless("", "* X-THING (a b (c))\r\n")}},
		{name: "greetings without end", on: imapSource, play: play{atGreeting: endless("", "* OK hello\r\n")}},
		{name: "folder flags without end", on: imapSource, play: play{"EXAMINE": counting(func(i int) string { return fmt.Sprintf("* FLAGS (f%d)\r\n", i) })}},
		{name: "a message with a megabyte of flags", on: imapSource, play: play{"UID FETCH": say("* 1 FETCH (UID 1 RFC822.SIZE 9 FLAGS (" + strings.Repeat("abcdef ", 140_000) + "))")}},
		{name: "messages with very many flags", on: imapSource, play: play{"EXAMINE": manyMessages, "UID FETCH": manyFlags}},
		{name: "a note for each letter", on: imapDest, fine: true, play: play{"APPEND": func(p *peer, tag, _ string) {
			for range 100_000 {
				p.send("* 1 FETCH (FLAGS (\\Seen))\r\n")
			}
			p.ok(tag)
		}}},
	}
}

func fetchLine(i int) string {
	return fmt.Sprintf("* %d FETCH (UID %[1]d FLAGS (\\Seen) RFC822.SIZE 9)\r\n", i+1)
}

// manyMessages opens a folder that claims to hold many, at UIDs far apart.
func manyMessages(p *peer, tag, _ string) {
	p.send("* 20000 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 4294967295] ok\r\n")
	p.ok(tag)
}

// manyFlags answers messages with nearly four kilobytes of flags each.
func manyFlags(p *peer, _, _ string) {
	p.flood("", func(i int) string {
		return fmt.Sprintf("* %d FETCH (UID %[1]d RFC822.SIZE 9 FLAGS (%s))\r\n", i+1, strings.Repeat(fmt.Sprintf("k%08d ", i), 150))
	})
}

// popFloods are lists and texts without end.
func popFloods() []attack {
	return []attack{
		{name: "UIDL without end", on: pop3Source, play: play{"UIDL": counting(func(i int) string { return popLine(i, "uidl-%[1]d") })}},
		{name: "UIDL without end, as many as STAT says", on: pop3Source, play: play{"STAT": raw("+OK 250000 250000\r\n"),
			"UIDL": counting(func(i int) string { return popLine(i, "%070[1]d") })}},
		{name: "UIDL without end, short", on: pop3Source, play: play{"STAT": raw("+OK 250000 250000\r\n"),
			"UIDL": counting(func(i int) string { return popLine(i, "%[1]x") })}},
		{name: "LIST without end", on: pop3Source, play: play{"LIST": counting(func(i int) string { return popLine(i, "9") })}},
		{name: "CAPA without end", on: pop3Source, play: play{"CAPA": counting(func(i int) string { return popLine(i, "X%[1]d") })}},
		{name: "greetings without end", on: pop3Source, play: play{atGreeting: endless("", "+OK hello\r\n")}},
		{name: "RETR of dots without end", on: pop3Source, play: play{"RETR": endless("+OK\r\n", "..\r\n")}},
		{name: "RETR of blank lines without end", on: pop3Source, play: play{"RETR": endless("+OK\r\n", nl)}},
		{name: "RETR of a line without end", on: pop3Source, play: play{"RETR": endless("+OK\r\n", "a")}},
		{name: "RETR of dots and LF without end", on: pop3Source, play: play{"RETR": endless("+OK\r\n", ".\n")}},
		{name: "TOP without end", on: pop3Source, play: play{
			"CAPA": raw("+OK\r\nTOP\r\n.\r\n"), "UIDL": raw("-ERR\r\n"), "TOP": endless("+OK\r\n", "X: y\r\n")}},
		{name: "a line of 100 MB that LIST tells", on: pop3Source, arrives: 1, fine: true, play: play{
			"STAT": raw("+OK 1 100000049\r\n"), "UIDL": raw("+OK\r\n1 a\r\n.\r\n"), "LIST": raw("+OK\r\n1 100000049\r\n.\r\n"), "RETR": longLine}},
	}
}

func popLine(i int, format string) string {
	head := ""
	if i == 0 {
		head = "+OK\r\n"
	}
	return head + fmt.Sprintf("%d "+strings.ReplaceAll(format, "[1]", "[2]"), i+1, i) + nl
}

// longLine answers a message that is one line of 100 MB.
func longLine(p *peer, _, _ string) {
	p.send("+OK\r\nSubject: long\r\nMessage-ID: <long@example.org>\r\n\r\n")
	block := strings.Repeat("a", 1_000_000)
	for range 100 {
		p.send(block)
	}
	p.send("\r\n.\r\n")
}
