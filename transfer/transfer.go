// Package transfer moves mail: a source streams messages through a mapper into
// a destination, and a checkpoint remembers what has arrived. It knows no
// protocol and no library; [Source], [Mapper], [Dest] and [Checkpoint] say what
// a plug-in must do.
//
// What [Run] promises: every message is at the destination exactly once, with
// its bytes, date, flags and folder, and every message that was looked at ends
// in one named [Fate]. How it keeps that:
//
//   - A window of messages is written down in the checkpoint before its first
//     byte leaves ([Checkpoint.Begin]), and what arrived after the destination
//     has said so.
//   - After any cut, what is open is matched against what stands at the
//     destination, as a multiset by header identity and size, by content where
//     that leaves a doubt (pair.go, reconcile.go).
//   - What cannot be found is sent again only after it can no longer land late
//     (unit.settle); should it land all the same, our own copy is taken back
//     (heal.go).
//   - Mail that was at the destination before is recognised and not doubled
//     (adopt.go).
package transfer

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// Run carries everything the job names and reports how each message ended. It
// returns when all is done, when it cannot go on, or when ctx ends: then it
// stops feeding, waits up to 5 s for what is on its way, and returns the cause.
// Whatever happens, the same Run later goes on where this one stopped.
//
//	survey   both sides' folders -> routes -> units, one for each destination folder
//	lanes    take units, each with a source and a destination session:
//
//	           loader                            appender
//	           List -> known? -> Mapper          Open, reconcile, adopt
//	                     | new                          |
//	           Fetch ==> spool ==== windows ====> Begin -> Append -> Settle
//
//	tail     what may still land is waited for, matched, sent again, healed
//	report   one fate a message
func Run(ctx context.Context, job Job) (Report, error) {
	r := newRun(ctx, job)
	defer r.close()
	r.beEager()
	units, err := r.survey()
	switch {
	case r.feed.Err() != nil:
		err = r.stopped()
	case err == nil:
		err = r.carry(units)
	}
	if serr := r.job.Checkpoint.Sync(r.work); err == nil && serr != nil {
		err = &localError{serr}
	}
	if err == nil && !r.stoppedEarly() {
		err = r.unfinished()
	}
	if err == nil && !r.stoppedEarly() {
		r.more, err = r.release()
	}
	if cerr := r.closeDoubts(); err == nil && cerr != nil {
		err = &localError{cerr}
	}
	return r.report(), err
}

// run is one Run under way.
type run struct {
	job     Job
	started time.Time
	// feed ends when nothing new may start: the caller's ctx, a limit, an
	// error elsewhere. work ends when waiting for replies is over, too.
	feed context.Context
	stop context.CancelCauseFunc
	work context.Context
	end  context.CancelFunc

	sources []*sessions[Source]
	dests   *sessions[Dest]
	spool   *spool
	queue   queue
	crew    crew
	ledger  ledger
	handed  atomic.Int64 // bytes given to the destination
	passes  []*passage
	more    bool // see [Report.More]
}

const drainTime = 5 * time.Second

func newRun(ctx context.Context, job Job) *run {
	job = job.withDefaults()
	r := &run{job: job, started: time.Now(), spool: newSpool(job.TempDir)}
	r.feed, r.stop = context.WithCancelCause(ctx)
	r.work, r.end = context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(r.feed, func() { after(drainTime, r.end) })
	if job.MaxTime > 0 {
		after(job.MaxTime, func() { r.stop(errLimit) })
	}
	for _, from := range job.Sources {
		side := newSessions(AtSource, from.Name, from.Open, from.Sessions)
		side.knock = from.Knock
		r.sources = append(r.sources, side)
	}
	r.dests = newSessions(AtDest, job.Dest.Name, job.Dest.Open, job.Dest.Sessions)
	r.dests.knock = job.Dest.Knock
	r.ledger.watch = job.Watch
	return r
}

// close ends everything that is open.
func (r *run) close() {
	r.stop(nil)
	for _, s := range r.sources {
		s.close()
	}
	r.dests.close()
	r.spool.close()
	r.end()
}

// errLimit is the cause when MaxBytes or MaxTime ends a run.
var errLimit = errors.New("a limit of the job was reached")

// stopped is the error to end with when feed is over.
func (r *run) stopped() error {
	cause := context.Cause(r.feed)
	if errors.Is(cause, errLimit) {
		return nil
	}
	return cause
}

// stoppedEarly tells that a limit ended the run.
func (r *run) stoppedEarly() bool { return r.feed.Err() != nil }

// unfinished is the error for folders that could not be finished but may be by
// another run. Those refused for good are in the report.
func (r *run) unfinished() error {
	for _, p := range r.passes {
		switch {
		case p.err != nil && !Permanent(p.err):
			return p.err
		case p.err == nil && p.skip == "" && !p.finished:
			return fmt.Errorf("folder %q was left unfinished", p.name())
		}
	}
	return nil
}

func (j Job) withDefaults() Job {
	if j.Tries <= 0 {
		j.Tries = 5
	}
	if j.Settle <= 0 {
		j.Settle = 5 * time.Second
	}
	if j.Window <= 0 {
		j.Window = windowLetters
	}
	if j.Watch == nil {
		j.Watch = func(Event) {}
	}
	return j
}
