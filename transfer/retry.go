package transfer

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// longestPause is the longest that a server is given its will: a run that
// would have to wait longer ends, and another one goes on.
const longestPause = 15 * time.Minute

// pauseLength is how long to wait before another try: as long as the server
// asked for, else longer each time (0.25 s doubling up to 30 s, up to a quarter
// less by what waits, so that lanes do not come back in step). try counts from 1.
func pauseLength(try int, waits string, asked time.Duration) time.Duration {
	if asked > 0 {
		return asked
	}
	d := min(250*time.Millisecond<<min(try-1, 7), 30*time.Second)
	return d - d/4*time.Duration((sumOf(waits)+uint64(try))%8)/8
}

// wait sleeps d, or less if ctx ends; then it answers false.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// after calls f once d is over, unless stop is called before; stop waits for an f that
// has begun.
func after(d time.Duration, f func()) (stop func()) {
	over := make(chan struct{})
	t := time.AfterFunc(d, func() {
		defer close(over)
		f()
	})
	return func() {
		if !t.Stop() {
			<-over
		}
	}
}

// retires reports whether the lane ends because a server lets no more sessions
// in while other lanes have theirs: they take over what it had begun.
func (l *lane) retires(err error) bool {
	var opening *openError
	return errors.As(err, &opening) && !Permanent(err) && l.crew.retire(l, &l.queue)
}

// locally is err if it is this machine's fault, else nil.
func (r *run) locally(err error) error {
	var local *localError
	if errors.As(err, &local) {
		return err
	}
	return nil
}

// halted is what a lane ends with when the run is stopping: an error of its
// own only where stopping does not explain it.
func (l *lane) halted(err error) error {
	var local *localError
	var crash *Crash
	if err != nil && (errors.As(err, &local) || errors.As(err, &crash) || Full(err)) {
		return err
	}
	return nil
}

// recover decides what becomes of the unit that failed (nil: no session could
// be had) and waits before the next attempt.
func (l *lane) recover(u *unit, err error) error {
	tries, waits := &l.tries, fmt.Sprint("lane ", l.number)
	if u != nil {
		tries, waits, l.tries = &u.tries, u.to.Key(), 0
	}
	*tries++
	switch l.judge(u, err, *tries) {
	case endOfRun:
		return err
	case giveUp:
		l.abandon(u, err)
		return nil
	}
	delay := pauseLength(*tries, waits, RetryAfter(err))
	l.ledger.tell(Event{Kind: EventRetry, Err: err, Wait: delay})
	wait(l.feed, delay)
	return nil
}

// verdict is what to do about an error that ended an attempt of a lane.
type verdict int

const (
	again    verdict = iota // open new sessions and go on
	giveUp                  // this unit cannot be done, the others may
	endOfRun                // nothing can be done any more
)

// judge decides. u is nil for a session that could not be opened; tries counts
// the attempts in a row that got no further.
func (r *run) judge(u *unit, err error, tries int) verdict {
	var local *localError
	var crash *Crash
	var opening *openError
	switch {
	case r.feed.Err() != nil, errors.As(err, &local), errors.As(err, &crash), Full(err), SignInRefused(err), RetryAfter(err) > longestPause:
		return endOfRun
	case errors.As(err, &opening):
		if Permanent(err) || tries >= r.job.Tries {
			return endOfRun
		}
	case Missing(err) && u != nil && u.epoch != "" && !u.remade && tries < r.job.Tries:
		return again // the folder went away under us: it is made again
	case Permanent(err) || tries >= r.job.Tries:
		return giveUp
	}
	return again
}
