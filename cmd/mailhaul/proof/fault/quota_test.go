package fault

import "github.com/mailhaul/mailhaul/internal/mailtest/imapserver"

func quotaRows() []row {
	rows := []row{}
	for _, words := range []string{
		"NO [OVERQUOTA] Quota exceeded (mailbox for user is full)",
		"NO [OVERQUOTA] Over quota",
		"NO [ALERT] Mailbox is full",
		"NO Quota exceeded (mailbox for user is full)",
		"NO APPEND failed: mailbox is over quota",
		"NO [QUOTAEXCEEDED] no storage left",
		"NO [ALERT] You have exceeded your storage limit",
		"NO [LIMIT] Mailbox quota exceeded",
		"NO [CANNOT] Not enough disk space",
		"BAD Quota exceeded",
	} {
		rows = append(rows,
			row{name: "quota: " + words, to: one(F{On: "APPEND", From: 4, Times: Always, Say: words}),
				first: end{exit: 6, some: true, says: "make room"}},
			row{name: "quota: from the start, " + words, to: faults(F{On: "APPEND", Times: Always, Say: words}),
				first: end{exit: 6, nothing: true, says: words[4:]}})
	}
	return append(rows, []row{
		{name: "quota: full before the literal", to: synchronising(F{On: "APPEND", AtLiteral: true, From: 4, Times: Always, Say: "NO [OVERQUOTA] full"}),
			first: end{exit: 6, some: true, says: "[OVERQUOTA] full"}},
		{name: "quota: full for good, run again", to: one(F{On: "APPEND", From: 4, Times: Always, Say: "NO [OVERQUOTA] full"}), stays: true,
			first: end{exit: 6, some: true}, second: &end{exit: 6, some: true}},
		{name: "quota: full while others sign in", to: one(F{On: "APPEND", From: 4, Times: Always, Say: "NO [OVERQUOTA] full"}, F{On: "AUTHENTICATE", From: 2, Times: Always, Wait: 2e9}),
			args: []string{"--connections", "3"}, first: end{exit: 6, some: true, says: "make room"}},
		{name: "quota: a warning only", to: faults(F{On: "APPEND", Times: Always, First: "* NO [ALERT] Mailbox is at 95% of quota"}), first: end{copied: 8}},
		{name: "quota: APPENDLIMIT is told", to: imapserver.Options{Capabilities: offering("APPENDLIMIT=4000")},
			first: end{exit: 3, copied: 7, refused: 1, lacks: []int{3}, says: "takes up to 4000"}, stays: true},
	}...)
}
