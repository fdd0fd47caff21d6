package imap

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"sync"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

// Append streams letters in and yields their receipts in order.
//
//	windows -> pull -> write ==APPEND==> server ==replies==> read -> receipts
//	                     ^------------ again, smaller ---------'
//
// Three goroutines work on that: pull, write, and the caller's, which reads.
// Pull and write end before Append returns; so windows must end when the error
// pair was yielded, or when the caller has stopped listening. In that last case
// what is on the line is cut off, and the session is only good for Close.
//
// The order is kept but for one case: when a command with many letters is
// refused, its letters are sent again after those that are on the line by then.
// Receipts are in order always.
//
// A server that asks for patience, or whose folder is gone, is an error of the
// whole Append; its letters are open then. A full destination is no such error:
// that letter and all that are not sent yet have receipts that say so.
func (d *dest) Append(ctx context.Context, f transfer.Folder, windows func(yield func([]*transfer.Letter) bool)) iter.Seq2[transfer.Receipt, error] {
	return func(yield func(transfer.Receipt, error) bool) {
		stopped := false
		err := d.conn.Within(ctx, func() error {
			if err := d.ready(f); err != nil {
				return err
			}
			run, stop := d.appending(ctx, windows)
			defer stop()
			err := run(func(r transfer.Receipt) bool {
				stopped = !yield(r, nil)
				return !stopped
			})
			if err != nil && !stopped {
				stopped = true
				yield(transfer.Receipt{}, fmt.Errorf("appending to %q: %w", f.Name(), cause(ctx, err)))
			}
			return nil
		})
		if err != nil && !stopped {
			yield(transfer.Receipt{}, fmt.Errorf("appending to %q: %w", f.Name(), err))
		}
	}
}

// appending begins to append: over several connections where a letter costs a round
// trip. run hands out the receipts, stop ends all that is at work.
func (d *dest) appending(ctx context.Context, windows func(yield func([]*transfer.Letter) bool)) (run func(func(transfer.Receipt) bool) error, stop func()) {
	if d.width > 1 && d.Serial() {
		s := d.newSpread(ctx, windows)
		return s.run, s.stop
	}
	a := newAppender(d)
	a.there = d.box.Exists
	a.start(ctx, windows)
	return a.read, a.finish
}

// cause is ctx's if that is why the connection broke.
func cause(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// slot is one letter on its way.
type slot struct {
	letter  *transfer.Letter
	flags   []string
	date    string // as it goes into the command
	receipt transfer.Receipt
	done    bool
	mending *mending // what is being tried after a refusal
}

// group is one command.
type group struct {
	p     imapconn.Pending
	slots []*slot
}

// appender is one call of Append.
type appender struct {
	d       *dest
	windows chan []*transfer.Letter
	wake    chan struct{} // there is something in again
	quit    chan struct{} // closed when reading is over
	workers sync.WaitGroup
	sent    int // whole commands in the buffer; the writing goroutine's
	given   int // receipts handed out; the reading goroutine's
	there   int // messages the folder has, going by the answers; the reading goroutine's

	mu    sync.Mutex
	moved *sync.Cond
	line  []*slot  // letters without a receipt yet, in order
	again []*group // refused groups in smaller parts, to be sent
	due   int      // answers that the server owes for what was sent, to groups only
	taken int      // letters that came in windows
	ended bool     // no more windows
	err   error    // why writing ended early
	full  error    // the destination has no room left
}

func newAppender(d *dest) *appender {
	a := &appender{d: d, windows: make(chan []*transfer.Letter), wake: make(chan struct{}, 1), quit: make(chan struct{})}
	a.moved = sync.NewCond(&a.mu)
	return a
}

// start begins to pull and to write, and watches for a reason to stop.
func (a *appender) start(ctx context.Context, windows func(yield func([]*transfer.Letter) bool)) {
	a.workers.Go(func() {
		defer close(a.windows)
		windows(func(w []*transfer.Letter) bool {
			a.note(func() { a.taken += len(w) })
			select {
			case a.windows <- w:
				return true
			case <-a.quit:
				return false
			}
		})
	})
	a.workers.Go(func() {
		if err := transfer.Guard(a.write); err != nil {
			a.broke(err)
		}
	})
	a.workers.Go(func() {
		select {
		case <-a.quit:
		case <-ctx.Done():
			a.note(func() { a.err = context.Cause(ctx) })
		case <-a.d.closed:
			a.note(func() { a.err = net.ErrClosed })
		}
	})
}

// finish stops the other goroutines and waits for them. What is on the line
// then is cut off: there is no way to tell what becomes of it.
func (a *appender) finish() {
	a.mu.Lock()
	clean := len(a.line) == 0 && a.due == 0 && a.err == nil
	a.mu.Unlock()
	if !clean {
		a.d.conn.Fail(errors.New("append ended early"))
	}
	close(a.quit)
	a.workers.Wait()
	if !clean {
		a.d.open, a.d.coming = "", nil
	}
}

// read takes the server's answers until all letters have receipts.
func (a *appender) read(yield func(transfer.Receipt) bool) error {
	for {
		owed, more, err := a.await()
		switch {
		case err != nil:
			return err
		case !more:
			return a.complete()
		case owed:
			err = a.receive()
		}
		if err != nil {
			return err
		}
		if !a.hand(yield) {
			return nil
		}
	}
}

// await waits until the server owes an answer, or there is a receipt to hand
// out; more is false when all is over. While letters are only being written
// nobody reads: an upload may take longer than a server may be silent.
func (a *appender) await() (owed, more bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.due == 0 {
		switch {
		case len(a.line) > 0 && a.line[0].done:
			return false, true, nil
		case a.err != nil:
			return false, false, a.err
		case a.ended && len(a.line) == 0:
			return false, false, nil
		}
		a.moved.Wait()
	}
	return true, true, nil
}

// complete is the last guard: every letter that was taken has its receipt.
func (a *appender) complete() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.given != a.taken {
		return fmt.Errorf("%d letters were taken and %d receipts given", a.taken, a.given)
	}
	return nil
}

// receive reads one answer. Answers to other commands are not among those due:
// they may come late, in any order (RFC 3501 section 5.5).
func (a *appender) receive() error {
	p, err := a.d.conn.Receive()
	if p == nil {
		return err
	}
	g, ours := p.Owner.(*group)
	if !ours {
		return nil
	}
	a.mu.Lock()
	a.due--
	a.mu.Unlock()
	if p.Done() {
		return a.judge(g)
	}
	return nil // leave to send a literal
}

// hand yields the receipts that are complete, in order.
func (a *appender) hand(yield func(transfer.Receipt) bool) bool {
	for {
		a.mu.Lock()
		var s *slot
		if len(a.line) > 0 && a.line[0].done {
			s, a.line = a.line[0], a.line[1:]
		}
		a.mu.Unlock()
		if s == nil {
			return true
		}
		a.given++
		if !yield(s.receipt) {
			return false
		}
	}
}
