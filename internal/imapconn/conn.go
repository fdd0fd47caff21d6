// Package imapconn is a small IMAP client for carrying mail: IMAP4rev1 (RFC
// 3501) with what makes it fast, on a connection of package dial.
//
//  1. [Open] connects, secures, signs in, and takes the capabilities again
//     after that: only this later list counts.
//  2. Commands are queued with [Conn.Queue] and friends, several in one write,
//     each giving a [Pending].
//  3. [Conn.Wait] sends what is queued and reads until the tagged reply came.
//     Untagged replies go to the pending command that wants them; those that
//     nobody wants or knows are skipped.
//  4. [Conn.Folders], [Conn.QueueSelect], [Conn.QueueFetch] and [Conn.Bodies]
//     stand on that.
//
// There are no goroutines inside. One goroutine reads (Wait, Receive) and one
// writes (Start, Text, Literal, Body, End, Flush); they may be the same, and no
// lock is held while either waits for the network.
//
// Server trouble shows as an [Error], whose marks come from one table.
package imapconn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/mailhaul/mailhaul/internal/dial"
)

// Conn is one session with a server, signed in.
type Conn struct {
	// Caps are the capabilities since the sign-in.
	Caps Caps

	conn *dial.Conn
	in   reader
	said *Reply // the last BYE or alert
	told bool   // the server has listed Caps since we last forgot them
	kept bool   // signed in: Caps stays as it is, both goroutines read it
	// inside: the greeting was PREAUTH, so that nobody signs in.
	inside bool
	box    *Box // the selected folder

	// plus tells the writer whether its literal is wanted; dead is closed when
	// nothing more will be read.
	plus chan bool
	dead chan struct{}

	mu      sync.Mutex // guards what follows, never held while waiting
	pending []*Pending
	err     error

	// The writing side.
	tags uint32
	out  []byte // the line being put together
	line []byte // the same for the transcript
	mute bool   // but what is put now is secret
	now  *Pending
	werr error
}

// Pending is a command on its way.
type Pending struct {
	// Owner is the caller's to use.
	Owner any
	// Reply is the tagged reply, valid once Done reports true.
	Reply Reply

	tag  uint32
	take handler
	asks bool // waits for the server's leave to send a literal; under Conn.mu
	done bool
	box  *Box   // what a SELECT fills
	ok   func() // the reading goroutine calls it when the answer is OK, may be nil
}

// Done reports whether the tagged reply came. It is for the reading goroutine.
func (p *Pending) Done() bool { return p.done }

// handler is offered an untagged reply: its number if it has one (else 0), and
// its kind in upper case; the rest is still to be read from r. For status
// replies rep holds all. It reports whether the reply was for it.
type handler func(r *reader, num uint32, kind string, rep *Reply) (bool, error)

// Close closes the connection. It is safe while another goroutine is blocked in
// a call, which then returns an error. LOGOUT is left out: it would cost a round
// trip and changes nothing.
func (c *Conn) Close() error { return c.conn.Close() }

// Within runs f, which may use all other methods, with the connection cut off
// when ctx ends. An error that is only the consequence of that comes out as
// ctx's cause.
func (c *Conn) Within(ctx context.Context, f func() error) error {
	if err := c.failed(); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	stop := c.conn.Watch(ctx)
	defer stop()
	err := f()
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("interrupted: %w", context.Cause(ctx))
	}
	return err
}

// failed is the error that ended the session, nil while it lives.
func (c *Conn) failed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// fail ends the session: err, with what the server said before, is the answer
// to everything from now on. Only the reading goroutine calls it.
func (c *Conn) fail(err error) error {
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("the server closed the connection: %w", io.ErrUnexpectedEOF)
	}
	if c.said != nil {
		err = &Error{Reply: *c.said, Err: err}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
		close(c.dead)
		c.conn.Abort(err)
	}
	return c.err
}

// Fail ends the session for a reason of the caller's: whoever writes gets an
// error that wraps cause. Only the reading goroutine may call it.
func (c *Conn) Fail(cause error) { _ = c.fail(cause) }
