package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/mailhaul/mailhaul/transfer"
)

// clearance is what the user allows to be deleted at the source.
type clearance struct {
	wanted, yes bool
	max         int // 0 is no bound
}

// clearFlags say what becomes of the source.
func clearFlags(f *pflag.FlagSet) {
	group(f, "At the source (POP3), which nothing else changes:", func(f *pflag.FlagSet) {
		f.String("delete-source", "none", "`none|after-verify`: delete what a fresh look at the destination proves (none)")
		f.String("max-delete", "", "delete `N` messages at most, the others another time")
		f.Bool("yes", false, "delete without asking")
	})
}

func readClearance(l layers) (c clearance, err error) {
	switch text := l.text("delete-source"); text {
	case "none", "":
	case "after-verify":
		c.wanted = true
	default:
		return c, fmt.Errorf("delete-source must be none or after-verify, not %q", text)
	}
	if l.text("max-delete") != "" {
		if c.max, err = l.count("max-delete"); err != nil {
			return c, err
		}
	}
	c.yes, err = l.truth("yes")
	return c, err
}

// checkClearance finds what cannot be meant before anything is copied.
func (h *haul) checkClearance(w *world) error {
	switch {
	case !h.clearance.wanted:
		return nil
	case !slices.ContainsFunc(h.sources, side.isPOP3):
		return usagef("leave --delete-source out", "only mail at a POP3 source can be deleted, and there is none")
	case !h.clearance.yes && !w.asker(h.noInput).CanAsk():
		return usagef("run it at a terminal, or add --yes", "nobody is there to confirm --delete-source")
	}
	return nil
}

// errDeclined: the user has said no.
var errDeclined = errors.New("nothing was deleted")

// clearSource deletes at the source what has arrived, if the user wants it and the
// run has come to its end.
func (h *haul) clearSource(ctx context.Context, w *world, job transfer.Job, aside func(func())) (err error) {
	if !h.clearance.wanted {
		return nil
	}
	job.MaxTime = 0
	h.cleared, err = transfer.Clear(ctx, job, transfer.Clearing{Max: h.clearance.max, Confirm: func(ctx context.Context, n int) (err error) {
		if h.clearance.yes {
			return nil
		}
		aside(func() { err = h.confirmDeletion(ctx, w, n) })
		return err
	}})
	switch {
	case errors.Is(err, errDeclined):
		return nil
	case err != nil:
		return err
	}
	h.looked = true
	return nil
}

// clearedError is why a run that has deleted at its source is not complete.
type clearedError struct {
	error
	cleared transfer.Cleared
}

// Unwrap gives the reasons.
func (e *clearedError) Unwrap() []error { return unjoin(e.error) }

// effect is what has become of the source.
func (e *clearedError) effect() string {
	if n := e.cleared.Unsure; n > 0 {
		return fmt.Sprintf("%s of the source may be deleted there; all of them are at the destination", messages(n))
	}
	return fmt.Sprintf("%s deleted at the source, and nothing else", messages(e.cleared.Deleted))
}

// confirmDeletion asks. The number has to be typed: a habit answers y.
func (h *haul) confirmDeletion(ctx context.Context, w *world, n int) error {
	for _, s := range h.sources {
		if s.isPOP3() {
			fmt.Fprintf(w.talk, "\n%s of %s\n", messages(n), Safe(s.Endpoint.String()))
		}
	}
	fmt.Fprintf(w.talk, "were read at the destination just now and are there, byte for byte.\n"+
		"Deleted at the source, they cannot be got back from there.\nType %d to delete them: ", n)
	said, err := w.readLine(ctx)
	switch {
	case err != nil:
		return err
	case said != strconv.Itoa(n):
		return errDeclined
	}
	return nil
}

// tellCleared tells people what became of the source.
func (h *haul) tellCleared(w io.Writer) {
	if !h.clearance.wanted {
		return
	}
	c := h.cleared
	switch {
	case c.Deleted > 0:
		fmt.Fprintf(w, "\nDeleted %s at the source, each proved to be at the destination.\n", messages(c.Deleted))
	case h.looked:
		fmt.Fprintf(w, "\nThere was nothing to delete at the source.\n")
	case c.Unsure == 0:
		fmt.Fprintf(w, "\nNothing was deleted at the source.\n")
	}
	if c.Unsure > 0 {
		fmt.Fprintf(w, "\nThe server did not say whether it has deleted %s: the next run looks.\nAll of them were proved to be at the destination.\n", messages(c.Unsure))
	}
	if c.Over > 0 {
		fmt.Fprintf(w, "  %7s  may be deleted, too: --max-delete kept them\n", formatCount(c.Over))
	}
	for _, k := range c.Kept {
		fmt.Fprintf(w, "  %7s  stay: %s\n", formatCount(k.Count), Safe(k.Why))
	}
}

// clearedLine tells programs what became of the source.
type clearedLine struct {
	Event   string     `json:"event"` // "cleared"
	Time    string     `json:"time"`
	Deleted int        `json:"deleted"`
	Unsure  int        `json:"unconfirmed,omitempty"` // the server did not say that they are deleted
	Over    int        `json:"over_max_delete,omitempty"`
	Kept    []keptLine `json:"kept,omitempty"`
}

type keptLine struct {
	Source string `json:"source"`
	Why    string `json:"why"`
	Count  int    `json:"count"`
}

func (h *haul) writeCleared(w io.Writer) {
	if !h.clearance.wanted {
		return
	}
	line := clearedLine{Event: "cleared", Time: stamp(time.Now()), Deleted: h.cleared.Deleted, Unsure: h.cleared.Unsure, Over: h.cleared.Over}
	for _, k := range h.cleared.Kept {
		line.Kept = append(line.Kept, keptLine(k))
	}
	writeLine(w, line)
}
