package hostile

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// evil is a text that would rule a terminal.
const evil = "\x1b[2J\x1b]0;owned\x07\x9b31m \b\b\x00\x7f \u202egnp.exe\u202c \u2066x\u2069 \u200f\ufeff\u2028\u0085 \xff\xfe end"

// texts are escape sequences and turned text in every word that a server says.
func texts() []attack {
	encoded := "=?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte(evil)) + "?="
	evilMail := fmt.Sprintf("From: %s\r\nSubject: %[1]s %s\r\nMessage-ID: <%[1]s@example.org>\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000\r\n\r\nhello\r\n", evil, encoded)
	popEvil := strings.NewReplacer("\x00", "").Replace(evil)
	return []attack{
		{name: "greeting", on: imapSource, texts: true, fine: true, arrives: 2, play: play{atGreeting: raw("* OK [CAPABILITY " + allCaps + "] " + evil + nl)}},
		{name: "greeting that is none", on: imapSource, texts: true, play: play{atGreeting: raw(evil + nl)}},
		{name: "greeting BYE", on: imapSource, texts: true, play: play{atGreeting: raw("* BYE " + evil + nl)}},
		{name: "ALERT", on: imapSource, texts: true, fine: true, arrives: 2, play: play{"NAMESPACE": say("* OK [ALERT] " + evil)}},
		{name: "ALERT, then the end", on: imapSource, texts: true, play: play{"LIST": func(p *peer, _, _ string) {
			p.send("* OK [ALERT] " + evil + nl)
			panic(gone{})
		}}},
		{name: "BYE", on: imapSource, texts: true, play: play{"LIST": raw("* BYE [" + evil + "] " + evil + nl)}},
		{name: "refused sign-in", on: imapSource, texts: true, play: play{"LOGIN": raw("$ NO [" + evil + "] " + evil + nl)}},
		{name: "refused sign-in that repeats the password", on: imapSource, texts: true, play: play{"LOGIN": func(p *peer, tag, text string) {
			p.send(fmt.Sprintf("* OK [ALERT] %s and %s\r\n%s NO %[2]s is wrong: %[1]s\r\n", text, secret, tag))
		}}},
		{name: "refused sign-in that repeats what was said", on: imapSource, texts: true, caps: allCaps + " AUTH=PLAIN SASL-IR", play: play{"AUTHENTICATE": func(p *peer, tag, text string) {
			p.send(fmt.Sprintf("%s NO you said %s\r\n", tag, text))
		}}},
		{name: "password repeated as a folder's name", on: imapSource, texts: true, arrives: 2, play: play{"EXAMINE": raw("$ NO anna's password is " + secret + "\r\n")}},
		{name: "refused folder", on: imapSource, texts: true, play: play{"EXAMINE": raw("$ NO [" + evil + "] " + evil + nl)}},
		{name: "capabilities", on: imapSource, texts: true, caps: "IMAP4rev1 LOGINDISABLED AUTH=" + strings.ReplaceAll(evil, " ", "")},
		{name: "ID", on: imapSource, texts: true, fine: true, arrives: 2, caps: allCaps + " ID", play: play{"ID": say("* ID (\"name\" \"" + evil + "\")")}},
		{name: "flags", on: imapSource, texts: true, fine: true, arrives: 2, play: play{"UID FETCH": func(p *peer, tag, text string) {
			for i, m := range p.all() {
				line := fetched(i+1, m, text)
				p.send(strings.Replace(line, `\Seen`, `\Seen `+strings.ReplaceAll(evil, "\x00", "")+` \`+"\x1b[31m", 1))
			}
			p.ok(tag)
		}}},
		{name: "mail", on: imapSource, texts: true, arrives: 1, mail: []string{evilMail}, fine: true},
		{name: "mail that is refused for it", on: imapSource, texts: true, arrives: 0, mail: []string{evilMail}, play: play{
			"UID FETCH": bodyOnly(raw("$ NO " + evil + nl))}},
		{name: "refused letters", on: imapDest, texts: true, letters: []string{evilMail, message(2)}, play: play{"APPEND": raw("$ NO [" + evil + "] " + evil + nl)}},
		{name: "flags of the folder", on: imapDest, texts: true, fine: true, play: play{"SELECT": say(
			"* 0 EXISTS", "* FLAGS ("+evil+")", "* OK [PERMANENTFLAGS ("+evil+" \\*)] x", "* OK [UIDVALIDITY 7] x", "* OK [UIDNEXT 1] x")}},
		{name: "refused folder", on: imapDest, texts: true, play: play{"SELECT": raw("$ NO " + evil + nl), "CREATE": raw("$ NO " + evil + nl)}},
		{name: "a folder that can only be read", on: imapDest, texts: true, play: play{"SELECT": raw("* 0 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 1] x\r\n$ OK [READ-ONLY] " + evil + nl)}},
		{name: "refused sign-in", on: imapDest, texts: true, play: play{"LOGIN": raw("$ NO " + evil + nl)}},
		{name: "no room left", on: imapDest, texts: true, play: play{"APPEND": raw("$ NO [OVERQUOTA] " + evil + nl)}},
		{name: "replies that are none", on: imapDest, texts: true, play: play{"SELECT": raw(evil + nl + "* " + evil + nl + "$ " + evil + nl)}},

		{name: "greeting", on: pop3Source, texts: true, fine: true, arrives: 2, play: play{atGreeting: raw("+OK " + popEvil + nl)}},
		{name: "greeting that is none", on: pop3Source, texts: true, play: play{atGreeting: raw(evil + nl)}},
		{name: "refused connection", on: pop3Source, texts: true, play: play{atGreeting: raw("-ERR [" + evil + "] " + evil + nl)}},
		{name: "refused sign-in", on: pop3Source, texts: true, play: play{"PASS": raw("-ERR " + evil + nl)}},
		{name: "refused sign-in that repeats the password", on: pop3Source, texts: true, play: play{"PASS": func(p *peer, _, text string) {
			p.send("-ERR " + text + " " + secret + nl)
		}}},
		{name: "password repeated later", on: pop3Source, texts: true, play: play{"RETR": raw("-ERR anna's password is " + secret + nl)}},
		{name: "CAPA", on: pop3Source, texts: true, fine: true, arrives: 2, play: play{"CAPA": raw("+OK\r\nUIDL\r\nTOP\r\n" + evil + "\r\n.\r\n")}},
		{name: "UIDLs with escape sequences", on: pop3Source, texts: true, arrives: 2, play: play{"UIDL": raw("+OK\r\n1 a\x1b[2J\r\n2 b\x9b31m\r\n.\r\n")}},
		{name: "UIDLs that turn around", on: pop3Source, texts: true, arrives: 2, play: play{"UIDL": raw("+OK\r\n1 a\u202eb\ufeff\r\n2 \xff\x9b\r\n.\r\n"), "RETR": raw("-ERR " + evil + nl)}},
		{name: "UIDLs with NUL", on: pop3Source, texts: true, arrives: 2, play: play{"UIDL": raw("+OK\r\n1 a\x00b\r\n2 c\r\n.\r\n")}},
		{name: "refused message", on: pop3Source, texts: true, play: play{"RETR": raw("-ERR " + evil + nl)}},
		{name: "CR within a refusal", on: pop3Source, texts: true, play: play{"PASS": raw("-ERR a\rb\nc\r\n+OK d\r\n")}},
		{name: "STAT", on: pop3Source, texts: true, play: play{"STAT": raw("+OK " + evil + nl)}},
		{name: "sizes", on: pop3Source, texts: true, play: play{"LIST": raw("+OK\r\n1 " + evil + "\r\n.\r\n")}},
	}
}
