package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// sortedDifferences is how many differences are kept to be listed folder by
// folder. Further ones are listed as they come.
const sortedDifferences = 10_000

// differenceList tells differences: to programs at once, to people by folder.
type differenceList struct {
	w           io.Writer
	json, quiet bool
	several     bool // sources
	waiting     []transfer.Difference
	streaming   bool
	folder      string // whose heading was written last
}

func (l *differenceList) add(d transfer.Difference) error {
	switch {
	case l.json:
		writeLine(l.w, differenceLineOf(d))
	case l.quiet:
	case l.streaming:
		l.folderOf([]transfer.Difference{d})
	default:
		l.waiting = append(l.waiting, d)
		if l.streaming = len(l.waiting) == sortedDifferences; l.streaming {
			l.end()
		}
	}
	return nil
}

// end lists what waits.
func (l *differenceList) end() {
	slices.SortStableFunc(l.waiting, func(a, b transfer.Difference) int {
		return cmp.Or(strings.Compare(l.heading(a), l.heading(b)), cmp.Compare(differenceRank(a), differenceRank(b)), a.Date.Compare(b.Date))
	})
	for _, folder := range groupBy(l.waiting, l.heading) {
		l.folderOf(folder)
	}
	l.waiting = nil
}

// differenceRank is the order in which differences of a folder are listed.
func differenceRank(d transfer.Difference) int {
	return slices.Index([]transfer.Variance{transfer.NoFolder, transfer.MissingThere, transfer.Altered, transfer.Misplaced, transfer.Unread, transfer.Surplus}, d.Kind)
}

// heading is the folder where a difference is looked for.
func (l *differenceList) heading(d transfer.Difference) string {
	name := Safe(d.To)
	if d.From != "" && d.From != d.To {
		name = Safe(d.From) + " -> " + name
	}
	if l.several && d.Source != "" {
		name = Safe(d.Source) + ": " + name
	}
	return name
}

// folderOf lists the differences of one folder.
func (l *differenceList) folderOf(ds []transfer.Difference) {
	if name := l.heading(ds[0]); name != l.folder || !l.streaming {
		fmt.Fprintf(l.w, "%s\n", name)
		l.folder = name
	}
	rows := differenceRows(ds, columns(l.w, 0))
	for i, d := range ds {
		if d.Kind == transfer.NoFolder {
			fmt.Fprintf(l.w, "  there is no such folder at the destination\n")
			continue
		}
		fmt.Fprintf(l.w, "  %-9s  %s\n", d.Kind, rows[i])
		for _, text := range differenceWords(d) {
			fmt.Fprintf(l.w, "      %s\n", Safe(text))
		}
	}
	if !l.streaming {
		fmt.Fprintln(l.w)
	}
}

// differenceRows are date, size, subject and Message-ID of each, aligned unless
// that would take more than alignedSubject columns.
func differenceRows(ds []transfer.Difference, room int) []string {
	as := make([]checkpoint.Refused, len(ds))
	for i, d := range ds {
		as[i] = checkpoint.Refused{Date: d.Date, Size: d.Size, Subject: d.Subject, MessageID: d.MessageID}
	}
	if room > 0 {
		return refusedRows(as, max(room-len("altered    "), 1))
	}
	rows, widest := make([]string, len(ds)), 0
	for _, r := range as {
		widest = max(widest, cells(subjectOf(r)))
	}
	for i, r := range as {
		row := refusedRows(as[i:i+1], 0)[0]
		subject := subjectOf(r)
		if gap := min(widest, alignedSubject) - cells(subject); gap > 0 && r.MessageID != "" {
			row = strings.TrimSuffix(row, "  "+Safe(r.MessageID)) + strings.Repeat(" ", gap) + "  " + Safe(r.MessageID)
		}
		rows[i] = row
	}
	return rows
}

const alignedSubject = 60

// differenceWords tell in what a message differs, and how that came.
func differenceWords(d transfer.Difference) (words []string) {
	tell := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	if d.Kind == transfer.Misplaced {
		tell("it is in %s", d.There)
	}
	if d.Kind == transfer.Unread {
		tell("its bytes could not be read: %s", d.Words)
	}
	if d.Bytes {
		text := "its bytes differ"
		if d.Words != "" {
			text += ": " + d.Words
		}
		if d.Size != d.SizeThere && d.Size >= 0 && d.SizeThere >= 0 {
			text += fmt.Sprintf(" (%s bytes, there %s)", formatCount(int(d.Size)), formatCount(int(d.SizeThere)))
		}
		tell("%s", text)
	}
	if !d.DateThere.IsZero() {
		tell("its date there is %s", d.DateThere.Format(time.DateTime+" MST"))
	}
	if len(d.Lacks) > 0 {
		tell("there it lacks %s", flagList(d.Lacks))
	}
	if len(d.Extra) > 0 {
		tell("there it also has %s", flagList(d.Extra))
	}
	if d.Twin && d.Cause != transfer.Superseded {
		tell("it is one more copy, or has the same headers as another one")
	}
	if why := causeWords(d); why != "" {
		tell("%s", why)
	}
	return words
}

func flagList(flags []transfer.Flag) string {
	names := make([]string, len(flags))
	for i, f := range flags {
		names[i] = string(f)
	}
	return strings.Join(names, ", ")
}

// causeWords tell how a difference came, "" if nobody knows.
func causeWords(d transfer.Difference) string {
	switch d.Cause {
	case transfer.NotCarried:
		return "no run has brought it there"
	case transfer.RefusedThere:
		return "it could not be brought there: " + d.Words
	case transfer.LostThere:
		return "it had arrived there; it was removed or changed since"
	case transfer.ChangedThere:
		if d.Kind == transfer.Misplaced {
			return "it had arrived where it belongs; it was moved since"
		}
		return "it was sent as it is at the source; the destination, or somebody there, has changed it"
	case transfer.ChangedHere:
		switch {
		case d.Kind == transfer.Surplus && d.Twin:
			return "mailhaul has put it there"
		case d.Kind == transfer.Surplus:
			return "mailhaul has put it there; the source does not have it any more"
		}
		return "the source has changed since the last run"
	case transfer.NotOurs:
		if d.Kind == transfer.Surplus {
			return "mailhaul has not put it there"
		}
		return "what is there was put there by somebody else"
	case transfer.Superseded:
		return "it is the altered copy of a message of which --repair has sent a good one: you may delete it"
	case transfer.ByTheMove:
		return "that is where it went when it was copied"
	}
	return ""
}

// differs is the verdict as an error.
func differs(sum transfer.Differences, listed bool) error {
	hint := "mailhaul verify --help tells what is compared"
	if sum.Causes[transfer.NotCarried] > 0 {
		hint = "mailhaul copy brings what no run has brought there yet"
	}
	n := sum.Missing + sum.Altered + sum.Misplaced + sum.Unread + sum.Surplus
	if n == 0 {
		return &dissent{fmt.Sprintf("%s missing at the destination", counted(sum.NoFolder, "folder")), hint}
	}
	text := doDiffer(n)
	if listed {
		text += " (listed above)"
	}
	return &dissent{text, hint}
}

func doDiffer(n int) string {
	if n == 1 {
		return "1 message differs"
	}
	return messages(n) + " differ"
}

// dissent is an error with its own advice.
type dissent struct{ text, hint string }

func (e *dissent) Error() string { return e.text }

// Hint is what to do about it.
func (e *dissent) Hint() string { return e.hint }
