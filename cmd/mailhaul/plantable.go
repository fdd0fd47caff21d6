package main

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// showPlan is the plan for people: a table for each source, sums, what stands in
// the way, what is worth knowing.
func (h *haul) showPlan(w io.Writer, p transfer.Plan, hurdles []hurdle) {
	room := columns(w, 100)
	for source, folders := range bySource(p.Folders) {
		if len(h.sources) > 1 {
			fmt.Fprintf(w, "%s\n", Safe(source))
		}
		planTable(w, folders, room)
		fmt.Fprintln(w)
	}
	planSum(w, p)
	h.timeToExpect(w, p)
	showHurdles(w, hurdles)
	h.worthKnowing(w, p)
}

// planColumn is a number of each folder; those but the first are shown only where
// there is something to count.
type planColumn struct {
	name  string
	count func(transfer.PlanFolder) int
}

var planColumns = []planColumn{
	{"new", func(f transfer.PlanFolder) int { return f.Tally.Copied }},
	{"there", func(f transfer.PlanFolder) int { return f.Tally.Present }},
	{"adopted", func(f transfer.PlanFolder) int { return f.Tally.Adopted }},
	{"filtered", func(f transfer.PlanFolder) int { return f.Tally.Skipped }},
	{"refused", func(f transfer.PlanFolder) int { return f.Tally.Refused }},
	{"flags", func(f transfer.PlanFolder) int { return f.Reflagged }},
}

// planLegend tells what the columns count.
var planLegend = map[string]string{
	"there":    "copied by an earlier run",
	"adopted":  "found at the destination, will not be copied again",
	"filtered": "left out by your filters",
	"refused":  "will probably not get through: see below",
	"flags":    "there, with flags that have changed at the source since",
}

func planTable(w io.Writer, folders []transfer.PlanFolder, room int) {
	var used []planColumn
	for i, c := range planColumns {
		if i == 0 || slices.ContainsFunc(folders, func(f transfer.PlanFolder) bool { return f.Skip == "" && c.count(f) > 0 }) {
			used = append(used, c)
		}
	}
	g := &grid{right: []bool{2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true, 9: true}[:4+len(used)]}
	head := []string{"Folder", "goes to", "messages", "size"}
	for _, c := range used {
		head = append(head, c.name)
	}
	g.row(head...)
	for _, f := range folders {
		row := []string{Safe(f.From.Name()), Safe(goesTo(f)), formatCount(holds(f)), planSize(f)}
		for _, c := range used {
			row = append(row, planCount(f, c))
		}
		g.row(append(row, newMark(f))...)
	}
	g.fit(w, room)
	for _, c := range used {
		if text := planLegend[c.name]; text != "" {
			fmt.Fprintf(w, "  %s: %s\n", c.name, text)
		}
	}
}

// holds is how many messages a folder has, -1 if not known.
func holds(f transfer.PlanFolder) int {
	if f.From.Count < 0 && f.Counted {
		return f.Tally.Messages
	}
	return f.From.Count
}

func planCount(f transfer.PlanFolder, c planColumn) string {
	switch n := c.count(f); {
	case f.Skip != "":
		return ""
	case !f.Counted && c.name == "new":
		return "?"
	case n == 0 && c.name != "new":
		return "-"
	default:
		return formatCount(n)
	}
}

// planSize is the size of all messages of a folder; "~" where it was reckoned.
func planSize(f transfer.PlanFolder) string {
	switch {
	case f.From.Bytes >= 0:
		return formatSize(f.From.Bytes)
	case f.Sampled:
		return "~" + formatSize(f.Tally.Bytes)
	case f.Counted && f.Tally.Copied == f.Tally.Messages:
		return formatSize(f.Tally.Bytes)
	}
	return "?"
}

// bySource yields the folders of each source, which stand together.
func bySource(folders []transfer.PlanFolder) iter.Seq2[string, []transfer.PlanFolder] {
	return func(yield func(string, []transfer.PlanFolder) bool) {
		for len(folders) > 0 {
			n := 1
			for n < len(folders) && folders[n].Source == folders[0].Source {
				n++
			}
			if !yield(folders[0].Source, folders[:n]) {
				return
			}
			folders = folders[n:]
		}
	}
}

func goesTo(f transfer.PlanFolder) string {
	if f.Skip != "" {
		return "left out: " + f.Skip
	}
	return f.To.Name()
}

func newMark(f transfer.PlanFolder) string {
	if f.Skip == "" && !f.Exists {
		return "will be made"
	}
	return ""
}

func showHurdles(w io.Writer, hurdles []hurdle) {
	if len(hurdles) == 0 {
		return
	}
	fmt.Fprintf(w, "\nIn the way:\n")
	for _, o := range hurdles {
		where := ""
		if o.from != "" {
			where = Safe(o.from) + ": "
		}
		fmt.Fprintf(w, "  ! %s%s\n", where, Safe(o.text))
		for i, m := range o.messages {
			if i == shownHurdles {
				break
			}
			fmt.Fprintf(w, "      %s\n", Safe(titledText(m)))
		}
		if more := o.count - shownHurdles; more > 0 && len(o.messages) > shownHurdles {
			fmt.Fprintf(w, "      ... and %d more\n", more)
		}
	}
}

// titledText is a message in one line.
func titledText(m transfer.Titled) string {
	var parts []string
	if !m.Date.IsZero() {
		parts = append(parts, m.Date.Format(time.DateOnly))
	}
	if m.Size > 0 {
		parts = append(parts, formatSize(m.Size))
	}
	if m.Subject == "" && m.MessageID == "" {
		return strings.Join(append(parts, "message "+m.ID), "  ")
	}
	return strings.Join(append(parts, title(m.Subject, m.MessageID)), "  ")
}

// worthKnowing tells each change that is no hurdle.
func (h *haul) worthKnowing(w io.Writer, p transfer.Plan) {
	var told []string
	head := "\nWorth knowing:\n"
	tell := func(text string) {
		if !slices.Contains(told, text) {
			fmt.Fprintf(w, "%s  ! %s\n", head, Safe(text))
			told, head = append(told, text), ""
		}
	}
	for _, f := range p.Folders {
		for _, note := range f.Notes {
			if f.Altered {
				told = append(told, note) // among what is in the way
				continue
			}
			tell(note)
		}
	}
	for _, note := range slices.Concat(h.inboxOnly, h.folders.notes, p.Notes) {
		tell(note)
	}
	if h.seenNote != "" {
		tell(h.seenNote)
	}
}
