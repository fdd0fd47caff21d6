package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// shownRefusals and shownNotes bound what fills the screen; the rest is counted.
const (
	shownRefusals = 20
	shownAlike    = 3 // refused in the same words
	shownNotes    = 12
)

// summarize tells how a run ended, for people: what became of each message,
// what was refused and why, what was changed, what to do next. code is the
// run's exit code, again the command that goes on, report the one that lists the
// refused; "" if it cannot be written.
func (h *haul) summarize(w io.Writer, r transfer.Report, code int, again, report string) {
	whole := h.show.verbose > 0
	fmt.Fprintf(w, "\n%s\n\n", headline(r, code))
	fates(w, r)
	if whole {
		folderTable(w, r.Folders)
	}
	troubles(w, r)
	notes(w, slices.DeleteFunc(slices.Concat(h.inboxOnly, r.Notes), func(text string) bool { return slices.Contains(r.Flaws, text) }), whole)
	h.tellCleared(w)
	next(w, r, code, again, len(h.folders.gone(r)) > 0)
	if n := len(r.Refusals); n > 0 && report != "" {
		fmt.Fprintf(w, "%s refused. To see each, and to save them as files:\n  %s\n", wereOrWas(n), report)
	}
}

func headline(r transfer.Report, code int) string {
	took := formatDuration(r.Took)
	switch complete := code == exitDone || code == exitRefused; {
	case r.Tally.Copied > 0:
		text := fmt.Sprintf("Copied %s, %s, in %s", messages(r.Tally.Copied), formatSize(r.Tally.Bytes), took)
		if s := r.Took.Seconds(); s >= 1 {
			text += fmt.Sprintf(" (%s/s)", formatSize(int64(float64(r.Tally.Bytes)/s)))
		}
		if !complete {
			text += "; not finished"
		}
		return text + "."
	case !complete:
		return fmt.Sprintf("Nothing was copied in %s; not finished.", took)
	case r.Tally.Messages == 0:
		return fmt.Sprintf("There was no message to copy (%s).", took)
	}
	text := fmt.Sprintf("Nothing new: looked at %s in %s", messages(r.Tally.Messages), took)
	if r.Tally.Present+r.Tally.Adopted+r.Tally.Merged == r.Tally.Messages {
		text += ", all are there already"
	}
	return text + "."
}

// fates tells each fate that some message had, and their sum.
func fates(w io.Writer, r transfer.Report) {
	t := r.Tally
	rows := []struct {
		n          int
		fate, tell string
	}{
		{t.Copied, "copied", "appended now"},
		{t.Present, "present", "copied by an earlier run"},
		{t.Adopted, "adopted", "found at the destination already, not copied again"},
		{t.Skipped, "skipped", "left out by your filters"},
		{t.Refused, "refused", "a server would not give or take them: see below"},
		{t.Vanished, "vanished", "gone from the source meanwhile"},
		{t.Merged, "merged", "the destination folded them into a twin"},
	}
	width := len(formatCount(t.Messages))
	for _, row := range rows {
		if row.n > 0 {
			fmt.Fprintf(w, "  %*s  %-9s %s\n", width, formatCount(row.n), row.fate, row.tell)
		}
	}
	fmt.Fprintf(w, "  %*s  messages in %s\n", width, formatCount(t.Messages), counted(reached(r), "folder"))
}

// reached is how many folders the messages are of: those that are through, and those
// that a run which ended early was at.
func reached(r transfer.Report) int {
	n := 0
	for _, f := range r.Folders {
		if f.Tally.Messages > 0 {
			n++
		}
	}
	return max(n, r.Tally.Folders)
}

// folderTable tells each folder.
func folderTable(w io.Writer, folders []transfer.FolderReport) {
	fmt.Fprintln(w)
	g := &grid{right: []bool{2: true, 3: true}}
	g.row("Folder", "goes to", "messages", "copied")
	for _, f := range folders {
		to := Safe(f.To)
		if f.Skip != "" {
			to = "left out: " + Safe(f.Skip)
		}
		g.row(Safe(f.From), to, formatCount(f.Tally.Messages), formatCount(f.Tally.Copied))
	}
	g.fit(w, columns(w, 0))
}

