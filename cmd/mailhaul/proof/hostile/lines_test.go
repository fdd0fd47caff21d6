package hostile

import "strings"

// endlessLines are lines that never end, wherever a line can be.
func endlessLines() []attack {
	const a = "aaaaaaaaaaaaaaaa"
	return []attack{
		{name: "endless greeting", on: imapSource, play: play{atGreeting: endless("* OK ", a)}},
		{name: "endless untagged line", on: imapSource, play: play{"LIST": endless("* LIST (", a)}},
		{name: "endless line of nothing", on: imapSource, play: play{"LIST": endless("", a)}},
		{name: "endless tagged line", on: imapSource, play: play{"LIST": endless("$ OK ", a)}},
		{name: "endless atom", on: imapSource, play: play{"LIST": endless(`* LIST () "/" `, a)}},
		{name: "endless quoted string", on: imapSource, play: play{"LIST": endless(`* LIST () "/" "`, a)}},
		{name: "endless backslashes", on: imapSource, play: play{"LIST": endless(`* LIST () "/" "`, `\\`)}},
		{name: "endless flags in one line", on: imapSource, play: play{"UID FETCH": endless("* 1 FETCH (UID 1 FLAGS (", "a ")}},
		{name: "endless quoted body", on: imapSource, play: play{"UID FETCH": bodyOnly(endless(`* 1 FETCH (UID 1 BODY[] "`, a))}},
		{name: "endless blanks", on: imapSource, play: play{"STATUS": endless("* STATUS INBOX (", "   ")}},
		{name: "endless digits", on: imapSource, play: play{"EXAMINE": endless("* ", "9999")}},
		{name: "endless response code", on: imapDest, play: play{"SELECT": endless("* OK [PERMANENTFLAGS (", `\A `)}},
		{name: "endless APPENDUID", on: imapDest, play: play{"APPEND": endless("$ OK [APPENDUID 7 ", "1,")}},
		{name: "endless NO", on: imapDest, play: play{"APPEND": endless("$ NO ", a)}},
		{name: "a megabyte of NO", on: imapDest, play: play{"APPEND": raw("$ NO " + strings.Repeat("no ", 300_000) + nl)}, texts: true},
		{name: "a megabyte of BYE", on: imapSource, play: play{"LIST": raw("* BYE " + strings.Repeat("bye ", 200_000) + nl)}, texts: true},

		{name: "endless greeting", on: pop3Source, play: play{atGreeting: endless("+OK ", a)}},
		{name: "endless refusal", on: pop3Source, play: play{"PASS": endless("-ERR ", a)}},
		{name: "endless line of CAPA", on: pop3Source, play: play{"CAPA": endless("+OK\r\n", a)}},
		{name: "endless line of UIDL", on: pop3Source, play: play{"UIDL": endless("+OK\r\n1 ", a)}},
		{name: "endless line of LIST", on: pop3Source, play: play{"LIST": endless("+OK\r\n1 ", "1")}},
		{name: "endless status of RETR", on: pop3Source, play: play{"RETR": endless("+OK ", a)}},
	}
}

// bodyOnly plays an attack when texts are asked for, and is honest before.
func bodyOnly(attack func(*peer, string, string)) func(*peer, string, string) {
	return asked("BODY.PEEK[]", attack)
}

// headerOnly is the same for headers.
func headerOnly(attack func(*peer, string, string)) func(*peer, string, string) {
	return asked("HEADER.FIELDS", attack)
}

func asked(item string, attack func(*peer, string, string)) func(*peer, string, string) {
	return func(p *peer, tag, text string) {
		if strings.Contains(text, item) {
			attack(p, tag, text)
			return
		}
		p.answer(tag, text, allCaps, nil)
	}
}
