package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailhaul/mailhaul/source"
	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
	"github.com/mailhaul/mailhaul/transfer/manifest"
)

// verifyOptions are what "mailhaul verify" was called with.
type verifyOptions struct {
	world  *world
	flags  *pflag.FlagSet
	args   []string // SOURCE... DEST, or none with --job
	job    string
	level  string
	oneWay bool
	repair string
	// manifest is a file that stands for the sources, digest the one it must have.
	manifest, digest string
}

const verifyLong = `Read both sides afresh and compare them message by message. Each message that is
missing at the destination, altered (and whether its bytes, date or flags
differ), in another folder, or at the destination alone is named, with folder,
date, subject and Message-ID.

Nothing is changed on either side: all folders are opened read-only, and none is
made. It works for mail that any program has moved. Where mailhaul did, what it
has written down tells what never arrived from what was changed since.

  --level headers   identity, size, date and flags of each message, in bulk; bytes
                    where these leave a doubt (the default)
  --level bytes     every byte of every message on both sides. An interrupted
                    run goes on where it was.

Line ends do not count, nor the other changes that servers make in storing a
message. Name the folders, filters and --map of the copy again: what they leave
out is not missed.

With --repair, what is missing is copied, and both sides are compared again:
also what was removed at the destination since, and what another program has
lost. --repair=bytes sends a good copy of what was altered (the altered one
stays), --repair=flags sets flags as they are at the source, --repair=all does
all three. Nothing is ever removed.

With --manifest FILE no source is needed: the file, written by mailhaul manifest,
tells what must be at the destination, byte for byte.

Exit code 0: all is there as it is at the source. 9: something differs.`

const verifyExample = `  mailhaul verify imaps://anna@imap.old.example imaps://anna@imap.new.example
  mailhaul verify --level bytes --job anna
  mailhaul verify --repair imaps://anna@imap.old.example imaps://anna@imap.new.example
  mailhaul verify --manifest anna.manifest imaps://anna@imap.new.example
  mailhaul verify --one-way mbox:Archive imaps://anna@imap.new.example`

