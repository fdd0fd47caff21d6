package transfer

import (
	"context"
	"errors"
	"sync"
)

// early are the sessions of one side that are opened before they are asked for,
// since to connect and to sign in takes some round trips. They connect behind the
// first one, and sign in when that was let in: a password that is refused is sent once.
type early[S any] struct {
	opened chan opening[S] // they come out here
	begun  chan struct{}   // closed once the first one connects: whose connection is there already gets it
	in     chan struct{}   // closed once a session was let in
	away   chan struct{}   // closed when the first one was not: nobody waits any more
	all    sync.WaitGroup

	// Guarded by sessions.mu:
	asked  int  // how many so far
	coming int  // those of them that nobody was promised
	led    bool // begun is closed
	left   bool // away is closed
}

var errTurnedAway = errors.New("the first connection was not let in")

// opening is a session that was opened early, or why it was not.
type opening[S any] struct {
	session S
	err     error
}

func newEarly[S any]() early[S] {
	return early[S]{opened: make(chan opening[S], maxLanes), begun: make(chan struct{}), in: make(chan struct{}), away: make(chan struct{})}
}

// ask notes that n sessions shall be opened early in all, as far as the bound
// leaves room beside the first one, and answers how many more that are.
func (s *sessions[S]) ask(n int) int {
	n = min(n, maxLanes)
	if s.slots != nil {
		n = min(n, cap(s.slots)-1)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.early.left {
		return 0
	}
	more := max(n-s.early.asked, 0)
	s.early.asked += more
	s.early.coming += more
	s.early.all.Add(more)
	return more
}

// ahead opens one that was asked for. What fails before anybody was let in is not
// missed: nobody was promised it.
func (s *sessions[S]) ahead(ctx context.Context) {
	defer s.early.all.Done()
	var o opening[S]
	o.err = Guard(func() (err error) { o.session, err = s.openEarly(ctx); return err })
	if o.err == nil || !s.giveUp() {
		s.early.opened <- o
	}
}

// openEarly connects, waits, and signs in.
func (s *sessions[S]) openEarly(ctx context.Context) (session S, err error) {
	enter, leave := s.open, func() error { return nil }
	if s.knock != nil {
		if err := s.turn(ctx, s.early.begun); err != nil {
			return session, err
		}
		door, err := s.knock(ctx)
		if err != nil {
			return session, err
		}
		enter, leave = door.Enter, door.Close
	}
	if err = s.turn(ctx, s.early.in); err == nil {
		return enter(ctx)
	}
	leave()
	return session, err
}

// turn waits until come is closed.
func (s *sessions[S]) turn(ctx context.Context, come <-chan struct{}) error {
	select {
	case <-come:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.early.away:
		return errTurnedAway
	}
}

// pass closes the gate that done is about, once.
func (s *sessions[S]) pass(done *bool, gate chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !*done {
		*done = true
		close(gate)
	}
}

// lead lets those that shall be early connect as well.
func (s *sessions[S]) lead() { s.pass(&s.early.led, s.early.begun) }

// giveUp takes one that failed off those that are coming, while nobody can have
// been promised it.
func (s *sessions[S]) giveUp() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inside {
		return false
	}
	s.early.coming--
	return true
}

// spokenFor promises one that is coming, if there is one. The caller holds the
// lock.
func (e *early[S]) spokenFor() bool {
	if e.coming == 0 {
		return false
	}
	e.coming--
	return true
}

// await gives one that was promised.
func (s *sessions[S]) await(ctx context.Context) (S, error) {
	select {
	case o := <-s.early.opened:
		return o.session, o.err
	case <-ctx.Done():
		var none S
		s.mu.Lock()
		s.early.coming++ // for trim
		s.mu.Unlock()
		return none, context.Cause(ctx)
	}
}

// letIn lets those that wait sign in.
func (s *sessions[S]) letIn() { s.pass(&s.inside, s.early.in) }

// turnedAway ends those that wait: maybe the server lets in fewer than it has now.
func (s *sessions[S]) turnedAway() { s.pass(&s.early.left, s.early.away) }

// trim closes those that are coming and not wanted, but for n of them, as they come.
func (s *sessions[S]) trim(n int) {
	s.mu.Lock()
	surplus := 0
	if s.inside {
		surplus = max(s.early.coming-max(n, 0), 0)
	}
	s.early.coming -= surplus
	s.mu.Unlock()
	for range surplus {
		if o := <-s.early.opened; o.err == nil {
			o.session.Close()
		}
	}
}
