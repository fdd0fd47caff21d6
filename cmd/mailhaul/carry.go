package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/mailhaul/mailhaul/dest"
	"github.com/mailhaul/mailhaul/mapping"
	"github.com/mailhaul/mailhaul/source"
	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// carry runs one haul, shows it, and ends with its summary. again is the
// command that goes on with it, for people. The error is what the exit code
// comes from; all about it has been told.
func carry(ctx context.Context, w *world, h *haul, again string) (transfer.Report, error) {
	var report transfer.Report
	viewers, log, err := h.viewers(w)
	if err == nil {
		report, err = h.run(ctx, w, viewers)
	}
	code := reportCode(report)
	if err != nil {
		code = exitCode(ctx, err)
	}
	if log != nil {
		log.summary(report.Tally, code, err)
		err = errors.Join(err, log.close())
	}
	h.conclude(w, report, err, code, again)
	return report, judged(code)
}

// run gets the passwords, opens the checkpoint and carries.
func (h *haul) run(ctx context.Context, w *world, viewers []viewer) (report transfer.Report, err error) {
	if err := h.unlock(ctx, w); err != nil {
		return report, err
	}
	watch := newWatch(ctx, viewers...)
	defer watch.close()
	return h.carryOn(ctx, watch.tell, watch.trace)
}

// carryOn goes on from what the checkpoint holds.
func (h *haul) carryOn(ctx context.Context, tell transfer.Watcher, trace func(string)) (report transfer.Report, err error) {
	job, err := h.job(tell, trace)
	if err != nil {
		return report, err
	}
	log, err := checkpoint.Open(ctx, h.checkpoint(job))
	if err != nil {
		return report, fmt.Errorf("state folder %s: %w", h.state, err)
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	job.Checkpoint = log
	return transfer.Run(ctx, job)
}

// checkpoint names the job's file.
func (h *haul) checkpoint(job transfer.Job) checkpoint.Options {
	o := checkpoint.Options{Dir: h.state, Dest: job.Dest.Name}
	for _, from := range job.Sources {
		o.Sources = append(o.Sources, from.Name)
	}
	return o
}

// job is all but the checkpoint.
func (h *haul) job(tell transfer.Watcher, trace func(string)) (transfer.Job, error) {
	rules, err := mapping.New(h.rules)
	if err != nil {
		return transfer.Job{}, asUsage(err)
	}
	job := transfer.Job{
		Mapper: rules, Watch: tell,
		Lanes: h.pace.connections, Tries: h.pace.tries,
		MaxBytes: h.pace.maxTransfer, MaxTime: h.pace.maxDuration,
	}
	for _, s := range h.sources {
		h.traced(&s, trace)
		from, err := source.Open(s.Access)
		if err != nil {
			return job, asUsage(err)
		}
		from.Sessions = tighter(from.Sessions, s.connections)
		job.Sources = append(job.Sources, from)
	}
	to := h.dest
	h.traced(&to, trace)
	if job.Dest, err = dest.Open(to.Access); err != nil {
		return job, asUsage(err)
	}
	job.Dest.Sessions = tighter(job.Dest.Sessions, to.connections)
	return job, nil
}

// traced lets the transcript be told where somebody wants to read it.
func (h *haul) traced(s *side, trace func(string)) {
	if h.show.verbose < 2 {
		return
	}
	host := s.Host
	s.Trace = func(line string) { trace(host + " " + line) }
}

// tighter is the smaller of two bounds, where 0 is none.
func tighter(a, b int) int {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// viewers are those that the user asked for.
func (h *haul) viewers(w *world) (all []viewer, log *logFile, err error) {
	if h.show.logFile != "" {
		if log, err = openLog(h.show.logFile); err != nil {
			return nil, nil, err
		}
		all = append(all, log)
	}
	if h.show.json {
		all = append(all, &jsonLines{w.out})
	}
	return append(all, h.talker(w)), log, nil
}

// talker is the viewer for people, on standard error.
func (h *haul) talker(w *world) viewer {
	verbose := h.show.verbose
	switch kind := h.show.progress; {
	case h.show.quiet:
		return &plain{w: io.Discard, silent: true}
	case kind == "bar", w.wide && !h.show.json && (kind == "auto" || kind == ""):
		return newBar(w.talk, verbose)
	case kind == "none", h.show.json && kind != "plain":
		return &plain{w: w.talk, verbose: verbose, silent: true}
	}
	return &plain{w: w.talk, verbose: verbose}
}

// conclude tells how it ended: the summary on standard output, what went wrong
// on standard error.
func (h *haul) conclude(w *world, r transfer.Report, err error, code int, again string) {
	if h.show.json {
		if err != nil {
			writeError(w.out, err, code)
		}
		writeSummary(w.out, r.Tally, r.Took.Round(time.Millisecond), code)
	} else if !h.show.quiet && (err == nil || r.Tally.Messages > 0) {
		summarize(w.out, r, code, again, h.show.verbose > 0)
	}
	if err != nil {
		complainAfter(w.talk, err, code, r)
	}
}
