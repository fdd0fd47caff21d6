package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// reportOptions are what "mailhaul report" was called with.
type reportOptions struct {
	world   *world
	flags   *pflag.FlagSet
	args    []string // SOURCE... DEST, or none with --job
	job     string
	refused bool
	export  string // the folder to export to
}

const reportLong = `Tell what the checkpoint knows of a job: how many messages of each folder have
arrived, and in what way. Write SOURCE and DEST as they were for the copy. No
server is asked, and it may be called while a run is on.

With --refused: list each message that a server would not give or take, with
folder, date, size, subject, Message-ID and the server's words. What a later
run has carried after all is not listed any more.

With --export DIR: fetch these messages from the source, which is only read, and
write each as a file, byte for byte, below DIR:
    DIR/FOLDER/DATE-SUBJECT-ID.eml
Names are made fit for any file system. A file that is there is never written
over; called again it writes only what is missing.

Exit code 0: the list could be made, and with --export all that the source still
has was written. 3: the source would not give some message; it is listed. What is
gone from the source is told, and does not count.`

const reportExample = `  mailhaul report imaps://anna@old.example imaps://anna@new.example
  mailhaul report --refused --job anna
  mailhaul report --export refused-mail imaps://anna@old.example imaps://anna@new.example`

func newReport(w *world) *cobra.Command {
	o := &reportOptions{world: w}
	cmd := &cobra.Command{
		Use:     "report [flags] SOURCE... DEST",
		Short:   "Tell what became of a job's messages; list and save the refused",
		GroupID: "look", Long: reportLong, Example: reportExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.flags, o.args = cmd.Flags(), args
			return runReport(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	group(f, "What is told:", func(f *pflag.FlagSet) {
		f.BoolVar(&o.refused, "refused", false, "list each message that was refused")
		f.StringVar(&o.export, "export", "", "and write them into `DIR`, as .eml files")
	})
	f.StringVar(&o.job, "job", "", "the `JOB` of the config file instead of SOURCE and DEST")
	configFlag(f)
	choiceFlags(f)
	paceFlags(f)
	accessFlags(f, "source", "dest")
	showFlags(f)
	hideOthers(f)
	f.Lookup("json").Usage = "one object a line on standard output, for each folder or refused message"
	return cmd
}

// hideOthers leaves out of the help what only a copy has a use for: such flags
// are taken, so that the command of a copy can be reused as it is.
func hideOthers(f *pflag.FlagSet) {
	useful := map[string]bool{}
	for _, name := range append(sameFlags(), "refused", "export", "job", "json", "quiet", "progress") {
		useful[name] = true
	}
	f.VisitAll(func(flag *pflag.Flag) {
		flag.Hidden = flag.Hidden || !useful[flag.Name]
	})
}

func runReport(ctx context.Context, o *reportOptions) error {
	h, err := o.haul(ctx)
	if err != nil {
		return err
	}
	s, err := h.recorded()
	if err != nil {
		return err
	}
	if o.export != "" {
		return h.export(ctx, o.world, s.Refused, o.export)
	}
	switch {
	case h.show.json && o.refused:
		for _, r := range s.Refused {
			writeLine(o.world.out, refusedLineOf(r))
		}
	case h.show.json:
		reportLines(o.world.out, s)
	case o.refused && len(s.Refused) == 0:
		fmt.Fprintf(o.world.out, "No message of this job is refused (%s).\n", state(s))
	case o.refused:
		h.listRefused(o.world.out, s.Refused)
		h.suggest(o.world, "\nTo have them as files:\n  %s\n", "--export", "refused-mail")
	default:
		showReport(o.world.out, s)
		if len(s.Refused) > 0 {
			h.suggest(o.world, "\nEach refused message, and why:\n  %s\n", "--refused")
		}
	}
	return nil
}

// haul is the job that is reported.
func (o *reportOptions) haul(ctx context.Context) (*haul, error) {
	switch {
	case o.job == "" && len(o.args) < 2:
		return nil, usagef("mailhaul status lists the jobs that this machine knows", "there must be at least one SOURCE and the DEST, or --job JOB")
	case o.job == "":
		return haulOf(ctx, o.world, o.flags, o.args)
	case len(o.args) > 0:
		return nil, usagef("", "--job stands instead of SOURCE and DEST")
	}
	hauls, err := haulsOf(ctx, o.world, o.flags, []string{o.job})
	if err != nil {
		return nil, err
	}
	return hauls[0], nil
}

// recorded reads what the checkpoint holds.
func (h *haul) recorded() (checkpoint.Status, error) {
	job, err := h.job(func(transfer.Event) {}, func(string) {})
	if err != nil {
		return checkpoint.Status{}, err
	}
	where := h.checkpoint(job)
	s, err := checkpoint.Read(where.Path())
	if errors.Is(err, fs.ErrNotExist) || err == nil && s.Created.IsZero() {
		return s, &stateFault{
			text: fmt.Sprintf("nothing is recorded of this job: %s -> %s", strings.Join(where.Sources, ", "), where.Dest),
			hint: "mailhaul status lists the jobs that were run; SOURCE and DEST must be those of the copy, and so must --state-dir",
			err:  err,
		}
	}
	if err != nil {
		return s, stateError(err)
	}
	return s, nil
}

// listRefused writes the list for people.
func (h *haul) listRefused(w io.Writer, refused []checkpoint.Refused) {
	listRefused(w, refused, len(h.sources) > 1, columns(w, 0))
}

// suggest writes a line with the command that reports this job with these flags,
// if a terminal can show it.
func (h *haul) suggest(w *world, format string, flags ...string) {
	if command := h.reportCommand(w, flags...); command != "" {
		fmt.Fprintf(w.out, format, command)
	}
}

// showReport tells a job for people.
func showReport(w io.Writer, s checkpoint.Status) {
	fmt.Fprintf(w, "%s -> %s\n", Safe(strings.Join(s.Sources, ", ")), Safe(s.Dest))
	fmt.Fprintf(w, "  %s\n", state(s))
	sum, _ := total(s)
	fmt.Fprintf(w, "  %s arrived, %s, in %s\n\n", messages(arrived(sum)), formatSize(sum.Bytes), counted(filled(s), "folder"))
	columns := usedColumns(s.Folders)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "  Folder\twent to")
	for _, c := range columns {
		fmt.Fprintf(table, "\t%s", c.name)
	}
	fmt.Fprintln(table, "\tlast whole pass")
	for _, f := range s.Folders {
		fmt.Fprintf(table, "  %s\t%s", Safe(f.From), Safe(f.To))
		for _, c := range columns {
			fmt.Fprintf(table, "\t%s", formatCount(c.count(f)))
		}
		finished := "not yet"
		if !f.Finished.IsZero() {
			finished = when(f.Finished)
		}
		fmt.Fprintf(table, "\t%s\n", finished)
	}
	table.Flush()
	for _, c := range columns {
		if c.tell != "" {
			fmt.Fprintf(w, "  %s: %s\n", c.name, c.tell)
		}
	}
}

// reportColumn is one count of a folder. What needs a word to be understood has it.
type reportColumn struct {
	name, tell string
	count      func(checkpoint.FolderStatus) int
}

var reportColumns = []reportColumn{
	{"copied", "", func(f checkpoint.FolderStatus) int { return f.Recorded.Copied }},
	{"adopted", "found at the destination already, not copied again", func(f checkpoint.FolderStatus) int { return f.Recorded.Adopted }},
	{"merged", "the destination folded them into a twin", func(f checkpoint.FolderStatus) int { return f.Recorded.Merged }},
	{"refused", "a server would not give or take them", func(f checkpoint.FolderStatus) int { return f.Recorded.Refused }},
	{"vanished", "gone from the source before they could be copied", func(f checkpoint.FolderStatus) int { return f.Recorded.Vanished }},
	{"skipped", "left out by filters in the last whole pass", func(f checkpoint.FolderStatus) int { return f.Last.Skipped }},
	{"open", "left without an answer: the next run looks for them first", func(f checkpoint.FolderStatus) int { return f.Open }},
	{"doubtful", "sent twice: the next run looks for second copies", func(f checkpoint.FolderStatus) int { return f.Doubtful }},
}

// usedColumns are those in which something is counted, and the first.
func usedColumns(folders []checkpoint.FolderStatus) (used []reportColumn) {
	for i, c := range reportColumns {
		sum := 0
		for _, f := range folders {
			sum += c.count(f)
		}
		if i == 0 || sum > 0 {
			used = append(used, c)
		}
	}
	return used
}

// reportLine is one folder on standard output.
type reportLine struct {
	Event    string `json:"event"`
	Source   string `json:"source"`
	From     string `json:"from"`
	Folder   string `json:"folder"`
	Copied   int    `json:"copied"`
	Adopted  int    `json:"adopted"`
	Merged   int    `json:"merged"`
	Refused  int    `json:"refused"`
	Vanished int    `json:"vanished"`
	Skipped  int    `json:"skipped"`
	Open     int    `json:"open"`
	Doubtful int    `json:"doubtful"`
	Bytes    int64  `json:"bytes"`
	Finished string `json:"finished,omitempty"`
}

func reportLines(w io.Writer, s checkpoint.Status) {
	for _, f := range s.Folders {
		line := reportLine{
			Event: "report-folder", Source: f.Source, From: f.From, Folder: f.To,
			Copied: f.Recorded.Copied, Adopted: f.Recorded.Adopted, Merged: f.Recorded.Merged,
			Refused: f.Recorded.Refused, Vanished: f.Recorded.Vanished, Skipped: f.Last.Skipped,
			Open: f.Open, Doubtful: f.Doubtful, Bytes: f.Recorded.Bytes,
		}
		if !f.Finished.IsZero() {
			line.Finished = stamp(f.Finished)
		}
		writeLine(w, line)
	}
}
