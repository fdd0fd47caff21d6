package transfer

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// belt is what goes between a unit's loader and its appender: windows one way,
// the open destination folder for a while the other way. It is made anew for
// each attempt.
type belt struct {
	windows chan *batch // loaded; closed by the loader
	failed  error       // why the loader ended early; read after windows is closed
	lent    chan turn   // the appender lends its open folder to the loader
	back    chan error  // and gets it back

	over  atomic.Bool   // no more windows come
	taken chan struct{} // closed when the appender has the last of them
	last  sync.Once

	slots chan struct{} // windows at the destination without all receipts
	mu    sync.Mutex
	sent  []*batch // those windows
}

// turn is the destination's session, with the unit's folder open.
type turn struct {
	dest Dest
	box  Mailbox
}

// newBelt makes one; where each letter may break the connection only one
// window is out at a time.
func newBelt(wary bool) *belt {
	out := windowsOut
	if wary {
		out = 1
	}
	return &belt{
		windows: make(chan *batch, windowsAhead),
		lent:    make(chan turn),
		back:    make(chan error, 1),
		taken:   make(chan struct{}),
		slots:   make(chan struct{}, out),
	}
}

// put sends a loaded window on its way.
func (b *belt) put(ctx context.Context, w *batch) error {
	w.spool.leave(w)
	select {
	case b.windows <- w:
		return nil
	case <-ctx.Done():
		w.release()
		return context.Cause(ctx)
	}
}

// loaded says that no more windows come.
func (b *belt) loaded(err error) {
	b.failed = err
	close(b.windows)
	b.over.Store(true)
	b.look()
}

// look closes taken when it is time.
func (b *belt) look() {
	if b.over.Load() && b.bare() {
		b.last.Do(func() { close(b.taken) })
	}
}

// bare reports whether no loaded window waits for the appender.
func (b *belt) bare() bool { return len(b.windows) == 0 }

// borrow waits for the destination's open folder; giveBack returns it.
func (b *belt) borrow(ctx context.Context) (turn, error) {
	select {
	case t := <-b.lent:
		return t, nil
	case <-ctx.Done():
		return turn{}, context.Cause(ctx)
	}
}

func (b *belt) giveBack(err error) { b.back <- err }

// lend gives the open folder to the loader until it comes back.
func (b *belt) lend(t turn) error {
	select {
	case b.lent <- t:
		return <-b.back
	case w, ok := <-b.windows: // the loader ended before it came to that
		if ok {
			w.release()
		}
		return b.failed
	}
}

// take gives the next window to send, nil when there are no more or ctx ends.
// It waits while too many windows are without all receipts.
func (b *belt) take(ctx context.Context) *batch {
	if ctx.Err() != nil {
		return nil
	}
	select {
	case b.slots <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	select {
	case w, ok := <-b.windows:
		b.look()
		if ok && ctx.Err() != nil {
			w.release()
		} else if ok {
			b.mu.Lock()
			b.sent = append(b.sent, w)
			b.mu.Unlock()
			return w
		}
	case <-ctx.Done():
	}
	<-b.slots
	return nil
}

// received says that all receipts of a window came.
func (b *belt) received(w *batch) {
	b.mu.Lock()
	b.sent = slices.DeleteFunc(b.sent, func(s *batch) bool { return s == w })
	b.mu.Unlock()
	w.release()
	<-b.slots
}

// unanswered are the letters that were sent and have no receipt.
func (b *belt) unanswered() (open []*Letter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range b.sent {
		for _, l := range w.letters {
			if !l.answered {
				open = append(open, l)
			}
		}
	}
	return open
}

// discard releases the windows that nobody will take. The loader and the
// appender are gone.
func (b *belt) discard() {
	for w := range b.windows {
		w.release()
	}
	for _, w := range b.sent {
		w.release()
	}
}
