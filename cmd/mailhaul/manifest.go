package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
	"github.com/mailhaul/mailhaul/transfer/manifest"
)

// manifestOptions are what "mailhaul manifest" was called with.
type manifestOptions struct {
	world  *world
	flags  *pflag.FlagSet
	args   []string // SOURCE... DEST, or none with --job
	job    string
	output string
}

const manifestLong = `Write down what a job has brought to the destination: a file of JSON lines with,
for each message, its place at the source, its folder, UIDVALIDITY and UID at the
destination, the SHA-256 of its bytes, size, date and fate. No server is asked.

The lines are chained by their digests, so that none can be changed, added or
taken away without changing the last one. It is the digest of the whole: note it,
or give it to whom you have to prove the move to.

Later, when the source is gone:
  mailhaul verify --manifest FILE --digest DIGEST DEST

The form of the lines: "chain" is the SHA-256, in hex, of the chain of the line
before (nothing before the first), a line feed, and the line without its own
,"chain":"...". "sha256" is that of the message with its line ends as CRLF, none
of CR at the very end, and NUL as 0x80: that is how servers store mail.`

const manifestExample = `  mailhaul manifest --output anna.manifest imaps://anna@imap.old.example imaps://anna@imap.new.example
  mailhaul manifest --job anna`

func newManifest(w *world) *cobra.Command {
	o := &manifestOptions{world: w}
	cmd := &cobra.Command{
		Use:     "manifest [flags] SOURCE... DEST",
		Short:   "Write down what has arrived, as a proof",
		GroupID: "look", Long: manifestLong, Example: manifestExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.flags, o.args = cmd.Flags(), args
			return runManifest(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.output, "output", "o", "", "write to `FILE` instead of standard output")
	f.StringVar(&o.job, "job", "", "the `JOB` of the config file instead of SOURCE and DEST")
	configFlag(f)
	choiceFlags(f)
	paceFlags(f)
	accessFlags(f, "source", "dest")
	showFlags(f)
	hideOthers(f)
	for _, name := range []string{"json", "progress"} {
		hide(f, name)
	}
	f.Lookup("output").Hidden = false
	return cmd
}

func runManifest(ctx context.Context, o *manifestOptions) error {
	report := &reportOptions{world: o.world, flags: o.flags, args: o.args, job: o.job}
	h, err := report.haul(ctx)
	if err != nil {
		return err
	}
	if o.output == "" {
		digest, n, err := h.writeManifest(ctx, o.world.out)
		if err == nil && !h.show.quiet {
			fmt.Fprintf(o.world.talk, "mailhaul: %s, digest %s\n", messages(n), digest)
		}
		return err
	}
	digest, n, err := h.saveManifest(ctx, o.output)
	if err == nil && !h.show.quiet {
		fmt.Fprintf(o.world.out, "%s written down in %s.\n\nIts digest, to be kept elsewhere:\n  %s\n", messages(n), Safe(o.output), digest)
	}
	return err
}

// saveManifest writes it to a file, which is whole or not there.
func (h *haul) saveManifest(ctx context.Context, path string) (digest string, n int, err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return "", 0, fmt.Errorf("write the manifest: %w", err)
	}
	defer os.Remove(tmp.Name())
	out := bufio.NewWriter(tmp)
	digest, n, err = h.writeManifest(ctx, out)
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return "", 0, err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return "", 0, fmt.Errorf("write the manifest: %w", err)
	}
	return digest, n, nil
}

// writeManifest writes what is recorded. The same records give the same digest.
func (h *haul) writeManifest(ctx context.Context, w io.Writer) (digest string, n int, err error) {
	journal, where, err := h.journal()
	if err != nil {
		return "", 0, err
	}
	defer func() { err = errors.Join(err, journal.Close()) }()
	head := manifest.Head{Sources: where.Sources, Dest: where.Dest}
	undone, err := journal.Undone(ctx)
	if err != nil {
		return "", 0, stateError(err)
	}
	for _, u := range undone {
		head.Undone = append(head.Undone, manifest.Undone{At: u.Begun.UTC().Truncate(time.Second), Removed: u.Removed, Kept: u.Kept})
	}
	m, err := manifest.NewWriter(w, head)
	if err != nil {
		return "", 0, err
	}
	err = journal.Arrivals(ctx, func(a checkpoint.Arrival) error {
		return m.Add(manifest.NewEntry(a.Source, a.From, a.FromEpoch, a.Record))
	})
	if err != nil {
		return "", 0, err
	}
	digest, err = m.Close()
	return digest, m.Messages(), err
}

// journal is what is recorded of the job, which must be something.
func (h *haul) journal() (*checkpoint.Journal, checkpoint.Options, error) {
	job, err := h.job(func(transfer.Event) {}, func(string) {})
	if err != nil {
		return nil, checkpoint.Options{}, err
	}
	where := h.checkpoint(job)
	journal, err := readJournal(where)
	if err == nil && journal == nil {
		err = &stateFault{
			text: fmt.Sprintf("nothing is recorded of this job: %s -> %s", strings.Join(where.Sources, ", "), where.Dest),
			hint: "mailhaul status lists the jobs that were run; SOURCE and DEST must be those of the copy, and so must --state-dir",
		}
	}
	return journal, where, err
}
