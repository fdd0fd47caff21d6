package hostile

import (
	"fmt"
	"strings"
)

// tags are replies to nothing, too early, too often.
func tags() []attack {
	var future, past strings.Builder
	for n := range 200 {
		fmt.Fprintf(&future, "m%d OK done\r\n", n)
	}
	past.WriteString(strings.Repeat("m0 OK\r\nm1 NO\r\n* OK\r\n", 100))
	return []attack{
		{name: "stray tags", on: imapSource, arrives: 2, fine: true, play: play{"NAMESPACE": raw("x1 OK\r\nm OK\r\nm-1 BAD\r\nm99999999999 OK\r\n OK\r\n$ OK\r\n")}},
		{name: "stray tags without end", on: imapSource, play: play{"LIST": endless("", "x1 OK\r\n")}},
		{name: "replies before the commands", on: imapSource, arrives: 2, fine: true, play: play{atGreeting: raw("* OK [CAPABILITY " + allCaps + "] ready\r\n" + future.String())}},
		{name: "replies before the commands", on: imapDest, fine: true, play: play{atGreeting: raw("* PREAUTH [CAPABILITY " + allCaps + "] ready\r\n" + future.String())}},
		{name: "tags of future commands", on: imapSource, arrives: 2, fine: true, play: play{"LIST": raw("* LIST () \"/\" INBOX\r\n$ OK\r\n" + future.String())}},
		{name: "tags of past commands", on: imapSource, arrives: 2, fine: true, play: play{"LIST": raw("* LIST () \"/\" INBOX\r\n" + past.String() + "$ OK\r\n" + past.String())}},
		{name: "a tag that says nothing", on: imapSource, play: play{"LIST": raw("$ MAYBE\r\n")}},
		{name: "a tag with PREAUTH", on: imapSource, play: play{"LIST": raw("$ PREAUTH\r\n")}},
		{name: "a tag alone", on: imapSource, play: play{"LIST": raw("$\r\n")}},
		{name: "requests to go on without end", on: imapSource, play: play{"LIST": endless("", "+ go on\r\n")}},
		{name: "requests to go on without end", on: imapDest, play: play{"APPEND": endless("", "+ go on\r\n")}},
		{name: "requests to go on before the literal", on: imapDest, fine: true, caps: "IMAP4rev1", play: play{"SELECT": func(p *peer, tag, text string) {
			p.send(strings.Repeat("+ go on\r\n", 5))
			p.answer(tag, text, "", nil)
		}}},
		{name: "challenges without end", on: imapSource, caps: allCaps + " AUTH=PLAIN LOGINDISABLED", play: play{"AUTHENTICATE": endless("", "+ bW9yZQ==\r\n")}},
		{name: "challenges without end, all at once", on: imapSource, caps: allCaps + " AUTH=PLAIN SASL-IR", play: play{"AUTHENTICATE": endless("", "+ bW9yZQ==\r\n")}},
		{name: "OK for a letter before it has come", on: imapDest, caps: "IMAP4rev1 UIDPLUS", fine: true, play: play{atLiteral: func(p *peer, _, _ string) {
			p.send("+ go on\r\n+ go on\r\n* OK hello\r\n")
		}}},
		{name: "another kind of server", on: imapSource, play: play{atGreeting: raw("220 mail.example.org ESMTP\r\n")}},
		{name: "a web server", on: imapSource, play: play{atGreeting: raw("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")}},
		{name: "bytes that are no text", on: imapSource, play: play{atGreeting: endless("", "\x00\xff\x1b\n")}},

		{name: "a greeting of many lines", on: pop3Source, play: play{atGreeting: raw("+OK one\r\n+OK two\r\n+OK three\r\n")}},
		{name: "replies before the commands", on: pop3Source, play: play{atGreeting: raw("+OK ready\r\n" + strings.Repeat("+OK\r\n", 50))}},
		{name: "a mail server for sending", on: pop3Source, play: play{atGreeting: raw("220 mail.example.org ESMTP\r\n")}},
		{name: "an end that is none", on: pop3Source, play: play{"UIDL": raw("+OK\r\n1 a\r\n..\r\n2 b\r\n.\r\n")}},
		{name: "empty lines", on: pop3Source, play: play{"PASS": raw("\r\n\r\n\r\n")}},
	}
}
