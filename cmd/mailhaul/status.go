package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// statusOptions are what "mailhaul status" was called with.
type statusOptions struct {
	world *world
	flags *pflag.FlagSet
	args  []string // none, JOB, or SOURCE... DEST
}

func newStatus(w *world) *cobra.Command {
	o := &statusOptions{world: w}
	cmd := &cobra.Command{
		Use: "status [flags] [JOB | SOURCE... DEST]", Short: "Show what has arrived, also while a run is on", GroupID: "look",
		Long: `Show each job that this machine knows, or the one that is named: what has arrived,
what is on its way, what was refused; and of a run that is on how far it is, as the
terminal that it runs in shows it. It reads the state folder only and may be called
at any time.

A run also tells how far it is when it gets SIGUSR1: kill -USR1 PROCESS.`,
		Example: "  mailhaul status\n  mailhaul status --watch\n  mailhaul status -v imaps://anna@imap.old.example imaps://anna@imap.new.example",
		RunE: func(cmd *cobra.Command, args []string) error {
			o.flags, o.args = cmd.Flags(), args
			return runStatus(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	configFlag(f)
	choiceFlags(f)
	paceFlags(f)
	accessFlags(f, "source", "dest")
	showFlags(f)
	f.VisitAll(func(flag *pflag.Flag) { flag.Hidden = true }) // those of a copy are taken, so that its command can be reused
	f.BoolP("watch", "w", false, "go on showing until no run is on")
	f.Lookup("json").Usage = "one job a line"
	f.Lookup("verbose").Usage = "tell each folder"
	for _, name := range []string{"json", "verbose", "state-dir", "config"} {
		f.Lookup(name).Hidden = false
	}
	return cmd
}

func runStatus(ctx context.Context, o *statusOptions) error {
	l, err := o.world.layers(o.flags, nil)
	if err != nil {
		return err
	}
	dir, err := o.world.stateDir(l.text("state-dir"))
	if err != nil {
		return asUsage(err)
	}
	var asked [2]bool
	for i, name := range []string{"json", "watch"} {
		if asked[i], err = l.truth(name); err != nil {
			return asUsage(err)
		}
	}
	list := func() ([]checkpoint.Status, error) { return checkpoint.List(dir) }
	if len(o.args) > 0 {
		h, err := o.haul(ctx)
		if err != nil {
			return err
		}
		list = func() ([]checkpoint.Status, error) {
			one, err := h.recorded()
			return []checkpoint.Status{one}, err
		}
	}
	if asked[1] {
		return watchStatus(ctx, o.world, list, asked[0])
	}
	jobs, err := list()
	if err != nil && len(o.args) > 0 {
		return err
	}
	for _, job := range jobs {
		if asked[0] {
			writeLine(o.world.out, statusOf(job))
			continue
		}
		showStatus(o.world.out, job, l.text("verbose") != "0")
	}
	if len(jobs) == 0 && err == nil && !asked[0] {
		fmt.Fprintf(o.world.out, "No job has run yet (looked in %s).\n", Safe(dir))
	}
	return err
}

// haul is the job that is named.
func (o *statusOptions) haul(ctx context.Context) (*haul, error) {
	if len(o.args) > 1 {
		return haulOf(ctx, o.world, o.flags, o.args)
	}
	hauls, err := haulsOf(ctx, o.world, o.flags, o.args)
	if err != nil {
		return nil, err
	}
	return hauls[0], nil
}

// showStatus tells one job. While its first run is on, all numbers are those of one
// moment, which the run has written down; what the checkpoint holds is a bit ahead.
func showStatus(w io.Writer, s checkpoint.Status, whole bool) {
	fmt.Fprintf(w, "%s -> %s\n", Safe(strings.Join(s.Sources, ", ")), Safe(s.Dest))
	fmt.Fprintf(w, "  %s\n", state(s))
	sum, open := total(s)
	n := liveNote(s)
	switch {
	case n == nil:
		fmt.Fprintf(w, "  %s arrived, %s, in %s\n", messages(arrived(sum)), formatSize(sum.Bytes), counted(filled(s), "folder"))
	case n.first(s):
		fmt.Fprintf(w, "  %s arrived so far\n", messages(n.arrived()))
	default:
		fmt.Fprintf(w, "  %s written down as arrived, %s, in %s, with the runs before\n  this run:\n", messages(arrived(sum)), formatSize(sum.Bytes), counted(filled(s), "folder"))
	}
	if n != nil {
		for _, line := range n.lines(time.Now(), columns(w, 100)-2) {
			fmt.Fprintf(w, "  %s\n", line)
		}
	}
	if open > 0 && s.PID != 0 {
		fmt.Fprintf(w, "  %s on the way\n", messages(open))
	} else if open > 0 {
		fmt.Fprintf(w, "  %s left without an answer: the next run looks for them first\n", messages(open))
	}
	showUndoneOf(w, s)
	for i, r := range s.Refused {
		if i == shownRefusals && !whole {
			fmt.Fprintf(w, "  ... and %d more refused: add -v\n", len(s.Refused)-i)
			break
		}
		fmt.Fprintf(w, "  refused: %s %s: %s\n", Safe(r.From), Safe(r.ID), Safe(r.Words))
	}
	if whole {
		statusTable(w, s.Folders, n != nil)
	}
	fmt.Fprintln(w)
}

// first reports that the note is of the job's first run.
func (n *runNote) first(s checkpoint.Status) bool {
	return !s.Created.Before(n.Started.Truncate(time.Second))
}

// arrived counts what the run had brought when it wrote the note.
func (n *runNote) arrived() (sum int) {
	for _, fate := range []transfer.Fate{transfer.Copied, transfer.Adopted, transfer.Merged} {
		sum += n.Fates[string(fate)]
	}
	return sum
}

func state(s checkpoint.Status) string {
	undo := takenBack(s)
	switch {
	case undo != nil:
		return stateUndone(s, *undo)
	case s.PID != 0 && (s.Started.IsZero() || !s.Ended.IsZero()): // it has written nothing yet
		return fmt.Sprintf("running (process %d)", s.PID)
	case s.PID != 0:
		return fmt.Sprintf("running (process %d), began %s", s.PID, when(s.Started))
	case s.Ended.IsZero():
		return "cut off, last written " + when(s.Changed) + "; the same command goes on"
	}
	return "last run ended " + when(ended(s))
}

// ended is when the last run came to its end, zero if it did not. One that has
// found nothing new is in the note alone.
func ended(s checkpoint.Status) time.Time {
	if n := readNote(s.Path); n != nil && n.Over && !s.Ended.IsZero() && n.Updated.After(s.Ended) {
		return n.Updated
	}
	return s.Ended
}

func when(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

// statusTable tells each folder. While a run is on, what has arrived is written down
// a moment later.
func statusTable(w io.Writer, folders []checkpoint.FolderStatus, live bool) {
	arrivals := "arrived"
	if live {
		arrivals = "written down"
	}
	g := &grid{right: []bool{2: true}}
	g.row("Folder", "went to", arrivals, "finished")
	for _, f := range folders {
		finished := "not yet"
		if !f.Finished.IsZero() {
			finished = when(f.Finished)
		}
		g.row(Safe(f.From), Safe(f.To), formatCount(arrived(f.Recorded)), finished)
	}
	g.fit(w, columns(w, 0))
}

func arrived(t transfer.Tally) int { return t.Copied + t.Adopted + t.Merged }

// filled counts the folders in which something has arrived.
func filled(s checkpoint.Status) int {
	n := 0
	for _, f := range s.Folders {
		if arrived(f.Recorded) > 0 {
			n++
		}
	}
	return n
}

func total(s checkpoint.Status) (sum transfer.Tally, open int) {
	for _, f := range s.Folders {
		sum = addTallies(sum, f.Recorded)
		open += f.Open
	}
	return sum, open
}

// statusLine is one job on standard output.
type statusLine struct {
	Event   string   `json:"event"`
	Sources []string `json:"sources"`
	Dest    string   `json:"dest"`
	Running bool     `json:"running"`
	Ended   string   `json:"ended,omitempty"`
	Folders int      `json:"folders"`
	Arrived int      `json:"arrived"`
	Open    int      `json:"open"`
	Refused int      `json:"refused"`
	Bytes   int64    `json:"bytes"`
	Path    string   `json:"path"`
	// Undone is what was taken back.
	Undone []undoneLine `json:"undone,omitempty"`
	// Run is how a run that is on stands.
	Run *picture `json:"run,omitempty"`
}

func statusOf(s checkpoint.Status) statusLine {
	sum, open := total(s)
	line := statusLine{
		Event: "job", Sources: s.Sources, Dest: s.Dest, Running: s.PID != 0, Folders: filled(s),
		Arrived: arrived(sum), Open: open, Refused: len(s.Refused), Bytes: sum.Bytes, Path: s.Path,
		Undone: undoneLines(s.Undone),
	}
	if end := ended(s); !end.IsZero() {
		line.Ended = stamp(end)
	}
	if n := liveNote(s); n != nil {
		line.Run = &n.picture
	}
	return line
}
