package main

import (
	"fmt"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// tell is the outcome for people.
func (v *verdictOf) tell(sum transfer.Differences, err error) {
	w := v.world.out
	how := "by headers, sizes, dates and flags"
	if v.options.level == "bytes" {
		how = "byte for byte"
	}
	unfinished := ""
	if err != nil {
		unfinished = " before it broke off"
	}
	what := messages(sum.Messages)
	if v.manifest != nil {
		what += " of the manifest"
	}
	fmt.Fprintf(w, "%s compared with the destination, %s, in %s%s.\n\n", what, how, sum.Took.Round(100*time.Millisecond), unfinished)
	for _, row := range []struct {
		n    int
		name string
		tell string
	}{
		{sum.Equal, "equal", "there as at the source"},
		{sum.Missing, "missing", "not at the destination"},
		{sum.Altered, "altered", "bytes, date or flags differ"},
		{sum.Misplaced, "misplaced", "there, in another folder"},
		{sum.Unread, "unread", "a side would not give its bytes"},
		{sum.Merged, "merged", "the destination folded them into a twin"},
		{sum.Skipped, "skipped", "left out by your filters, and not looked for"},
		{sum.Surplus, "surplus", "only at the destination"},
		{sum.NoFolder, "folders", "not at the destination"},
	} {
		if row.n > 0 || row.name == "equal" {
			fmt.Fprintf(w, "%8s  %-9s  %s\n", formatCount(row.n), row.name, row.tell)
		}
	}
	v.tellCauses(sum)
}

// tellCauses tells what the move has lost from what was changed since.
func (v *verdictOf) tellCauses(sum transfer.Differences) {
	w, known := v.world.out, 0
	for cause, n := range sum.Causes {
		if cause != "" {
			known += n
		}
	}
	if known == 0 {
		return
	}
	fmt.Fprintln(w)
	for i, row := range []struct {
		name   string
		causes []transfer.Cause
	}{
		{"Not brought there by the move", []transfer.Cause{transfer.NotCarried, transfer.RefusedThere}},
		{"Changed at the destination since", []transfer.Cause{transfer.LostThere, transfer.ChangedThere}},
		{"Changed at the source since", []transfer.Cause{transfer.ChangedHere}},
		{"Put there by somebody else", []transfer.Cause{transfer.NotOurs}},
		{"Altered, with a good copy beside it", []transfer.Cause{transfer.Superseded}},
	} {
		n := 0
		for _, c := range row.causes {
			n += sum.Causes[c]
		}
		if n > 0 || i == 0 {
			fmt.Fprintf(w, "%s: %s\n", row.name, formatCount(n))
		}
	}
}
