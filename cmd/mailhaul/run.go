package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailhaul/mailhaul/transfer"
)

// runOptions are what "mailhaul run" was called with.
type runOptions struct {
	world *world
	flags *pflag.FlagSet
	jobs  []string // all of them if none is named
}

func newRun(w *world) *cobra.Command {
	o := &runOptions{world: w}
	cmd := &cobra.Command{
		Use:     "run [flags] [JOB...]",
		Short:   "Copy what the jobs of the config file say",
		GroupID: "move",
		Long: `Run jobs of the config file, all of them if none is named, one after the other.
A job does what "mailhaul copy" does: run it again to resume, and to carry what
is new. A flag given here wins over what the job says. The config file is
explained by: mailhaul help config`,
		Example: "  mailhaul run\n  mailhaul run anna --max-duration 8h",
		RunE: func(cmd *cobra.Command, args []string) error {
			o.flags, o.jobs = cmd.Flags(), args
			return runRun(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	configFlag(f)
	choiceFlags(f)
	paceFlags(f)
	clearFlags(f)
	accessFlags(f, "source", "dest")
	showFlags(f)
	doneFlag(f)
	return cmd
}

func runRun(ctx context.Context, o *runOptions) error {
	hauls, err := haulsOf(ctx, o.world, o.flags, o.jobs)
	if err != nil {
		return early(ctx, o.world, o.flags, err)
	}
	for _, h := range hauls {
		if err := h.checkClearance(o.world); err != nil {
			return early(ctx, o.world, o.flags, err)
		}
	}
	began := time.Now()
	var sum transfer.Tally
	code := exitDone
	for _, h := range hauls {
		if ctx.Err() != nil {
			break
		}
		if len(hauls) > 1 && !h.show.quiet && !h.show.json {
			fmt.Fprintf(o.world.out, "\n== %s ==\n", Safe(h.name))
		}
		report, err := carry(ctx, o.world, h)
		sum = addTallies(sum, report.Tally)
		code = worse(code, exitCode(ctx, err))
	}
	if len(hauls) > 1 && hauls[0].show.json {
		writeSummary(o.world.out, sum, time.Since(began), code)
	}
	return judged(code)
}

func addTallies(a, b transfer.Tally) transfer.Tally {
	a.Messages += b.Messages
	a.Copied += b.Copied
	a.Present += b.Present
	a.Adopted += b.Adopted
	a.Skipped += b.Skipped
	a.Refused += b.Refused
	a.Vanished += b.Vanished
	a.Merged += b.Merged
	a.Folders += b.Folders
	a.Bytes += b.Bytes
	return a
}