// troubles lists the folders that could not be finished, what is not exact, and
// the messages refused.
func troubles(w io.Writer, r transfer.Report) {
	for i, text := range r.Flaws {
		if i == 0 {
			fmt.Fprintf(w, "\nNot exact:\n")
		}
		fmt.Fprintf(w, "  %s\n", Safe(text))
	}
	for _, f := range r.Folders {
		if f.Err != nil {
			fmt.Fprintf(w, "\nNot finished: %s\n    %s\n", Safe(f.From), Safe(f.Err.Error()))
			if hint := hintOf(f.Err); hint != "" {
				fmt.Fprintf(w, "    %s\n", Safe(hint))
			}
		}
	}
	if len(r.Refusals) == 0 {
		return
	}
	fmt.Fprintf(w, "\nRefused:\n")
	groups := groupBy(r.Refusals, func(ref transfer.Refusal) string { return sameWords(ref.Words) })
	for i, group := range groups {
		if i == shownRefusals {
			fmt.Fprintf(w, "  ... and %d more kinds\n", len(groups)-i)
			break
		}
		for _, ref := range group[:min(len(group), shownAlike)] {
			fmt.Fprintf(w, "  %s\n", Safe(refusalTitle(ref)))
		}
		if rest := len(group) - shownAlike; rest > 0 {
			fmt.Fprintf(w, "  ... and %s more\n", messages(rest))
		}
		fmt.Fprintf(w, "    %s\n", Safe(group[0].Words))
	}
}

func refusalTitle(ref transfer.Refusal) string {
	parts := []string{ref.From}
	if !ref.Date.IsZero() {
		parts = append(parts, ref.Date.Format(time.DateOnly))
	}
	if ref.Size > 0 {
		parts = append(parts, formatSize(ref.Size))
	}
	if ref.Count > 0 {
		return strings.Join(append(parts, messages(ref.Count)), "  ")
	}
	return strings.Join(append(parts, title(ref.Subject, ref.MessageID)), "  ")
}

// notes tells what was changed on the way.
func notes(w io.Writer, texts []string, whole bool) {
	if len(texts) == 0 {
		return
	}
	fmt.Fprintf(w, "\nWorth knowing:\n")
	for i, text := range texts {
		if i == shownNotes && !whole {
			fmt.Fprintf(w, "  ... and %d more: add -v\n", len(texts)-i)
			break
		}
		fmt.Fprintf(w, "  %s\n", Safe(text))
	}
}

// next tells what to do now.
func next(w io.Writer, r transfer.Report, code int, again string, gone bool) {
	if again != "" {
		again = ":\n  " + again
	} else {
		again = "."
	}
	fmt.Fprintln(w)
	switch {
	case r.Limited:
		fmt.Fprintf(w, "A limit of yours was reached. The same command goes on from here%s\n", again)
	case failedFolders(r) > 0:
		fmt.Fprintf(w, "%s could not be finished. The same command tries again and copies nothing twice%s\n",
			counted(failedFolders(r), "folder"), again)
	case code == exitRefused && r.Tally.Refused == 0:
		fmt.Fprintf(w, "Every message is there, but the destination is not exact: see above.\n")
	case code == exitRefused:
		fmt.Fprintf(w, "All else is there. The refused stay at the source; the same command tries them again.\n")
	case code != exitDone:
		fmt.Fprintf(w, "The same command goes on from here and copies nothing twice%s\n", again)
	case r.Tally.Messages == 0:
		fmt.Fprintf(w, "If there should be some, check the source and your filters.\n")
	case gone:
		fmt.Fprintf(w, "All accounted for; what was deleted at the destination stays deleted.\n")
	default:
		fmt.Fprintf(w, "All there. Run the same command again at any time: it carries only what is new.\n")
	}
}

func failedFolders(r transfer.Report) int {
	n := 0
	for _, f := range r.Folders {
		if f.Err != nil {
			n++
		}
	}
	return n
}
