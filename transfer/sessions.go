package transfer

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// sessions are the open sessions with one side: an idle one is taken before a
// new one is opened, and there are never more than allowed. Some may be opened
// before they are asked for (early.go).
type sessions[S interface{ Close() error }] struct {
	side  Side
	name  string
	open  func(context.Context) (S, error)
	knock func(context.Context) (Door[S], error) // nil: in one step, by open
	slots chan struct{}                          // nil: no bound
	// knocked is told how long the first server took to answer a knock, or that it takes
	// farKnock at least; may be nil.
	knocked func(time.Duration)

	mu     sync.Mutex // guards idle, inside and some of early
	idle   []rested[S]
	inside bool // a session was let in
	early  early[S]

	// quickest is the shortest time that the server took to answer, in nanoseconds; 0
	// if it never has. The line takes no longer.
	quickest atomic.Int64
}

// rested is an idle session, and the lane that has used it last: it may have asked
// for what it needs next.
type rested[S any] struct {
	session S
	by      *lane // nil: nobody's
}

func newSessions[S interface{ Close() error }](side Side, name string, open func(context.Context) (S, error), bound int) *sessions[S] {
	s := &sessions[S]{side: side, name: name, open: open, early: newEarly[S]()}
	if bound > 0 {
		s.slots = make(chan struct{}, bound)
	}
	return s
}

// get gives a session, which goes back with put, or with drop after an error.
func (s *sessions[S]) get(ctx context.Context) (S, error) { return s.getBack(ctx, nil) }

// getBack is get for a lane, which would like to have the one that it had before.
func (s *sessions[S]) getBack(ctx context.Context, l *lane) (S, error) {
	var none S
	if s.slots != nil {
		select {
		case s.slots <- struct{}{}:
		case <-ctx.Done():
			return none, context.Cause(ctx)
		}
	}
	s.mu.Lock()
	if n := len(s.idle); n > 0 {
		i := n - 1
		if own := slices.IndexFunc(s.idle, func(r rested[S]) bool { return l != nil && r.by == l }); own >= 0 {
			i = own
		}
		idle := s.idle[i].session
		s.idle = slices.Delete(s.idle, i, i+1)
		s.mu.Unlock()
		return idle, nil
	}
	first, coming := !s.inside, s.inside && s.early.spokenFor()
	s.mu.Unlock()
	fresh, err := s.fresh(ctx, first, coming)
	if err != nil {
		s.leave()
		return none, &openError{s.fault(err)}
	}
	return fresh, nil
}

// idler gives a session that is open and idle, if there is one to be had now. It
// goes back like that of get.
func (s *sessions[S]) idler() (session S, ok bool) {
	if s.slots != nil {
		select {
		case s.slots <- struct{}{}:
		default:
			return session, false
		}
	}
	s.mu.Lock()
	n := len(s.idle)
	if ok = n > 0; ok {
		session, s.idle = s.idle[n-1].session, s.idle[:n-1]
	}
	s.mu.Unlock()
	if !ok {
		s.leave()
	}
	return session, ok
}

// fresh is a session that was just opened, early or now.
func (s *sessions[S]) fresh(ctx context.Context, first, coming bool) (S, error) {
	switch {
	case first:
		return s.first(ctx)
	case coming:
		return s.await(ctx)
	}
	return s.open(ctx)
}

// first opens the session that shows whether we are let in.
func (s *sessions[S]) first(ctx context.Context) (session S, err error) {
	s.lead()
	if s.knock == nil {
		session, err = s.open(ctx)
	} else {
		session, err = s.enter(ctx)
	}
	if err != nil {
		s.turnedAway()
	} else {
		s.letIn()
	}
	return session, err
}

// enter is open in its two steps.
func (s *sessions[S]) enter(ctx context.Context) (S, error) {
	heard := func() {}
	if s.knocked != nil { // that it is far away is told as soon as that is certain
		heard = after(farKnock, func() { s.porch(farKnock) })
	}
	door, err := s.knock(ctx)
	heard()
	if err != nil {
		var none S
		return none, err
	}
	s.porch(door.Took())
	return door.Enter(ctx)
}

// porch notes and tells how long a knock took: to connect takes two answers at least.
func (s *sessions[S]) porch(took time.Duration) {
	s.answered(took / 2)
	if s.knocked != nil {
		s.knocked(took)
	}
}

// answered notes how long an answer took.
func (s *sessions[S]) answered(took time.Duration) {
	now := max(int64(took), 1) // clocks may be coarse
	for {
		best := s.quickest.Load()
		if best != 0 && best <= now || s.quickest.CompareAndSwap(best, now) {
			return
		}
	}
}

// far reports whether each answer took so long that it must be the line.
func (s *sessions[S]) far() bool { return s.quickest.Load() >= int64(farAway) }

// most is how many there may be at once.
func (s *sessions[S]) most() int {
	if s.slots == nil {
		return 1 << 30
	}
	return cap(s.slots)
}

// rests reports whether a session is open and idle.
func (s *sessions[S]) rests() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.idle) > 0
}

func (s *sessions[S]) put(session S) { s.putBack(session, nil) }

// putBack is put by a lane that may come back for it.
func (s *sessions[S]) putBack(session S, l *lane) {
	s.mu.Lock()
	s.idle = append(s.idle, rested[S]{session, l})
	s.mu.Unlock()
	s.leave()
}

func (s *sessions[S]) drop(session S) {
	session.Close()
	s.leave()
}

func (s *sessions[S]) leave() {
	if s.slots != nil {
		<-s.slots
	}
}

// close ends all idle sessions, side by side: each may wait for its server. Those
// that are on their way must have been told to stop, by their ctx.
func (s *sessions[S]) close() {
	s.trim(0)
	s.early.all.Wait()
	s.mu.Lock()
	idle := s.idle
	s.idle = nil
	s.mu.Unlock()
	each(idle, func(r rested[S]) { r.session.Close() })
}

// fault names the side and endpoint of an error.
func (s *sessions[S]) fault(err error) error {
	if err == nil {
		return nil
	}
	return &SideError{Side: s.side, Name: s.name, Err: err}
}

// openError: no session could be had, which reaches further than a folder.
type openError struct{ err error }

func (e *openError) Error() string { return e.err.Error() }
func (e *openError) Unwrap() error { return e.err }
