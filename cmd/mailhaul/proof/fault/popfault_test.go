package fault

import (
	"fmt"
	"strings"
	"sync/atomic"
)

// popLost is how a run ends in which the POP3 source did not give message 2.
func popLost(words string) end {
	return end{exit: 3, copied: 7, refused: 1, lacks: []int{2}, says: words}
}

// popAll strikes each time.
func popAll(f popFault) *popServer {
	f.times = Always
	return popFaults(f)
}

func popRows() []row {
	rows := []row{}
	for _, words := range []string{
		"-ERR [AUTH] Authentication failed.",
		"-ERR [SYS/PERM] POP3 is disabled for this user",
		"-ERR Username and password not accepted.",
		"-ERR",
	} {
		rows = append(rows, row{name: "POP3: sign-in, " + words, pop: popAll(popFault{on: "PASS", say: words}), first: shut(strings.TrimPrefix(words[4:], " "))})
	}
	for _, words := range []string{
		"-ERR [SYS/TEMP] Temporary system problem. Please try again later",
		"-ERR [SYS/TEMP] Maximum number of connections from user+IP exceeded",
	} {
		rows = append(rows,
			row{name: "POP3: sign-in once, " + words, pop: popFaults(popFault{on: "PASS", say: words})},
			row{name: "POP3: sign-in for ever, " + words, pop: popAll(popFault{on: "PASS", say: words}), args: few, first: later(words[5:])})
	}
	for _, words := range []string{"-ERR [SYS/PERM] message is corrupt", "-ERR cannot read this message", "-ERR [SYS/TEMP] internal error"} {
		rows = append(rows, row{name: "POP3: RETR, " + words, pop: popAll(popFault{on: "RETR 3", say: words}), first: popLost(words[5:])})
	}
	return append(rows, []row{
		{name: "POP3: RETR, the message is gone", pop: popAll(popFault{on: "RETR 3", say: "-ERR no such message"}), first: end{copied: 7, vanished: 1, lacks: []int{2}}},
		{name: "POP3: RETR cut, once", pop: popFaults(popFault{on: "RETR 3", say: "+OK\r\nSubject: half", then: true})},
		{name: "POP3: RETR cut every time", pop: popAll(popFault{on: "RETR 3", say: "+OK\r\nSubject: half", then: true}), first: popLost("lost twice")},
		{name: "POP3: RETR without an answer, once", pop: popFaults(popFault{on: "RETR 3", then: true})},
		{name: "POP3: greeting -ERR, once", pop: popFaults(popFault{on: "GREETING", say: "-ERR too busy", then: true})},
		{name: "POP3: greeting closed, once", pop: popFaults(popFault{on: "GREETING", then: true})},
		{name: "POP3: greeting of an IMAP server", pop: popAll(popFault{on: "GREETING", say: "* OK IMAP4rev1 ready"}), first: end{exit: 1, nothing: true, says: "does not speak POP3"}},
		{name: "POP3: the maildrop is locked, long", pop: popAll(popFault{on: "PASS", say: "-ERR [IN-USE] Do you have another POP session running?"}), args: []string{"--tries", "1"},
			first: later("another POP session")},
		{name: "POP3: CAPA not known", pop: popAll(popFault{on: "CAPA", say: "-ERR unknown command"})},
		{name: "POP3: CAPA closes the connection, once", pop: popFaults(popFault{on: "CAPA", then: true})},
		{name: "POP3: no UIDL", pop: popFaults(popFault{on: "UIDL", times: Always, say: "-ERR not implemented"}, popFault{on: "CAPA", times: Always, say: "+OK\r\nTOP\r\n."}), stays: true, second: &end{present: 8}},
		{name: "POP3: no UIDL, no TOP, no CAPA", pop: popFaults(popFault{on: "UIDL", times: Always, say: "-ERR"}, popFault{on: "TOP", times: Always, say: "-ERR"}, popFault{on: "CAPA", times: Always, say: "-ERR"}),
			stays: true, second: &end{present: 8}},
		{name: "POP3: UIDL refused once", pop: popFaults(popFault{on: "UIDL", say: "-ERR [SYS/TEMP] not now"})},
		{name: "POP3: UIDL names two messages alike", pop: popFaults(popFault{on: "UIDL", times: Always, edit: replace("uid4\r\n", "uid1\r\n")}), stays: true, second: &end{present: 8}},
		{name: "POP3: UIDL gives a message no name", pop: popFaults(popFault{on: "UIDL", times: Always, edit: replace("3 uid2", "3")}), stays: true, second: &end{present: 8}},
		{name: "POP3: UIDL gives a message no name, once", pop: popFaults(popFault{on: "UIDL", edit: replace("3 uid2", "3")}), second: &end{present: 8}},
		{name: "POP3: UIDL changes from session to session", pop: popAll(popFault{on: "UIDL", edit: renamed()}), stays: true, second: &end{present: 8}},
		{name: "POP3: UIDL changes, and RETR is cut", pop: popFaults(popFault{on: "UIDL", times: Always, edit: renamed()}, popFault{on: "RETR 5", say: "+OK\r\nSubject: half", then: true}), second: &end{present: 8}},
		{name: "POP3: UIDL with a malformed line", pop: popAll(popFault{on: "UIDL", edit: replace("3 uid2", "uid2")}), first: end{exit: 1, nothing: true, says: "malformed"}},
		{name: "POP3: UIDL tells too few", pop: popAll(popFault{on: "UIDL", edit: replace("3 uid2\r\n", "")}), first: end{exit: 1, nothing: true, says: "UIDL tells 7 messages, STAT 8"}},
		{name: "POP3: STAT tells more than there are", pop: popAll(popFault{on: "STAT", edit: replace("+OK 8 ", "+OK 9 ")}), first: end{exit: 1, nothing: true, says: "STAT 9"}},
		{name: "POP3: LIST with sizes 0", pop: popAll(popFault{on: "LIST", edit: zeroSizes})},
		{name: "POP3: LIST tells more after the size", pop: popAll(popFault{on: "LIST", edit: suffixed})},
		{name: "POP3: LIST cut, once", pop: popFaults(popFault{on: "LIST", say: "+OK\r\n1 900", then: true})},
		{name: "POP3: text on the status line of RETR", pop: popAll(popFault{on: "RETR", edit: replace("+OK\r\n", "+OK 900 octets follow\r\n")})},
		{name: "POP3: bare LF in the messages", pop: popAll(popFault{on: "RETR 2", edit: replace("line 7 of message 1, and some more\r\n", "line 7 of message 1, and some more\n")})},
	}...)
}

func replace(old, new string) func(string) string {
	return func(answer string) string { return strings.ReplaceAll(answer, old, new) }
}

// renamed gives other UIDLs each time.
func renamed() func(string) string {
	var times atomic.Int32
	return func(answer string) string {
		return strings.ReplaceAll(answer, "uid", fmt.Sprintf("session%d-", times.Add(1)))
	}
}

// eachLine changes the lines of a list between its first and its dot.
func eachLine(answer string, change func(string) string) string {
	lines := strings.Split(answer, "\r\n")
	for i := 1; i < len(lines)-2; i++ {
		lines[i] = change(lines[i])
	}
	return strings.Join(lines, "\r\n")
}

func zeroSizes(answer string) string {
	return eachLine(answer, func(line string) string { return line[:strings.IndexByte(line, ' ')] + " 0" })
}

func suffixed(answer string) string {
	return eachLine(answer, func(line string) string { return line + " and more" })
}
