package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// What --repair may name.
const (
	repairMissing = "missing"
	repairBytes   = "bytes"
	repairFlags   = "flags"
)

// readRepair reads what is to be repaired.
func readRepair(text string) (kinds []string, err error) {
	switch text {
	case "":
		return nil, nil
	case "all":
		return []string{repairMissing, repairBytes, repairFlags}, nil
	}
	for kind := range strings.SplitSeq(text, ",") {
		switch kind {
		case repairMissing, repairBytes, repairFlags:
			kinds = append(kinds, kind)
		default:
			return nil, usagef("--repair=missing,flags names several; --repair=all is all three", "--repair knows missing, bytes and flags, not %q", kind)
		}
	}
	return kinds, nil
}

// repair verifies, repairs what was asked for, and verifies again.
func (v *verdictOf) repair(ctx context.Context, kinds []string) (sum transfer.Differences, err error) {
	job, err := v.job(func(transfer.Event) {}, func(string) {})
	if err != nil {
		return sum, err
	}
	log, err := checkpoint.Open(ctx, v.checkpoint(job))
	if err != nil {
		return sum, stateError(err)
	}
	r := newRepairer(ctx, kinds, log, job.Dest)
	defer r.close()
	sum, err = v.verify(ctx, r)
	if err == nil {
		err = r.finish()
	}
	if err = errors.Join(err, log.Close()); err != nil || r.missing+r.flags == 0 {
		return sum, err
	}
	v.mended.flags = r.flags
	v.repaired(sum, r)
	if r.missing > 0 {
		watch := newWatch(ctx, v.talker(v.world))
		report, err := v.carryOn(ctx, watch.tell, watch.trace)
		watch.close()
		v.mended.copied = report.Tally.Copied
		if err = v.outcome(report, err); err != nil {
			return sum, err
		}
	}
	return v.verify(ctx, nil)
}

// repaired ends the first part of the talk.
func (v *verdictOf) repaired(sum transfer.Differences, r *repairer) {
	v.list.end()
	switch {
	case v.show.json:
		writeLine(v.world.out, repairLine{Event: "repair", Copy: r.missing, Flags: r.flags})
	case !v.show.quiet:
		v.tell(sum, nil)
		fmt.Fprintf(v.world.out, "\nRepairing: %s to copy, flags of %s set. Then both sides are compared again.\n\n", messages(r.missing), messages(r.flags))
	}
}

// repairLine tells programs what is repaired.
type repairLine struct {
	Event string `json:"event"`
	Copy  int    `json:"to_copy"`
	Flags int    `json:"flags_set"`
}
