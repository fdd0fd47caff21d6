package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailhaul/mailhaul/transfer"
)

// planOptions are what "mailhaul plan" was called with.
type planOptions struct {
	world *world
	flags *pflag.FlagSet
	args  []string // SOURCE... DEST, or none with --job
	job   string
}

func newPlan(w *world) *cobra.Command {
	o := &planOptions{world: w}
	cmd := &cobra.Command{
		Use:     "plan [flags] SOURCE... DEST",
		Short:   "Show what would be copied, and where to",
		GroupID: "look",
		Long: `Sign in on both sides and show which folder would go where, how much is in it,
and what stands in the way. Nothing is changed on either side.`,
		Example: "  mailhaul plan imaps://anna@old.example imaps://anna@new.example\n  mailhaul plan --job anna",
		RunE: func(cmd *cobra.Command, args []string) error {
			o.flags, o.args = cmd.Flags(), args
			return runPlan(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.job, "job", "", "the `JOB` of the config file instead of SOURCE and DEST")
	configFlag(f)
	choiceFlags(f)
	paceFlags(f)
	accessFlags(f, "source", "dest")
	showFlags(f)
	return cmd
}

func runPlan(ctx context.Context, o *planOptions) error {
	h, again, err := o.haul(ctx)
	if err != nil {
		return early(ctx, o.world, o.flags, err)
	}
	return plan(ctx, o.world, h, again)
}

// haul is what is planned, with the command that would do it.
func (o *planOptions) haul(ctx context.Context) (*haul, string, error) {
	if o.job == "" {
		h, err := haulOf(ctx, o.world, o.flags, o.args)
		return h, o.world.instead(""), err
	}
	if len(o.args) > 0 {
		return nil, "", usagef("", "--job stands instead of SOURCE and DEST")
	}
	hauls, err := haulsOf(ctx, o.world, o.flags, []string{o.job})
	if err != nil {
		return nil, "", err
	}
	return hauls[0], o.world.instead(o.job), nil
}

// plan shows what a haul would do.
func plan(ctx context.Context, w *world, h *haul, again string) error {
	p, err := survey(ctx, w, h)
	code := exitCode(ctx, err)
	if h.show.json {
		if err != nil {
			writeErrors(w.out, err, code, transfer.Report{})
		}
		planLines(w.out, p)
		writePlanned(w.out, p, code)
	} else if err == nil {
		planTable(w.out, p, len(h.sources) > 1, columns(w.out, 100))
		for _, text := range h.folders.notes {
			fmt.Fprintf(w.out, "  ! %s\n", Safe(text))
		}
		fmt.Fprintf(w.out, "\nNothing was copied.%s\n", startWith(again))
	}
	complain(w.talk, err, code)
	return judged(code)
}

func startWith(command string) string {
	if command == "" {
		return ""
	}
	return " Start with:\n  " + command
}

func survey(ctx context.Context, w *world, h *haul) (transfer.Plan, error) {
	if err := h.unlock(ctx, w); err != nil {
		return transfer.Plan{}, err
	}
	watch := newWatch(ctx, &plain{w: w.talk, verbose: h.show.verbose, silent: true})
	defer watch.close()
	job, err := h.job(watch.tell, watch.trace)
	if err != nil {
		return transfer.Plan{}, err
	}
	p, err := transfer.Survey(ctx, job)
	if err == nil {
		err = h.folders.missing()
	}
	return p, err
}

// planTable is the plan for people, a table for each source, room columns wide.
func planTable(w io.Writer, p transfer.Plan, several bool, room int) {
	for source, folders := range bySource(p.Folders) {
		if several {
			fmt.Fprintf(w, "%s\n", Safe(source))
		}
		from, to := nameRoom(folders, room)
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "  Folder\tgoes to\tmessages\tsize\t")
		for _, f := range folders {
			fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\n", squeeze(Safe(f.From.Name()), from), squeeze(Safe(goesTo(f)), to),
				formatCount(f.From.Count), formatSize(f.From.Bytes), newMark(f))
		}
		table.Flush()
		fmt.Fprintln(w)
	}
	planSum(w, p)
	for _, f := range p.Folders {
		for _, note := range f.Notes {
			fmt.Fprintf(w, "  ! %s: %s\n", Safe(f.From.Name()), Safe(note))
		}
	}
	if p.Site.Limit > 0 {
		fmt.Fprintf(w, "  ! messages over %s will be refused by the destination\n", formatSize(p.Site.Limit))
	}
}

// nameRoom is how wide the two columns of names may be: as wide as they are if
// that fits, else the narrower one keeps its width as far as half the room goes.
func nameRoom(folders []transfer.PlanFolder, room int) (from, to int) {
	const others = len("  ") + len("messages  ") + len("1023 KiB  ") + len("will be made") + len("    ")
	room = max(room-others, 24)
	for _, f := range folders {
		from, to = max(from, cells(Safe(f.From.Name()))), max(to, cells(Safe(goesTo(f))))
	}
	switch {
	case from+to <= room:
		return from, to
	case from <= room/2:
		return from, room - from
	case to <= room/2:
		return room - to, to
	}
	return room / 2, room / 2
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

// planSum tells how much there is to look at.
func planSum(w io.Writer, p transfer.Plan) {
	count, bytes, uncounted := 0, int64(0), 0
	for _, f := range p.Folders {
		switch {
		case f.Skip != "":
		case f.From.Count < 0:
			uncounted++
		default:
			count, bytes = count+f.From.Count, bytes+max(f.From.Bytes, 0)
		}
	}
	fmt.Fprintf(w, "%s to look at%s\n", messages(count), measured(bytes, uncounted))
}

// measured ends a sentence about a number of messages.
func measured(bytes int64, uncounted int) string {
	text := ""
	if bytes > 0 {
		text = ", " + formatSize(bytes)
	}
	if uncounted > 0 {
		text += ", and those in " + counted(uncounted, "folder") + " marked ?, which are counted as they are read"
	}
	return text
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

// planLine is one folder of the plan on standard output.
type planLine struct {
	Event    string   `json:"event"`
	Source   string   `json:"source"`
	From     string   `json:"from"`
	Folder   string   `json:"folder,omitempty"`
	Skip     string   `json:"skip,omitempty"`
	Messages int      `json:"messages"`
	Bytes    int64    `json:"bytes"`
	Exists   bool     `json:"exists"`
	Notes    []string `json:"notes,omitempty"`
}

// writePlanned writes the summary of a plan: all messages that could be counted,
// planned if a copy would look at them, skipped in folders that are left out.
func writePlanned(w io.Writer, p transfer.Plan, code int) {
	line := summaryLine{Event: "summary", Exit: code}
	for _, f := range p.Folders {
		count := max(f.From.Count, 0)
		line.Messages += count
		if f.Skip != "" {
			line.Skipped += count
			continue
		}
		line.Folders, line.Planned, line.PlannedBytes = line.Folders+1, line.Planned+count, line.PlannedBytes+max(f.From.Bytes, 0)
		if f.From.Count < 0 {
			line.Uncounted++
		}
	}
	writeLine(w, line)
}

// planLines is the plan for programs. Numbers that are not known are -1.
func planLines(w io.Writer, p transfer.Plan) {
	for _, f := range p.Folders {
		writeLine(w, planLine{
			Event: "plan-folder", Source: f.Source, From: f.From.Name(), Folder: f.To.Name(), Skip: f.Skip,
			Messages: f.From.Count, Bytes: f.From.Bytes, Exists: f.Exists, Notes: f.Notes,
		})
	}
}
