package fault

import (
	"strings"

	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// bodies is a fault of the command that gets the texts.
func bodies(f F) F {
	f.On, f.With = "UID FETCH", "BODY.PEEK[]"
	return f
}

// about is a change of the reply about one message of INBOX, by its UID.
func about(uid uint32, change func(*imapserver.Item)) func(*imapserver.Item) {
	return func(it *imapserver.Item) {
		if it.UID == uid && strings.Contains(string(it.Text), subject(int(uid-1))) {
			change(it)
		}
	}
}

// lost is how a run ends in which the source did not give message 2.
func lost(words string) end {
	return end{exit: 3, copied: 7, refused: 1, lacks: []int{2}, says: words}
}

func drop(it *imapserver.Item) { it.Times = 0 }

func fetchRows() []row {
	here := &end{present: 8}
	rows := []row{}
	for _, words := range []string{
		"NO [UNAVAILABLE] UID FETCH Server error while fetching messages",
		"NO [SERVERBUG] Internal error occurred. Refer to server log for more information.",
		"NO [EXPUNGEISSUED] some are gone",
		"NO Some messages could not be FETCHed (Failure)",
		"BAD Command Error. 10",
	} {
		rows = append(rows,
			row{name: "FETCH: one message, " + words, from: faults(always(bodies(F{Item: about(3, drop), Line: swap("OK done", words)}))), first: lost(words[4:])},
			row{name: "FETCH: once, " + words, from: faults(bodies(F{Say: words}))})
	}
	return append(rows, []row{
		{name: "FETCH: OK without any text, once", from: faults(bodies(F{Say: "OK done"}))},
		{name: "FETCH: OK without the text of one message", from: faults(always(bodies(F{Item: about(3, drop)}))), first: lost("does not give its text")},
		{name: "FETCH: OK without the text of one message, and no SEARCH", from: faults(always(bodies(F{Item: about(3, drop)})), F{On: "UID SEARCH", Times: Always, Say: "BAD unknown command"}),
			first: lost("does not give its text")},
		{name: "FETCH: OK without the text of one message, and nothing found of it", from: faults(always(F{On: "UID FETCH", With: "(UID)", Item: about(3, drop)}), always(bodies(F{Item: about(3, drop)}))),
			first: lost("does not give its text")},
		{name: "FETCH: two answers left out, once", from: faults(bodies(F{Item: drop, Items: 2}))},
		{name: "FETCH: the text left out, once", from: faults(bodies(F{Item: func(it *imapserver.Item) { it.NoBody = true }}))},
		{name: "FETCH: the text of one message left out", from: faults(always(bodies(F{Item: about(3, func(it *imapserver.Item) { it.NoBody = true })}))), first: lost("does not give its text")},
		{name: "FETCH: NIL for a text, once", from: faults(bodies(F{Item: func(it *imapserver.Item) { it.NilBody = true }}))},
		{name: "FETCH: NIL for the text of one message", from: faults(always(bodies(F{Item: about(3, func(it *imapserver.Item) { it.NilBody = true })}))), first: lost("does not give its text")},
		{name: "FETCH: an empty text, once", from: faults(bodies(F{Item: func(it *imapserver.Item) { it.Text = nil }}))},
		{name: "FETCH: an empty text for one message", from: faults(always(bodies(F{Item: about(3, func(it *imapserver.Item) { it.Text = nil })}))), first: lost("does not give its text")},
		{name: "FETCH: NO to everything", from: faults(always(bodies(F{Say: "NO [UNAVAILABLE] Server error - Please try again later"}))), args: few,
			first: end{exit: 3, refused: 8, nothing: true, says: "Please try again later"}},
		{name: "FETCH: every reply twice", from: faults(always(bodies(F{Item: func(it *imapserver.Item) { it.Times = 2 }}))), stays: true, second: here},
		{name: "FETCH: the UID behind the text", from: faults(always(bodies(F{Item: func(it *imapserver.Item) { it.UIDLast = true }}))), stays: true, second: here},
		{name: "FETCH: no UID, once", from: faults(bodies(F{Item: func(it *imapserver.Item) { it.NoUID = true }}))},
		{name: "FETCH: replies in another folder's name", from: faults(bodies(F{First: "* 1 FETCH (UID 900 FLAGS () BODY[] {3}\r\nxyz)"}))},
		{name: "FETCH: flags change meanwhile", from: faults(always(bodies(F{First: "* 1 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (UID 2 FLAGS (\\Answered \\Seen $Forwarded))"}))), stays: true, second: here},
		{name: "FETCH: new mail is told first", from: faults(bodies(F{First: "* 9 EXISTS\r\n* 1 RECENT"}))},
		{name: "FETCH: blank lines and words between", from: faults(always(bodies(F{First: "\r\n* OK [ALERT] Your mailbox is almost full\r\n* OK Still here"}))), stays: true, second: here},
		{name: "FETCH: a text cut short, once", from: faults(bodies(F{Item: about(3, func(it *imapserver.Item) { it.CutAfter = 100 })}))},
		{name: "FETCH: the text of one message always cut short", from: faults(always(bodies(F{Item: about(3, func(it *imapserver.Item) { it.CutAfter = 100 })}))), first: lost("lost twice")},
		{name: "FETCH: one announced too long, once", from: faults(bodies(F{Item: about(3, func(it *imapserver.Item) { it.Announce = 7 })}))},
		{name: "FETCH: one announced too short, once", from: faults(bodies(F{Item: about(3, func(it *imapserver.Item) { it.Announce = -7 })}))},
		{name: "FETCH: BYE in place of an answer, once", from: faults(bodies(F{Bye: "Session expired, please login again"}))},
		{name: "FETCH: BYE for ever", from: faults(always(bodies(F{Bye: "Connection closed. 14"}))), args: few, first: end{exit: 5, some: true, says: "Connection closed. 14"}},
		{name: "FETCH: the token has expired", from: faults(bodies(F{Bye: "Session invalidated - AccessTokenExpired"}))},
		{name: "FETCH: connection reset, once", from: faults(bodies(F{Reset: true}))},
		{name: "FETCH: all sent and the answer lost", from: faults(bodies(F{Late: true, Close: true}))},
		{name: "FETCH: an unknown item in the replies", from: faults(always(F{On: "UID FETCH", Item: func(it *imapserver.Item) { it.Flags += ") X-STRANGE (a (b \"c)\") {2}\r\n()" }})), stays: true, second: here},
		{name: "FETCH: the list in another order", from: faults(always(F{On: "UID FETCH", In: "INBOX", With: "RFC822.SIZE)", First: "* 5 FETCH (UID 5 RFC822.SIZE 10 FLAGS (\\Flagged) INTERNALDATE \"15-Mar-2019 10:00:04 +0100\")"})), stays: true, second: here},
		{name: "FETCH: NO to the list, once", from: faults(F{On: "UID FETCH", Say: "NO [UNAVAILABLE] not now"})},
		{name: "FETCH: NO to the list of one folder", from: faults(F{On: "UID FETCH", In: "Sent", Times: Always, Say: "NO [SERVERBUG] index broken"}), args: few,
			first: end{exit: 5, some: true, says: "index broken"}},
		{name: "FETCH: the list is cut, once", from: faults(F{On: "UID FETCH", Late: true, Close: true})},
		{name: "FETCH: one message left out of the list, once", from: faults(F{On: "UID FETCH", Item: about(3, drop)})},
	}...)
}
