package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// planOptions are what "mailhaul plan" was called with.
type planOptions struct {
	world *world
	flags *pflag.FlagSet
	args  []string // SOURCE... DEST, or none with --job
	job   string
}

const planLong = `Show what a copy would do, and what stands in its way: which folder goes where,
how many messages of it are new, there since an earlier run, found at the
destination though nobody of us put them there, or left out; what is too large
for the destination, was refused before, would be changed; whether it all fits;
and how long it may take.

Both sides are only read: folders are opened with EXAMINE, and nothing is
recorded. The counts are those that mailhaul copy would end with now. Folders
that are all new are counted by their servers and not listed.

Exit code 0: nothing stands in the way. 3: something does; all else would arrive.`

const planExample = `  mailhaul plan imaps://anna@old.example imaps://anna@new.example
  mailhaul plan --json --job anna`

func newPlan(w *world) *cobra.Command {
	o := &planOptions{world: w}
	cmd := &cobra.Command{
		Use:     "plan [flags] SOURCE... DEST",
		Short:   "Show what would be copied, and what stands in the way",
		GroupID: "look", Long: planLong, Example: planExample,
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
	hurdles := h.hurdles(p)
	if err == nil {
		code = planCode(p, hurdles)
	}
	if h.show.json {
		if err != nil {
			writeErrors(w.out, err, code, transfer.Report{})
		}
		planLines(w.out, p)
		hurdleLines(w.out, hurdles)
		writePlanned(w.out, p, code)
	} else if err == nil && !h.show.quiet {
		h.showPlan(w.out, p, hurdles)
		if idle(p) {
			fmt.Fprint(w.out, beSure(w.compared(h)))
		} else {
			fmt.Fprintf(w.out, "\nNothing was copied.%s\n", startWith(again))
		}
	}
	if code == exitInterrupted {
		fmt.Fprintf(w.talk, "mailhaul: interrupted before the plan was whole; both sides were only read, and nothing was changed (exit %d)\n", code)
	} else {
		complain(w.talk, err, code)
	}
	return judged(code)
}

// idle reports that a copy would do nothing.
func idle(p transfer.Plan) bool {
	return !slices.ContainsFunc(p.Folders, func(f transfer.PlanFolder) bool {
		return f.Skip == "" && (!f.Counted || !f.Exists || f.Tally.Copied+f.Reflagged > 0)
	})
}

// planCode is what a plan ends with.
func planCode(p transfer.Plan, hurdles []hurdle) int {
	code := exitDone
	if len(hurdles) > 0 {
		code = exitRefused
	}
	for _, f := range p.Folders {
		if f.Err != nil {
			code = worse(code, folderCode(f.Err))
		}
	}
	return code
}

func startWith(command string) string {
	if command == "" {
		return ""
	}
	return " Start with:\n  " + command
}

// survey looks at both sides, with a copy of the checkpoint to think on.
func survey(ctx context.Context, w *world, h *haul) (p transfer.Plan, err error) {
	if err := h.unlock(ctx, w); err != nil {
		return p, err
	}
	viewers, log, err := h.surveyors(w)
	if err != nil {
		return p, err
	}
	watch := newWatch(ctx, viewers...)
	p, err = h.survey(ctx, watch)
	watch.close()
	if log != nil {
		err = errors.Join(err, log.close())
	}
	return p, err
}

// surveyors are those who are told how a survey goes on.
func (h *haul) surveyors(w *world) (all []viewer, log *logFile, err error) {
	if h.show.logFile != "" {
		if log, err = openLog(h.show.logFile, h.show.logFormat); err != nil {
			return nil, nil, err
		}
		all = append(all, log)
	}
	if h.show.quiet {
		return append(all, &plain{w: io.Discard, silent: true}), log, nil
	}
	if w.wide && !h.show.json && h.show.progress != "none" && h.show.progress != "plain" {
		return append(all, newLooker(w.talk, h.show.verbose, w.color())), log, nil
	}
	return append(all, &plain{w: w.talk, verbose: h.show.verbose, silent: true}), log, nil
}

func (h *haul) survey(ctx context.Context, watch *watch) (p transfer.Plan, err error) {
	job, err := h.job(watch.tell, watch.trace)
	if err != nil {
		return p, err
	}
	draft, err := checkpoint.OpenDraft(ctx, h.checkpoint(job))
	if err != nil {
		return p, stateError(err)
	}
	defer func() { err = errors.Join(err, draft.Close()) }()
	job.Checkpoint = draft
	if p, err = transfer.Survey(ctx, job); err == nil {
		err = h.folders.missing()
	}
	return p, err
}
