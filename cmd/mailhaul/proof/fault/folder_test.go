package fault

import (
	"strings"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// noArchive is how a run ends that could not put anything into Archive/2019.
func noArchive(words string) end {
	return end{exit: 3, copied: 7, refused: 1, lacks: []int{7}, says: words}
}

func folderRows() []row {
	here := &end{present: 8}
	create := func(say string) F { return F{On: "CREATE", In: "Archive/2019", Times: Always, Say: say} }
	rows := []row{}
	for _, words := range []string{
		"NO Folder name is reserved.",
		"NO [CANNOT] Invalid mailbox name",
		"NO [NOPERM] Permission denied",
		"NO [LIMIT] too many folders",
		"NO [CLIENTBUG] CREATE Invalid arguments",
		"BAD Command Argument Error. 11",
	} {
		rows = append(rows, row{name: "CREATE: " + words, to: faults(create(words)), first: noArchive(words[strings.IndexByte(words, ' ')+1:])})
	}
	return append(rows, []row{
		{name: "CREATE: NO once", to: faults(F{On: "CREATE", In: "Sent", Say: "NO [UNAVAILABLE] not now"})},
		{name: "CREATE: NO for want of the parent", to: imapserver.Options{NeedParents: true}},
		{name: "CREATE: refused because it is there", to: faults(F{On: "CREATE", In: "Sent", Times: Always, Late: true, Say: "NO [ALREADYEXISTS] it exists"}), stays: true, second: here},
		{name: "CREATE: no room for a folder", to: faults(create("NO [OVERQUOTA] Quota exceeded (mailbox for user is full)")), first: end{exit: 6, some: true, says: "Quota exceeded"}},
		{name: "CREATE: no answer but a lost connection, once", to: faults(F{On: "CREATE", In: "Sent", Close: true})},
		{name: "CREATE: done, and the answer lost", to: faults(F{On: "CREATE", In: "Sent", Late: true, Close: true})},
		{name: "CREATE: BYE for an answer", to: faults(F{On: "CREATE", In: "Sent", Times: Always, Bye: "System error"}), args: few, first: end{exit: 5, some: true, says: "System error"}},
		{name: "CREATE: the special use refused", from: imapserver.Options{Folders: []imapserver.Folder{{Name: "Sent", Attrs: `\Sent`}}},
			to: faults(F{On: "CREATE", With: "USE", Times: Always, Say: "NO [USEATTR] An unsupported special use"}), stays: true, second: here},
		{name: "CREATE: throttled", to: faults(F{On: "CREATE", Say: "NO Request is throttled. Suggested Backoff Time: 600 milliseconds"}), atLeast: 600e6},
		{name: "SUBSCRIBE: refused", to: faults(F{On: "SUBSCRIBE", Times: Always, Say: "NO [NOPERM] no subscriptions here"}), first: end{copied: 8, says: "could not be subscribed"}},
		{name: "SUBSCRIBE: BYE once", to: faults(F{On: "SUBSCRIBE", Bye: "bye"})},
		{name: "SELECT: the new folder is not there yet", to: faults(F{On: "SELECT", In: "Sent", Say: "NO [NONEXISTENT] Unknown mailbox"})},
		{name: "SELECT: NO once at the destination", to: faults(F{On: "SELECT", In: "INBOX", Say: "NO [SERVERBUG] Internal error occurred."})},
		{name: "SELECT: NO once at the source", from: faults(F{On: "SELECT", In: "INBOX", Say: "NO [UNAVAILABLE] mailbox is being repaired"})},
		{name: "SELECT: NO [INUSE] once", from: faults(F{On: "SELECT", In: "Sent", Say: "NO [INUSE] Mailbox in use"})},
		{name: "SELECT: BAD User is authenticated but not connected, once", from: faults(F{On: "SELECT", Say: "BAD User is authenticated but not connected."})},
		{name: "SELECT: BAD User is authenticated but not connected", to: faults(F{On: "SELECT", Times: Always, Say: "BAD User is authenticated but not connected."}), args: few,
			first: later("not connected")},
		{name: "SELECT: NO [NOPERM] at the destination", to: faults(F{On: "SELECT", In: "Archive/2019", Times: Always, Say: "NO [NOPERM] Permission denied"}), first: noArchive("Permission denied")},
		{name: "SELECT: NO [NOPERM] at the source", from: faults(F{On: "SELECT", In: "Sent", Times: Always, Say: "NO [NOPERM] Permission denied"}),
			first: end{exit: 1, copied: 6, refused: 2, lacks: []int{5, 6}, says: "Permission denied"}},
		{name: "SELECT: NO [CORRUPTION] at the source", from: faults(F{On: "SELECT", In: "Sent", Times: Always, Say: "NO [CORRUPTION] the index is broken"}), args: few,
			first: end{exit: 5, some: true, says: "the index is broken"}},
		{name: "SELECT: BYE once", from: faults(F{On: "SELECT", In: "Sent", Bye: "Internal error"})},
		{name: "SELECT: read only at the destination", to: faults(F{On: "SELECT", In: "Archive/2019", Times: Always, Line: swap("[READ-WRITE]", "[READ-ONLY]")}), first: noArchive("only be read")},
		{name: "SELECT: throttled", from: faults(F{On: "SELECT", Say: "NO Request is throttled. Suggested Backoff Time: 600 milliseconds"}), atLeast: 600e6},
		{name: "folder: there in another case, which the server does not tell apart", to: imapserver.Options{FoldCase: true, Folders: []imapserver.Folder{{Name: "SENT"}}},
			stays: true, second: here, allow: mailtest.CompareOptions{IgnoreFolder: true}},
		{name: "folder: there, but only as a level", to: imapserver.Options{Folders: []imapserver.Folder{{Name: "Archive", Attrs: `\Noselect`}}}},
		{name: "folder: INBOX cannot be created", to: faults(F{On: "CREATE", In: "INBOX", Times: Always, Say: "NO [ALREADYEXISTS] INBOX is there"}), stays: true, second: here},
	}...)
}
