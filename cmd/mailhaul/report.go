package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

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
	format  string
	output  string // the file to write to
}

const reportLong = `Tell what the checkpoint knows of a job: how many messages of each folder have
arrived, and in what way. Write SOURCE and DEST as they were for the copy. No
server is asked, and it may be called while a run is on.

It is written as text, Markdown, JSON, CSV (a table of folders, with --refused of
messages) or as one HTML page that needs nothing else, with what was changed on the
way, throughput, mail by year and what to do next: --format, or -o FILE.

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
  mailhaul report -o report.html --job anna
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
		f.StringVar(&o.format, "format", "", "`FORM` of the report: text, md, json, csv, html (text)")
		f.StringVarP(&o.output, "output", "o", "", "write it into `FILE`, whose name tells the form")
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
	for _, name := range append(sameFlags(), "refused", "export", "format", "output", "job", "json", "quiet", "progress") {
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
	if h.show.json && o.format == "" && o.output == "" {
		if !o.refused {
			reportLines(o.world.out, s)
			return nil
		}
		for _, r := range s.Refused {
			writeLine(o.world.out, refusedLineOf(r))
		}
		return nil
	}
	form, err := o.form()
	if err != nil {
		return err
	}
	a, err := h.gather(ctx, o.world, s)
	if err != nil {
		return err
	}
	return o.write(h, a, form)
}

// text is the report, or the list of the refused, for a terminal.
func (o *reportOptions) text(w io.Writer, h *haul, a *jobReport) {
	switch {
	case o.refused && len(a.Refused) == 0:
		fmt.Fprintf(w, "No message of this job is refused (%s).\n", state(a.Status))
	case o.refused:
		h.listRefused(w, a.Refused)
		if command := h.reportCommand(o.world, "--export", "refused-mail"); command != "" {
			fmt.Fprintf(w, "\nTo have them as files:\n  %s\n", command)
		}
	default:
		a.show(w)
	}
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
		writeLine(w, reportLineOf(f))
	}
}
