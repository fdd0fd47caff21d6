package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/mailhaul/mailhaul/transfer"
)

// undoPlanLine is the plan on standard output.
type undoPlanLine struct {
	Event     string         `json:"event"`
	Dest      string         `json:"dest"`
	Removable int            `json:"removable"`
	Bytes     int64          `json:"bytes"`
	Before    int            `json:"before"`
	Kept      map[string]int `json:"kept"`
	Folders   map[string]int `json:"folders"`
	Made      []string       `json:"made_folders"`
	Others    []string       `json:"counted_by,omitempty"`
}

// undoLine is what was done, and the last line.
type undoLine struct {
	Event    string            `json:"event"`
	Removed  int               `json:"removed"`
	Changed  int               `json:"changed_meanwhile"`
	Released int               `json:"released"`
	Folders  []string          `json:"removed_folders"`
	Left     map[string]string `json:"left_folders,omitempty"`
	DryRun   bool              `json:"dry_run"`
	Exit     int               `json:"exit"`
}

// keptWords are why messages stay.
var keptWords = []struct {
	why        transfer.Kept
	what, tell string
}{
	{transfer.KeptShared, "stay", "another job counts them as arrived:"},
	{transfer.KeptMarked, "stay", "marked since, or their marks taken away"},
	{transfer.KeptAltered, "stay", "their bytes are not those that were sent"},
	{transfer.KeptUnknown, "stay", "their UID is not known, or they cannot be read"},
	{transfer.KeptRenumbered, "stay", "the folder was numbered anew since: nobody knows which they are"},
	{transfer.KeptGone, "gone", "moved or removed since"},
}

// tellPlan shows what can be taken back.
func (u *undoing) tellPlan(p *transfer.UndoPlan) {
	w, dest := u.world.out, u.haul.dest.Endpoint.String()
	if u.haul.show.json {
		line := undoPlanLine{Event: "undo-plan", Dest: dest, Removable: p.Removable, Bytes: p.Bytes, Before: p.Before,
			Kept: map[string]int{}, Folders: p.Folders, Made: p.Made, Others: u.others.names}
		for why, n := range p.Kept {
			line.Kept[string(why)] = n
		}
		writeLine(w, line)
		return
	}
	showUndo(w, dest, p, u.others.names)
}

// showUndo is the plan for people.
func showUndo(w io.Writer, dest string, p *transfer.UndoPlan, others []string) {
	fmt.Fprintf(w, "What mailhaul has put into %s:\n\n", Safe(dest))
	row := func(n int, what, why string) {
		if n > 0 {
			fmt.Fprintf(w, "%8s  %-14s  %s\n", formatCount(n), what, why)
		}
	}
	row(p.Removable, "can be removed", "there as it was left, "+formatSize(p.Bytes))
	for _, k := range keptWords {
		row(p.Kept[k.why], k.what, k.tell)
		if k.why == transfer.KeptShared && p.Kept[k.why] > 0 {
			for _, name := range others {
				fmt.Fprintf(w, "%26s  %s\n", "", Safe(name))
			}
		}
	}
	row(p.Before, "stay", "were there before, and only recognised")
	if len(p.Folders) > 0 {
		fmt.Fprintln(w)
	}
	g := &grid{right: []bool{1: true}}
	for _, name := range slices.Sorted(maps.Keys(p.Folders)) {
		text := Safe(name)
		if room := columns(w, 0); room > 0 {
			text = squeeze(text, max(room-len("  1,000,000 messages"), 12))
		}
		g.row(text, messages(p.Folders[name]))
	}
	g.write(w)
	if len(p.Made) > 0 {
		fmt.Fprintf(w, "\nMade by the copy, and to go where nothing is left in them: %s.\n", Safe(strings.Join(p.Made, ", ")))
	}
}

// tellDone tells what was taken back.
func (u *undoing) tellDone(p *transfer.UndoPlan, done transfer.Undone, code int) {
	w, changed := u.world.out, 0
	if u.note != nil {
		changed = p.Removable - done.Removed
	}
	if u.haul.show.json {
		writeLine(w, undoLine{"undo", done.Removed, changed, done.Released, done.Folders, done.Left, u.dryRun, code})
		return
	}
	showUndone(w, u.haul.dest.Endpoint.String(), done, changed, u.note != nil)
}

// showUndone is the same for people.
func showUndone(w io.Writer, dest string, done transfer.Undone, changed int, meant bool) {
	if !meant {
		fmt.Fprintln(w, "\nNothing was removed.")
		return
	}
	fmt.Fprintf(w, "%s removed from %s.\n", messages(done.Removed), Safe(dest))
	if changed > 0 {
		fmt.Fprintf(w, "%s changed meanwhile, and stayed.\n", messages(changed))
	}
	if done.Released > 0 {
		fmt.Fprintf(w, "%s not counted as arrived any more: they were there before, or are gone.\n", messages(done.Released))
	}
	if len(done.Folders) > 0 {
		fmt.Fprintf(w, "%s that the copy had made removed: %s.\n", counted(len(done.Folders), "folder"), Safe(strings.Join(done.Folders, ", ")))
	}
	for i, name := range slices.Sorted(maps.Keys(done.Left)) {
		if i == 0 {
			fmt.Fprintln(w, "These folders, which the copy had made, stay; your mail program can delete them:")
		}
		fmt.Fprintf(w, "  %s: %s\n", Safe(name), Safe(done.Left[name]))
	}
}

// confirm asks for what nobody types by mistake.
func (u *undoing) confirm(p *transfer.UndoPlan) error {
	want := fmt.Sprintf("undo %d", p.Removable)
	what := "They will be gone from the destination for good. Type  %s  to remove them: "
	if p.Removable == 0 {
		what = "Nothing will be removed; this job will not count them as arrived any more. Type  %s  to confirm: "
	}
	fmt.Fprintf(u.world.talk, "\n"+what, want)
	got, err := bufio.NewReader(io.LimitReader(u.world.in, 1000)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the confirmation: %w", err)
	}
	if strings.Join(strings.Fields(got), " ") != want {
		fmt.Fprintln(u.world.talk)
		return &dissent{"it was not confirmed", fmt.Sprintf("type just %s", want)}
	}
	return nil
}
