package fault

import (
	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// no refuses message 2 as often as it comes.
func no(say string) F { return F{On: "APPEND", With: subject(2), Times: Always, Say: say} }

// synchronising is a server that has to be asked for every literal.
func synchronising(fs ...F) imapserver.Options {
	return imapserver.Options{Capabilities: lacking("LITERAL+", "MULTIAPPEND"), Faults: fs}
}

func appendRows() []row {
	rows := []row{}
	for _, words := range []string{
		"NO [CANNOT] virus found",
		"NO Message contains bare newlines",
		"NO Message contains invalid header",
		"NO [TOOBIG] Message too large",
		"NO Maximum message size exceeded",
		"NO [CLIENTBUG] APPEND Invalid message",
		"NO [NOPERM] not this one",
		"NO [LIMIT] Message has too many recipients",
		"NO [ALERT] Message rejected by policy",
		"NO [CONTACTADMIN] quarantined",
		"NO [SERVERBUG] cannot parse this message",
		"NO [CORRUPTION] cannot store this message",
		"BAD Command Argument Error. 11",
		"BAD command line limit exceeded",
		"NO",
	} {
		rows = append(rows,
			row{name: "APPEND: one message, " + words, to: one(no(words)), first: lost(words[min(len(words), 4):])},
			row{name: "APPEND: one message of many, " + words, to: faults(no(words)), first: lost(words[min(len(words), 4):])})
	}
	return append(rows, brokenAppendRows()...)
}

func brokenAppendRows() []row {
	here := &end{present: 8}
	third := func(f F) F { f.On, f.From = "APPEND", 3; return f }
	return []row{
		{name: "APPEND: refused before the literal", to: synchronising(F{On: "APPEND", AtLiteral: true, From: 3, Say: "NO [TOOBIG] too big"}), first: lost("too big")},
		{name: "APPEND: refused before a literal that was not asked for", to: one(F{On: "APPEND", AtLiteral: true, From: 3, Say: "NO [TOOBIG] too big"}), first: lost("too big")},
		{name: "APPEND: BYE before the literal", to: synchronising(F{On: "APPEND", AtLiteral: true, From: 3, Bye: "bye"})},
		{name: "APPEND: BYE in the literal", to: one(F{On: "APPEND", InLiteral: 300, From: 3, Bye: "Disconnected for inactivity."})},
		{name: "APPEND: closed in the literal", to: faults(F{On: "APPEND", InLiteral: 300, Close: true})},
		{name: "APPEND: reset in the literal", to: one(F{On: "APPEND", InLiteral: 300, From: 2, Reset: true})},
		{name: "APPEND: BYE for an answer", to: one(third(F{Bye: "Connection closed. 14"}))},
		{name: "APPEND: stored, and BYE for an answer", to: one(third(F{Late: true, Bye: "Session invalidated - AccessTokenExpired"}))},
		{name: "APPEND: stored, and the connection closed", to: one(third(F{Late: true, Close: true}))},
		{name: "APPEND: stored, and the connection reset", to: faults(F{On: "APPEND", Late: true, Reset: true})},
		{name: "APPEND: stored, and NO [SERVERBUG]", to: one(third(F{Late: true, Say: "NO [SERVERBUG] stored and then failed"}))},
		{name: "APPEND: stored, and NO [CANNOT]", to: one(third(F{Late: true, Say: "NO [CANNOT] stored all the same"})),
			first: end{exit: 3, copied: 7, refused: 1, says: "stored all the same"}, second: &end{present: 7, adopted: 1}},
		{name: "APPEND: the connection closed at one message every time", to: one(F{On: "APPEND", With: subject(2), Times: Always, Close: true}), first: lost("lost twice")},
		{name: "APPEND: the connection closed every time", to: one(F{On: "APPEND", Times: Always, Close: true}), mail: testMail()[:5], args: few,
			first: end{exit: 5, some: true}},
		{name: "APPEND: the folder is not there, once", to: one(third(F{Say: "NO [TRYCREATE] Mailbox doesn't exist: INBOX"}))},
		{name: "APPEND: NO [NONEXISTENT], once", to: one(third(F{Say: "NO [NONEXISTENT] Unknown Mailbox"}))},
		{name: "APPEND: NO [UNAVAILABLE], once", to: one(third(F{Say: "NO [UNAVAILABLE] backend is away"}))},
		{name: "APPEND: NO [INUSE], once", to: faults(F{On: "APPEND", Say: "NO [INUSE] Mailbox in use"})},
		{name: "APPEND: NO [UNAVAILABLE] for ever", to: one(F{On: "APPEND", Times: Always, Say: "NO [UNAVAILABLE] backend is away"}), mail: testMail()[:5], args: few,
			first: end{exit: 5, nothing: true, says: "backend is away"}},
		{name: "APPEND: closed after ten errors (Microsoft 365)", to: imapserver.Options{Capabilities: lacking("MULTIAPPEND"), Errors: 3,
			Faults: []F{{On: "APPEND", With: "fault number", Times: 4, Say: "BAD Command Argument Error. 11"}}}, first: end{exit: 3, some: true}},
		{name: "APPEND: BAD to the third of many at once", to: faults(F{On: "APPEND", Say: "BAD [CLIENTBUG] MULTIAPPEND is too long"}), first: end{copied: 8}},
		{name: "APPEND: a tag nobody has sent", to: one(F{On: "APPEND", Times: Always, First: "x99 OK that was another one\r\n* 7 EXISTS"}), stays: true, second: here},
		{name: "APPEND: leave to go on that nobody asked for", to: one(F{On: "APPEND", Times: Always, First: "+ go on"}), stays: true, second: here},
		{name: "APPEND: unknown replies before the answer", to: faults(F{On: "APPEND", Times: Always, First: "* XLIST what\r\n* 3 FETCH (FLAGS (\\Seen) UID 3)\r\n* OK [ALERT] nearly full"}), stays: true, second: here},
		{name: "APPEND: a slow answer", to: faults(F{On: "APPEND", Wait: 1e9}), atLeast: 1e9},
		{name: "APPEND: line ends stored as LF", to: faults(F{On: "APPEND", Times: Always, Store: func(m *imapserver.Message) bool { m.Bytes = bare(m.Bytes); return true }}),
			stays: true, second: here, allow: mailtest.CompareOptions{Canonical: true}},
		{name: "APPEND: line ends stored as LF, and the connection lost", to: faults(
			F{On: "APPEND", Times: Always, Store: func(m *imapserver.Message) bool { m.Bytes = bare(m.Bytes); return true }},
			F{On: "APPEND", Late: true, Close: true}), allow: mailtest.CompareOptions{Canonical: true}},
		{name: "APPEND: a header added", to: faults(
			F{On: "APPEND", Times: Always, Store: func(m *imapserver.Message) bool {
				m.Bytes = append([]byte("X-Received: by example\r\n"), m.Bytes...)
				return true
			}}, F{On: "APPEND", Late: true, Close: true}),
			made: func(_ int, m *mailtest.Mail) { m.Bytes = append([]byte("X-Received: by example\r\n"), m.Bytes...) }},
		{name: "APPEND: OK, and nothing stored", to: one(F{On: "APPEND", From: 3, Store: func(*imapserver.Message) bool { return false }}),
			stays: true, first: end{exit: 3, some: true, lacks: []int{2}, says: "not the same"}, second: &end{present: 8, lacks: []int{2}}},
		{name: "APPEND: many at once, two stored and NO", to: faults(F{On: "APPEND", Late: true, Say: "NO [CANNOT] one of them is bad", Store: firstTwo()}), first: end{copied: 8}},
		{name: "APPEND: an empty message", mail: append(testMail()[:7], mailtest.Mail{Folder: []string{"INBOX"}, Date: letter(0).Date}),
			first: end{exit: 3, copied: 7, refused: 1, lacks: []int{7}, says: "empty message"}, stays: true},
	}
}

// firstTwo stores the first two messages that come.
func firstTwo() func(*imapserver.Message) bool {
	n := 0
	return func(*imapserver.Message) bool {
		n++
		return n <= 2
	}
}
