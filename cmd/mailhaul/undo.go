package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// undoOptions are what "mailhaul undo" was called with.
type undoOptions struct {
	world  *world
	flags  *pflag.FlagSet
	args   []string // JOB, or SOURCE... DEST
	dryRun bool
}

const undoLong = `Take back what a job has put at the destination: a JOB of the config file, or
SOURCE... DEST as they were for the copy. Sources are not opened.

Removed is only what mailhaul itself has appended, by the UIDs it has written
down, where the bytes are still those that were sent and the flags those that
were given. What you marked, moved or changed stays, and so does what was there
before, and what another job of this machine counts as arrived: take that job back
as well, and then this one once more.

Folders that the copy has made go, too, when nothing is left in them: no mail, no
folder below, and nothing that others have ever put there. The others stay, and
are named.

First it reads all of it at the destination and shows what would be removed; then
it asks you to type a confirmation. With --dry-run it only shows. The destination
must be able to remove single messages (UIDPLUS).

Afterwards a copy of the same job brings everything again, also what you have
deleted at the destination since.`

const undoExample = `  mailhaul undo anna
  mailhaul undo --dry-run imaps://anna@imap.old.example imaps://anna@imap.new.example`

func newUndo(w *world) *cobra.Command {
	o := &undoOptions{world: w}
	cmd := &cobra.Command{
		Use:     "undo [flags] JOB | SOURCE... DEST",
		Short:   "Take back what a job has put at the destination",
		GroupID: "move", Long: undoLong, Example: undoExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.flags, o.args = cmd.Flags(), args
			return runUndo(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.dryRun, "dry-run", false, "only show what would be removed")
	configFlag(f)
	choiceFlags(f)
	paceFlags(f)
	accessFlags(f, "source", "dest")
	showFlags(f)
	hideOthers(f)
	for _, name := range []string{"source-password-command", "source-password-file"} {
		hide(f, name)
	}
	f.Lookup("json").Usage = "the plan, and then what was done, one object a line on standard output"
	for _, name := range []string{"dry-run", "dest-password-command", "dest-password-file"} {
		f.Lookup(name).Hidden = false
	}
	return cmd
}

func runUndo(ctx context.Context, o *undoOptions) (err error) {
	h, err := o.haul(ctx)
	if err != nil {
		return err
	}
	if h.noInput && !o.dryRun {
		return usagef("--dry-run shows what would be removed; without --no-input the confirmation is read from standard input, too",
			"undo wants a typed confirmation, which --no-input forbids")
	}
	journal, where, err := h.journal()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, journal.Close()) }()
	switch n, err := journal.Deleted(ctx); {
	case err != nil:
		return stateError(err)
	case n > 0:
		return usagef("what undo removes would be the only copy; mailhaul verify tells what is there",
			"this job has deleted %s at the source, so that it cannot be taken back", messages(n))
	}
	others, err := h.openSiblings(where.Path())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, others.close()) }()
	log, err := checkpoint.Open(ctx, where)
	if err != nil {
		return stateError(err)
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	if err := h.dest.unlock(ctx, o.world, h, roleDest, 1); err != nil {
		return err
	}
	// No bar: it would be drawn over the question.
	watch := newWatch(ctx, &plain{w: o.world.talk, verbose: h.show.verbose, silent: h.show.quiet})
	defer watch.close()
	u := &undoing{undoOptions: o, haul: h, journal: journal, log: log, others: others}
	what, err := u.what(ctx, watch)
	if err != nil {
		return err
	}
	return u.undo(ctx, what)
}

// undoing is one undo of a job.
type undoing struct {
	*undoOptions
	*haul
	journal *checkpoint.Journal
	log     *checkpoint.Log
	others  *siblings
	note    *checkpoint.Undo // once it is confirmed
}

// what is the job as it is to be taken back.
func (u *undoing) what(ctx context.Context, watch *watch) (what transfer.Undo, err error) {
	audit, err := (&verdictOf{haul: u.haul, options: &verifyOptions{}}).audit(watch.tell, watch.trace)
	if err != nil {
		return what, err
	}
	what = transfer.Undo{
		Job: audit.Job, There: audit.There, Counted: u.others.counted,
		Records: func(ctx context.Context, each func(transfer.Record) error) error {
			return u.journal.Arrivals(ctx, func(a checkpoint.Arrival) error { return each(a.Record) })
		},
		Forget: func(ctx context.Context, removed, released []transfer.Record) error {
			return u.note.Forget(ctx, removed, released)
		},
		Filled: func(m transfer.MadeFolder) error { return u.log.Filled(ctx, m.Folder(), m.Epoch, m.Next) },
		Unmade: func(m transfer.MadeFolder) error { return u.log.Unmade(ctx, m.Folder(), m.Epoch) },
	}
	what.Made, err = u.journal.Made(ctx)
	return what, stateError(err)
}

// undo plans, asks, removes, and tells what became of it.
func (u *undoing) undo(ctx context.Context, what transfer.Undo) error {
	plan, err := transfer.PlanUndo(ctx, what)
	if err != nil {
		return err
	}
	defer plan.Close()
	u.tellPlan(plan)
	if u.dryRun || plan.Idle() {
		u.tellDone(plan, transfer.Undone{}, exitDone)
		return nil
	}
	if err := u.confirm(plan); err != nil {
		return err
	}
	if u.note, err = u.log.BeginUndo(ctx); err != nil {
		return stateError(err)
	}
	done, err := plan.Do()
	if err == nil {
		err = stateError(u.note.End(plan.Counted(), len(done.Folders)))
	}
	if done.Removed > 0 || err == nil {
		u.tellDone(plan, done, exitCode(ctx, err))
	}
	return err
}

// haul is the job that is taken back.
func (o *undoOptions) haul(ctx context.Context) (*haul, error) {
	switch len(o.args) {
	case 0:
		return nil, usagef("mailhaul undo JOB, or mailhaul undo SOURCE... DEST; mailhaul status lists the jobs that were run", "which job is to be taken back?")
	case 1:
		hauls, err := haulsOf(ctx, o.world, o.flags, o.args)
		if err != nil {
			return nil, err
		}
		return hauls[0], nil
	}
	return haulOf(ctx, o.world, o.flags, o.args)
}
