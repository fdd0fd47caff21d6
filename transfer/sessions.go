package transfer

import (
	"context"
	"sync"
)

// sessions are the open sessions with one side: an idle one is taken before a
// new one is opened, and there are never more than allowed.
type sessions[S interface{ Close() error }] struct {
	side  Side
	name  string
	open  func(context.Context) (S, error)
	slots chan struct{} // nil: no bound
	eager int           // how many are to be opened ahead once the first is let in

	mu     sync.Mutex
	idle   []S
	coming int             // being opened ahead and not yet spoken for
	opened chan opening[S] // they come out here
}

// opening is a session that was opened ahead, or why it was not.
type opening[S any] struct {
	session S
	err     error
}

func newSessions[S interface{ Close() error }](side Side, name string, open func(context.Context) (S, error), bound int) *sessions[S] {
	s := &sessions[S]{side: side, name: name, open: open, opened: make(chan opening[S], maxLanes)}
	if bound > 0 {
		s.slots = make(chan struct{}, bound)
	}
	return s
}

// get gives a session, which goes back with put, or with drop after an error.
func (s *sessions[S]) get(ctx context.Context) (S, error) {
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
		idle := s.idle[n-1]
		s.idle = s.idle[:n-1]
		s.mu.Unlock()
		return idle, nil
	}
	ahead := s.coming > 0
	if ahead {
		s.coming--
	}
	s.mu.Unlock()
	fresh, err := s.fresh(ctx, ahead)
	if err != nil {
		s.leave()
		return none, &openError{s.fault(err)}
	}
	return fresh, nil
}

// fresh is a session that was just opened, ahead or now.
func (s *sessions[S]) fresh(ctx context.Context, ahead bool) (S, error) {
	if ahead {
		select {
		case o := <-s.opened:
			return o.session, o.err
		case <-ctx.Done():
			var none S
			s.mu.Lock()
			s.coming++ // for close
			s.mu.Unlock()
			return none, context.Cause(ctx)
		}
	}
	return s.open(ctx)
}

// most is how many there may be at once.
func (s *sessions[S]) most() int {
	if s.slots == nil {
		return 1 << 30
	}
	return cap(s.slots)
}

// reserve notes that up to n sessions will be opened ahead, as far as the bound
// leaves room beside the one that is open, and answers how many.
func (s *sessions[S]) reserve(n int) int {
	if n = min(n, maxLanes); s.slots != nil {
		n = min(n, cap(s.slots)-1)
	}
	n = max(n, 0)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.coming += n
	return n
}

// ahead opens one that was reserved.
func (s *sessions[S]) ahead(ctx context.Context) {
	var o opening[S]
	o.err = Guard(func() (err error) { o.session, err = s.open(ctx); return err })
	s.opened <- o
}

// rests reports whether a session is open and idle.
func (s *sessions[S]) rests() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.idle) > 0
}

func (s *sessions[S]) put(session S) {
	s.mu.Lock()
	s.idle = append(s.idle, session)
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

// close ends all idle sessions, side by side: each may wait for its server.
func (s *sessions[S]) close() {
	s.mu.Lock()
	idle, coming := s.idle, s.coming
	s.idle, s.coming = nil, 0
	s.mu.Unlock()
	for range coming {
		if o := <-s.opened; o.err == nil {
			idle = append(idle, o.session)
		}
	}
	each(idle, func(session S) { session.Close() })
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
