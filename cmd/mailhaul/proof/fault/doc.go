// Package fault holds the fault table: one row for each thing that a server is
// known to do wrong, and what mailhaul must make of it. Every row runs the real
// program against servers that misbehave as the row says, and looks at all that
// matters in the end: the exit code, the counts, the words shown, every message
// at the destination with its bytes, date and flags, and the source unchanged.
// Then the same command runs again, and must bring exactly what lacked.
//
// To add a row, put it into the file of its subject:
//
//	{name: "APPEND: one message refused", to: one(F{On: "APPEND", With: subject(2), Times: Always,
//		Say: "NO [CANNOT] virus found"}), stays: true, first: end{exit: 3, copied: 7, refused: 1, lacks: []int{2},
//		says: "virus found"}},
//
// from and to are the two servers, each with its faults; what a row does not
// say is as it should be: eight messages (mail_test.go), all
// copied, exit 0. first is the end of the first run. The second run meets good
// servers, unless the row stays, and must end in all mail there and exit 0,
// unless second says otherwise. A row whose right end is not reached yet says
// why in open, and is skipped and counted.
//
// To try one row: go test ./cmd/mailhaul/proof/fault -run 'Faults/APPEND:_one'
package fault