func newVerify(w *world) *cobra.Command {
	o := &verifyOptions{world: w}
	cmd := &cobra.Command{
		Use:     "verify [flags] SOURCE... DEST | --manifest FILE [DEST]",
		Short:   "Compare both sides, message by message",
		GroupID: "look", Long: verifyLong, Example: verifyExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.flags, o.args = cmd.Flags(), args
			return runVerify(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	group(f, "What is compared:", func(f *pflag.FlagSet) {
		f.StringVar(&o.level, "level", "headers", "`LEVEL` is headers or bytes (headers)")
		f.BoolVar(&o.oneWay, "one-way", false, "what only the destination has is no difference")
	})
	group(f, "Without the source:", func(f *pflag.FlagSet) {
		f.StringVar(&o.manifest, "manifest", "", "compare with `FILE`, which mailhaul manifest wrote, instead of a SOURCE")
		f.StringVar(&o.digest, "digest", "", "the `DIGEST` that the manifest must have")
	})
	group(f, "What is repaired:", func(f *pflag.FlagSet) {
		f.StringVar(&o.repair, "repair", "", "copy what is missing; `=WHAT` may be missing, bytes, flags, several of them, or all")
		f.Lookup("repair").NoOptDefVal = repairMissing
	})
	f.StringVar(&o.job, "job", "", "the `JOB` of the config file instead of SOURCE and DEST")
	configFlag(f)
	choiceFlags(f)
	paceFlags(f)
	accessFlags(f, "source", "dest")
	showFlags(f)
	for _, name := range []string{"max-transfer", "max-duration"} {
		hide(f, name)
	}
	f.Lookup("json").Usage = "one difference a line on standard output; the last line is the summary"
	return cmd
}

func runVerify(ctx context.Context, o *verifyOptions) error {
	kinds, err := readRepair(o.repair)
	if err != nil {
		return err
	}
	v := &verdictOf{world: o.world, options: o}
	if o.manifest != "" {
		return v.prove(ctx)
	}
	if v.haul, err = o.haul(ctx); err != nil {
		return err
	}
	if err := v.unlock(ctx, o.world); err != nil {
		return err
	}
	var sum transfer.Differences
	if len(kinds) > 0 {
		sum, err = v.repair(ctx, kinds)
	} else {
		sum, err = v.verify(ctx, nil)
	}
	return v.conclude(ctx, sum, err)
}

// haul is the job that is verified.
func (o *verifyOptions) haul(ctx context.Context) (*haul, error) {
	if o.level != "headers" && o.level != "bytes" {
		return nil, usagef("", "--level must be headers or bytes, not %q", o.level)
	}
	if o.job == "" {
		return haulOf(ctx, o.world, o.flags, o.args)
	}
	if len(o.args) > 0 {
		return nil, usagef("", "--job stands instead of SOURCE and DEST")
	}
	hauls, err := haulsOf(ctx, o.world, o.flags, []string{o.job})
	if err != nil {
		return nil, err
	}
	return hauls[0], nil
}

// verdictOf is one verification of a haul.
type verdictOf struct {
	*haul
	world    *world
	options  *verifyOptions
	manifest *manifest.Manifest // instead of the sources; nil: the sources
	list     *differenceList
	mended   struct{ copied, flags int } // by --repair
}

// verify compares. What it finds goes to r as well, if there is one.
func (v *verdictOf) verify(ctx context.Context, r *repairer) (sum transfer.Differences, err error) {
	viewers := []viewer{v.talker(v.world)}
	if v.show.logFile != "" {
		log, bad := openLog(v.show.logFile, v.show.logFormat)
		if bad != nil {
			return sum, bad
		}
		defer func() { err = errors.Join(err, log.close()) }()
		viewers = append(viewers, log)
	}
	watch := newWatch(ctx, viewers...)
	defer watch.close()
	audit, err := v.audit(watch.tell, watch.trace)
	if err != nil {
		return sum, err
	}
	v.list = &differenceList{w: v.world.out, json: v.show.json, quiet: v.show.quiet, several: len(v.sources) > 1}
	audit.Found = v.list.add
	if r != nil {
		audit.Matched = r.matched
		audit.Found = func(d transfer.Difference) error { return errors.Join(v.list.add(d), r.found(d)) }
	}
	where := v.checkpoint(audit.Job)
	journal, err := readJournal(where)
	if err != nil {
		return sum, err
	}
	if journal != nil {
		audit.Journal = journal
		defer func() { err = errors.Join(err, journal.Close()) }()
	}
	if audit.Bytes {
		memory, bad := checkpoint.OpenMemory(where)
		if bad != nil {
			return sum, stateError(bad)
		}
		audit.Memory = memory
		defer func() { err = errors.Join(err, memory.Close(err == nil)) }()
	}
	sum, err = transfer.Verify(ctx, audit)
	if err == nil {
		err = v.folders.missing()
	}
	return sum, err
}

// audit is the haul as it is to be proved: the destination is opened as a source,
// which only reads.
func (v *verdictOf) audit(tell transfer.Watcher, trace func(string)) (transfer.Audit, error) {
	job, err := v.job(tell, trace)
	if err != nil {
		return transfer.Audit{}, err
	}
	to := v.dest
	v.listen(&to, "destination", tell, trace)
	to.Compress = v.pace.compress
	to.Share()
	there, err := source.Open(to.Access)
	if err != nil {
		return transfer.Audit{}, asUsage(err)
	}
	there.Name, there.Sessions = job.Dest.Name, job.Dest.Sessions
	audit := transfer.Audit{Job: job, There: there, Bytes: v.options.level == "bytes", OneWay: v.options.oneWay}
	if v.manifest != nil {
		v.insteadOfSources(&audit)
	}
	return audit, nil
}

// readJournal is what is recorded of a job, nil if nothing is.
func readJournal(where checkpoint.Options) (*checkpoint.Journal, error) {
	journal, err := checkpoint.ReadJournal(where.Path())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, stateError(err)
	}
	return journal, nil
}

// conclude tells the outcome.
func (v *verdictOf) conclude(ctx context.Context, sum transfer.Differences, err error) error {
	code := exitDone
	if sum.Differ() {
		code = exitDiffers
	}
	if err != nil {
		code = worse(code, exitCode(ctx, err))
	}
	if v.list != nil {
		v.list.end()
	}
	switch {
	case v.show.json:
		if err != nil {
			writeErrors(v.world.out, err, code, transfer.Report{})
		}
		writeLine(v.world.out, verifySummaryOf(sum, code))
	case !v.show.quiet && sum.Folders > 0:
		v.tell(sum, err)
		v.tellManifest()
	}
	if err == nil && code == exitDiffers {
		err = differs(sum, !v.show.quiet)
	}
	v.complain(err, code)
	return judged(code)
}

// complain tells what is wrong, and what --repair has changed.
func (v *verdictOf) complain(err error, code int) {
	if v.mended.copied+v.mended.flags == 0 || err == nil {
		complain(v.world.talk, err, code)
		return
	}
	for _, one := range unjoin(err) {
		fmt.Fprintf(v.world.talk, "mailhaul: error: %s\n", Safe(wording(one)))
	}
	fmt.Fprintf(v.world.talk, "mailhaul: %s copied, flags of %s set, as you asked; nothing else was changed (exit %d)\n",
		messages(v.mended.copied), messages(v.mended.flags), code)
}
