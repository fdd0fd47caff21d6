package hostile

import (
	"fmt"
	"strings"
)

// numbers are sets of four billion, and what fits into no integer.
func numbers() []attack {
	appended := func(code string) func(*peer, string, string) { return raw("$ OK [" + code + "] done\r\n") }
	rows := []attack{
		{name: "APPENDUID of four billion", on: imapDest, fine: true, play: play{"APPEND": appended("APPENDUID 7 1:4294967295")}},
		{name: "APPENDUID backwards", on: imapDest, fine: true, play: play{"APPEND": appended("APPENDUID 7 4294967295:1")}},
		{name: "APPENDUID of many ranges", on: imapDest, fine: true, play: play{"APPEND": appended("APPENDUID 7 " + strings.TrimSuffix(strings.Repeat("1:4294967295,", 2000), ","))}},
		{name: "APPENDUID *", on: imapDest, fine: true, play: play{"APPEND": appended("APPENDUID 7 *")}},
		{name: "APPENDUID 0", on: imapDest, fine: true, play: play{"APPEND": appended("APPENDUID 7 0")}},
		{name: "APPENDUID that fits nowhere", on: imapDest, fine: true, play: play{"APPEND": appended("APPENDUID 99999999999999999999 99999999999999999999")}},
		{name: "COPYUID of four billion", on: imapDest, fine: true, play: play{"APPEND": appended("COPYUID 7 1:4294967295 1:4294967295")}},
		{name: "ESEARCH of four billion", on: imapSource, play: play{"UID FETCH": bodyOnly(say()), "UID SEARCH": say("* ESEARCH UID ALL 1:4294967295")}},
		{name: "SEARCH of the highest", on: imapSource, play: play{"UID FETCH": bodyOnly(say()), "UID SEARCH": say("* SEARCH 4294967295 4294967296 0 -1 99999999999999999999")}},
		{name: "MODIFIED of four billion", on: imapSource, play: play{"UID FETCH": raw("$ NO [MODIFIED 1:4294967295] no\r\n")}},
		{name: "four billion messages", on: imapSource, play: play{"EXAMINE": say("* 4294967295 EXISTS", "* OK [UIDVALIDITY 7] ok", "* OK [UIDNEXT 4294967295] ok")}},
		{name: "four billion messages", on: imapDest, play: play{"SELECT": say("* 4294967295 EXISTS", "* OK [UIDVALIDITY 7] ok", "* OK [UIDNEXT 4294967295] ok")}},
		{name: "UIDNEXT 0", on: imapDest, play: play{"SELECT": say("* 0 EXISTS", "* OK [UIDVALIDITY 7] ok", "* OK [UIDNEXT 0] ok"), "STATUS": say("* STATUS INBOX (UIDNEXT 0)")}},
		{name: "UIDNEXT that fits nowhere", on: imapDest, play: play{
			"SELECT": say("* 0 EXISTS", "* OK [UIDVALIDITY 7] ok", "* OK [UIDNEXT 99999999999999999999] ok"),
			"STATUS": say("* STATUS INBOX (UIDNEXT 99999999999999999999)")}},
		{name: "UIDNEXT at the very end", on: imapSource, arrives: 2, fine: true, play: play{"EXAMINE": say("* 2 EXISTS", "* OK [UIDVALIDITY 7] ok", "* OK [UIDNEXT 4294967295] ok")}},
		{name: "no UIDNEXT, and the highest UID", on: imapSource, play: play{
			"STATUS": say(), "EXAMINE": say("* 2 EXISTS", "* OK [UIDVALIDITY 7] ok"),
			"UID FETCH": say("* 2 FETCH (UID 4294967295 FLAGS () RFC822.SIZE 9)")}},
		{name: "UIDs 0 and more than there are", on: imapSource, play: play{"UID FETCH": say(
			"* 0 FETCH (UID 0 FLAGS () RFC822.SIZE 9)", "* 4294967296 FETCH (UID 4294967296 FLAGS () RFC822.SIZE 9)", "* -1 FETCH (UID -1 FLAGS () RFC822.SIZE -1)")}},
		{name: "sizes that fit nowhere", on: imapSource, play: play{"UID FETCH": say(
			"* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 9223372036854775807)", "* 2 FETCH (UID 2 FLAGS () RFC822.SIZE 4611686018427387904)")}},
		{name: "one UIDVALIDITY, then another", on: imapSource, play: play{"EXAMINE": say("* 2 EXISTS", "* OK [UIDVALIDITY 8] ok", "* OK [UIDNEXT 3] ok")}},
		{name: "two replies for each message", on: imapSource, arrives: 2, fine: true, play: play{"UID FETCH": func(p *peer, tag, text string) {
			for i, m := range p.all() {
				items := strings.SplitN(text, " ", 4)[3]
				p.send(fetched(i+1, m, items) + fetched(i+1, m, items))
			}
			p.ok(tag)
		}}},

		{name: "numbers told twice", on: pop3Source, play: play{"UIDL": raw("+OK\r\n1 a\r\n1 b\r\n.\r\n")}},
		{name: "numbers out of range", on: pop3Source, play: play{"UIDL": raw("+OK\r\n1 a\r\n4294967297 b\r\n.\r\n")}},
		{name: "number 0", on: pop3Source, play: play{"LIST": raw("+OK\r\n0 9\r\n1 9\r\n.\r\n")}},
		{name: "sizes that fit nowhere", on: pop3Source, play: play{"LIST": raw("+OK\r\n1 9223372036854775807\r\n2 9223372036854775807\r\n.\r\n")}},
		{name: "negative sizes", on: pop3Source, play: play{"LIST": raw("+OK\r\n1 -9\r\n2 -9\r\n.\r\n")}},
	}
	for _, n := range []string{"4294967295", "9223372036854775808", "18446744073709551615", "99999999999999999999999"} {
		rows = append(rows,
			attack{name: "STATUS of " + n, on: imapSource, play: play{
				"STATUS":  say(fmt.Sprintf("* STATUS INBOX (MESSAGES %s UIDNEXT %[1]s UIDVALIDITY %[1]s SIZE %[1]s HIGHESTMODSEQ %[1]s)", n)),
				"EXAMINE": raw("$ NO gone\r\n")}},
			attack{name: "STAT of " + n, on: pop3Source, play: play{"STAT": raw("+OK " + n + " " + n + nl)}},
			attack{name: "APPENDLIMIT of " + n, on: imapDest, caps: allCaps + " APPENDLIMIT=" + n + " MESSAGELIMIT=" + n, fine: true},
		)
	}
	return rows
}
