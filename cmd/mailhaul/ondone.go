package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mailhaul/mailhaul/transfer"
)

// onDone runs the user's command when a run is over, however it ended. It gets the
// summary on its standard input, as people read it or with --json as programs do,
// and the numbers in its environment; none of our secrets. What it says goes to
// standard error. That it fails is told, and changes nothing.
func (h *haul) onDone(ctx context.Context, w *world, r transfer.Report, summary []byte, code int) {
	if h.show.onDone == "" {
		return
	}
	cmd := w.asker(h.noInput).Shell(context.WithoutCancel(ctx), h.show.onDone)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(summary), w.talk, w.talk
	cmd.Env = append(withoutFlags(cmd.Env),
		"MAILHAUL_EXIT="+strconv.Itoa(code), "MAILHAUL_JOB="+h.name,
		"MAILHAUL_COPIED="+strconv.Itoa(r.Tally.Copied), "MAILHAUL_REFUSED="+strconv.Itoa(r.Tally.Refused),
		"MAILHAUL_MESSAGES="+strconv.Itoa(r.Tally.Messages), "MAILHAUL_BYTES="+strconv.FormatInt(r.Tally.Bytes, 10))
	if err := cmd.Run(); err != nil {
		fmt.Fprintf(w.talk, "mailhaul: warning: the --on-done command failed: %s\n", Safe(err.Error()))
	}
}

// withoutFlags leaves out what would make a mailhaul that the command calls believe
// it was given this flag.
func withoutFlags(environ []string) []string {
	return slices.DeleteFunc(environ, func(pair string) bool { return strings.HasPrefix(pair, "MAILHAUL_ON_DONE=") })
}
