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

	mu   sync.Mutex
	idle []S
}

func newSessions[S interface{ Close() error }](side Side, name string, open func(context.Context) (S, error), bound int) *sessions[S] {
	s := &sessions[S]{side: side, name: name, open: open}
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
	s.mu.Unlock()
	fresh, err := s.open(ctx)
	if err != nil {
		s.leave()
		return none, &openError{s.fault(err)}
	}
	return fresh, nil
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
	idle := s.idle
	s.idle = nil
	s.mu.Unlock()
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
