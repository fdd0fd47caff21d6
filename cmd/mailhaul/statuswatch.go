package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// staleNote is after how long a note that is not written on tells nothing of a run
// any more.
const staleNote = 30 * time.Second

// liveNote is the note of a run that is on, nil if none is or it tells nothing.
func liveNote(s checkpoint.Status) *runNote {
	if s.PID == 0 {
		return nil
	}
	n := readNote(s.Path)
	if n == nil || n.PID != s.PID || n.Over || time.Since(n.Updated) > staleNote {
		return nil
	}
	return n
}

// statusPace is how often a status that goes on is read anew.
const statusPace = time.Second

// watchStatus shows the runs that are on until there is none: as a block that is
// drawn over itself where standard output is a terminal.
func watchStatus(ctx context.Context, w *world, list func() ([]checkpoint.Status, error), asJSON bool) error {
	f, isFile := w.out.w.(*os.File)
	block := newBar(w.out, 0, w.color())
	wide := isFile && term.IsTerminal(int(f.Fd())) && !asJSON
	clock := time.NewTicker(statusPace)
	defer clock.Stop()
	for first := true; ; first = false {
		jobs, err := list()
		if err != nil {
			return err
		}
		lines, running := runningLines(jobs, columns(w.out, 100))
		switch {
		case asJSON:
			for _, job := range jobs {
				if job.PID != 0 {
					writeLine(w.out, statusOf(job))
				}
			}
		case wide:
			block.show(lines)
		default:
			fmt.Fprint(w.out, strings.Join(append(lines, ""), "\n"))
		}
		if running == 0 {
			block.clear()
			if !asJSON && first {
				fmt.Fprintln(w.out, "No run is on.")
			} else if !asJSON {
				fmt.Fprintln(w.out, "No run is on any more: see mailhaul status.")
			}
			return nil
		}
		select {
		case <-clock.C:
		case <-ctx.Done():
			block.clear()
			return errors.Join(ctx.Err())
		}
	}
}

// runningLines tells the runs that are on.
func runningLines(jobs []checkpoint.Status, columns int) (lines []string, running int) {
	for _, s := range jobs {
		if s.PID == 0 {
			continue
		}
		running++
		lines = append(lines, clip(Safe(strings.Join(s.Sources, ", "))+" -> "+Safe(s.Dest), columns-1))
		if n := liveNote(s); n != nil {
			lines = append(lines, n.lines(time.Now(), columns)...)
		} else {
			lines = append(lines, clip("  "+state(s), columns-1))
		}
	}
	return lines, running
}
