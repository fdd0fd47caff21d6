package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/mailhaul/mailhaul/dest"
	"github.com/mailhaul/mailhaul/mapping"
	"github.com/mailhaul/mailhaul/source"
	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// carry runs one haul, shows it, and ends with its summary. The error is what
// the exit code comes from; all about it has been told.
func carry(ctx context.Context, w *world, h *haul) (transfer.Report, error) {
	var report transfer.Report
	h.recorder = &recorder{}
	viewers, log, err := h.viewers(w)
	if err == nil {
		report, err = h.run(ctx, w, viewers)
	}
	code := reportCode(report)
	if h.cleared.Over > 0 {
		code = worse(code, exitLimit)
	}
	if err != nil {
		code = worse(code, exitCode(ctx, err))
	}
	why := h.outcome(report, err)
	if log != nil {
		log.summary(report.Tally, code, why)
		if bad := log.close(); bad != nil {
			why, code = errors.Join(why, bad), worse(code, exitError)
		}
	}
	h.recorder.conclude(report, why, code)
	h.conclude(w, w.out, w.talk, h.show.quiet, report, why, code)
	if h.show.onDone != "" {
		var summary bytes.Buffer
		h.conclude(w, &summary, &summary, false, report, why, code)
		h.onDone(ctx, w, report, summary.Bytes(), code)
	}
	return report, judged(code)
}

// run gets the passwords, opens the checkpoint and carries.
func (h *haul) run(ctx context.Context, w *world, viewers []viewer) (report transfer.Report, err error) {
	if err := h.unlock(ctx, w); err != nil {
		return report, err
	}
	watch := newWatch(ctx, viewers...)
	defer watch.close()
	h.after = func(ctx context.Context, job transfer.Job) error { return h.clearSource(ctx, w, job, watch.aside) }
	return h.carryOn(ctx, watch.tell, watch.trace)
}

// carryOn goes on from what the checkpoint holds.
func (h *haul) carryOn(ctx context.Context, tell transfer.Watcher, trace func(string)) (report transfer.Report, err error) {
	job, err := h.job(tell, trace)
	if err != nil {
		return report, err
	}
	defer knockAhead(ctx, &job)()
	where := h.checkpoint(job)
	log, err := checkpoint.Open(ctx, where)
	if err != nil {
		return report, stateError(err)
	}
	if h.recorder != nil {
		h.recorder.hold(where.Path())
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	job.Checkpoint = log
	defer keepRoom(boundMemory(job.Lanes))()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	h.folders.refuse = cancel
	report, err = rounds(ctx, job, where.Path())
	report.Notes = append(slices.Concat(h.folders.notes, h.folders.gone(report), h.emptied(report)), report.Notes...)
	if err == nil && !report.Limited && h.after != nil {
		err = h.after(ctx, job)
	}
	return report, err
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
	h.folders = h.watchFolders(rules, tell)
	job := transfer.Job{
		Mapper: h.folders, Watch: tell,
		Lanes: h.pace.connections, Tries: h.pace.tries, Newest: h.pace.newestFirst,
		MaxBytes: h.pace.maxTransfer, MaxTime: h.pace.maxDuration,
	}
	for i, s := range h.sources {
		h.listen(&s, h.sourceName(i), tell, trace)
		s.Compress = h.pace.compress
		s.Share()
		from, err := source.Open(s.Access)
		if err != nil {
			return job, asUsage(err)
		}
		from.Sessions = tighter(from.Sessions, s.connections)
		if s.isPOP3() {
			from.Marks = h.popSeen
		}
		job.Sources = append(job.Sources, from)
	}
	to := h.dest
	h.listen(&to, "destination", tell, trace)
	to.Compress = h.pace.compress
	to.Share()
	if job.Dest, err = dest.Open(to.Access); err != nil {
		return job, asUsage(err)
	}
	job.Dest.Sessions = tighter(job.Dest.Sessions, to.connections)
	return job, nil
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
		if log, err = openLog(h.show.logFile, h.show.logFormat); err != nil {
			return nil, nil, err
		}
		all = append(all, log)
	}
	if h.show.json {
		all = append(all, &jsonLines{w.out})
	}
	return append(all, h.recorder, h.talker(w)), log, nil
}

// talker is the viewer for people, on standard error.
func (h *haul) talker(w *world) viewer {
	verbose := h.show.verbose
	switch kind := h.show.progress; {
	case h.show.quiet:
		return &plain{w: io.Discard, silent: true, ask: w.talk}
	case kind == "bar", w.wide && !h.show.json && (kind == "auto" || kind == ""):
		return newBar(w.talk, verbose, w.color())
	case kind == "none", h.show.json && kind != "plain":
		return &plain{w: w.talk, verbose: verbose, silent: true}
	}
	return &plain{w: w.talk, verbose: verbose}
}

// conclude tells how it ended: the summary on out, why it is not complete on talk,
// also where nothing else is told.
func (h *haul) conclude(w *world, out, talk io.Writer, quiet bool, r transfer.Report, why error, code int) {
	looked := len(r.Folders) > 0 || r.Tally.Messages > 0
	switch {
	case h.show.json:
		if why != nil {
			writeErrors(out, why, code, r)
		}
		h.writeCleared(out)
		writeSummary(out, r.Tally, r.Took.Round(time.Millisecond), code)
	case !quiet && (code == exitDone || code == exitLimit || looked):
		h.summarize(out, r, code, w.again(), h.reportCommand(w, "--refused"))
		if code == exitDone && r.Tally.Messages > 0 {
			fmt.Fprint(out, beSure(w.compared(h)))
		}
	}
	if code != exitDone && !(h.show.json && out == talk) {
		complainAfter(talk, why, code, r)
	}
}

// outcome is all that keeps a run from being complete, one error for each reason.
func (h *haul) outcome(r transfer.Report, err error) error {
	all := []error{err}
	for _, f := range r.Folders {
		if f.Err == nil {
			continue
		}
		if errors.Is(err, f.Err) {
			all[0] = nil // told with the folder's name
		}
		all = append(all, fmt.Errorf("folder %q could not be %s: %w", f.From, undone(f.Err), f.Err))
	}
	if n := r.Tally.Refused; n > 0 {
		all = append(all, fmt.Errorf("%s refused (%s)", wereOrWas(n), h.listed()))
	}
	if r.Limited {
		all = append(all, fmt.Errorf("--%s was reached", h.limit(r)))
	}
	if h.cleared.Over > 0 {
		all = append(all, errors.New("--max-delete was reached"))
	}
	why := errors.Join(all...)
	if why != nil && h.cleared.Deleted+h.cleared.Unsure > 0 {
		return &clearedError{why, h.cleared}
	}
	return why
}

func undone(err error) string {
	var side *transfer.SideError
	switch {
	case !errors.As(err, &side):
		return "finished"
	case side.Side == transfer.AtSource:
		return "read"
	}
	return "written"
}

func wereOrWas(n int) string {
	if n == 1 {
		return "1 message was"
	}
	return messages(n) + " were"
}

// listed tells where the refused messages are.
func (h *haul) listed() string {
	switch {
	case h.show.logFile != "":
		return "listed in " + h.show.logFile
	case h.show.quiet && !h.show.json:
		return "mailhaul report --refused lists them"
	}
	return "listed above"
}

// limit is the flag that ended a run.
func (h *haul) limit(r transfer.Report) string {
	if h.pace.maxTransfer > 0 && (h.pace.maxDuration <= 0 || r.Tally.Bytes >= h.pace.maxTransfer) {
		return "max-transfer"
	}
	return "max-duration"
}
