package transfertest

import (
	"context"
	"errors"
	"sync"
)

var errClosed = errors.New("session is closed")

// line is the connection of one session in memory: open, lost or closed.
type line struct {
	mu     sync.Mutex
	lost   bool
	closed chan struct{}
	once   sync.Once
}

func newLine() *line { return &line{closed: make(chan struct{})} }

// Close ends the session and what is blocked in it.
func (l *line) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// ready answers why a call cannot begin. A stalled one waits until it can
// answer.
func (l *line) ready(ctx context.Context, stalled bool) error {
	if stalled {
		select {
		case <-l.closed:
		case <-ctx.Done():
		}
	}
	return l.check(ctx, false)
}

// check answers why the session cannot go on; cut cuts it now.
func (l *line) check(ctx context.Context, cut bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-l.closed:
		return errClosed
	default:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost = l.lost || cut
	if l.lost {
		return ErrLost
	}
	return nil
}
