package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

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
before. Folders stay, too.

First it reads all of it at the destination and shows what would be removed; then
it asks you to type a confirmation. With --dry-run it only shows. The destination
must be able to remove single messages (UIDPLUS).

Afterwards a copy of the same job brings everything again.`

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
	for _, name := range []string{"json", "source-password-command", "source-password-file"} {
		hide(f, name)
	}
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
	what, err := h.undoing(watch, journal, log)
	if err != nil {
		return err
	}
	return o.undo(ctx, h, what)
}

// undoing is a haul as it is to be taken back.
func (h *haul) undoing(watch *watch, journal *checkpoint.Journal, log *checkpoint.Log) (transfer.Undo, error) {
	audit, err := (&verdictOf{haul: h, options: &verifyOptions{}}).audit(watch.tell, watch.trace)
	return transfer.Undo{
		Job: audit.Job, There: audit.There,
		Records: func(ctx context.Context, each func(transfer.Record) error) error {
			return journal.Arrivals(ctx, func(a checkpoint.Arrival) error { return each(a.Record) })
		},
		Forget: func(ctx context.Context, rs []transfer.Record) error { return forget(ctx, log, rs) },
	}, err
}

// undo plans, asks and removes.
func (o *undoOptions) undo(ctx context.Context, h *haul, what transfer.Undo) error {
	plan, err := transfer.PlanUndo(ctx, what)
	if err != nil {
		return err
	}
	defer plan.Close()
	o.show(h, plan)
	if plan.Removable == 0 || o.dryRun {
		fmt.Fprintln(o.world.out, "\nNothing was removed.")
		return nil
	}
	if err := o.confirm(plan); err != nil {
		return err
	}
	removed, err := plan.Do()
	if removed > 0 || err == nil {
		fmt.Fprintf(o.world.out, "%s removed from %s.\n", messages(removed), Safe(h.dest.Endpoint.String()))
	}
	if left := plan.Removable - removed; err == nil && left > 0 {
		fmt.Fprintf(o.world.out, "%s changed meanwhile, and stayed.\n", messages(left))
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

// forget takes records out of the checkpoint, durably.
func forget(ctx context.Context, log *checkpoint.Log, rs []transfer.Record) error {
	books := map[int64][]string{}
	for _, r := range rs {
		books[r.Book] = append(books[r.Book], r.ID)
	}
	for book, ids := range books {
		if err := log.Forget(ctx, book, ids); err != nil {
			return err
		}
	}
	return log.Sync(ctx)
}

// show shows the plan.
func (o *undoOptions) show(h *haul, p *transfer.UndoPlan) {
	w := o.world.out
	fmt.Fprintf(w, "What mailhaul has put into %s:\n\n", Safe(h.dest.Endpoint.String()))
	row := func(n int, what, why string) {
		if n > 0 {
			fmt.Fprintf(w, "%8s  %-14s  %s\n", formatCount(n), what, why)
		}
	}
	row(p.Removable, "can be removed", "there as it was left, "+formatSize(p.Bytes))
	row(p.Kept[transfer.KeptMarked], "stay", "marked since, or their marks taken away")
	row(p.Kept[transfer.KeptAltered], "stay", "their bytes are not those that were sent")
	row(p.Kept[transfer.KeptUnknown], "stay", "their UID is not known, or they cannot be read")
	row(p.Kept[transfer.KeptRenumbered], "stay", "the folder was numbered anew since: nobody knows which they are")
	row(p.Kept[transfer.KeptGone], "gone", "moved or removed since")
	row(p.Before, "stay", "were there before, and only recognised")
	if p.Removable == 0 {
		return
	}
	fmt.Fprintln(w)
	for _, name := range slices.Sorted(maps.Keys(p.Folders)) {
		fmt.Fprintf(w, "  %s: %s\n", Safe(name), messages(p.Folders[name]))
	}
}

// confirm asks for what nobody types by mistake.
func (o *undoOptions) confirm(p *transfer.UndoPlan) error {
	want := fmt.Sprintf("undo %d", p.Removable)
	fmt.Fprintf(o.world.talk, "\nThey will be gone from the destination for good. Type  %s  to remove them: ", want)
	got, err := bufio.NewReader(io.LimitReader(o.world.in, 1000)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the confirmation: %w", err)
	}
	if strings.Join(strings.Fields(got), " ") != want {
		fmt.Fprintln(o.world.talk)
		return &dissent{"it was not confirmed", fmt.Sprintf("type just %s", want)}
	}
	return nil
}
