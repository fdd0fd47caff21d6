package dial

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// MaxLine is the longest line that [Conn.ReadLine] takes if not told otherwise,
// in bytes.
const MaxLine = 1 << 20

const bufferSize = 64 << 10

// Conn is a connection to a mail server. It is a [net.Conn] whose deadlines
// are its own: something has to move within [Access.Timeout], and the
// Set...Deadline methods do nothing, so that a library cannot cut off a long
// transfer that gets on. A machine that slept meanwhile has lost its connections.
//
// One goroutine may read and one may write at a time. Close, Counts and the
// cancelling of a watched context are safe from any goroutine.
type Conn struct {
	// R buffers what comes in; Read takes from it too, so both can be mixed.
	R *bufio.Reader
	// W buffers what goes out until it is flushed; Write flushes it first.
	W *bufio.Writer

	access  Access
	config  *tls.Config
	wire    *rolling
	long    []byte        // a line longer than R's buffer
	number  int64         // in the transcript
	trip    time.Duration // what connecting took: a round trip, as a rule
	ended   atomic.Bool
	secrets *secrets

	mu     sync.Mutex
	stream net.Conn // the wire, or TLS over it
	state  *tls.ConnectionState
	cause  error // why it was cut off
}

func newConn(raw net.Conn, a Access, config *tls.Config) *Conn {
	timeout := a.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	greeting := a.Greeting
	if greeting <= 0 {
		greeting = DefaultGreeting
	}
	wire := &rolling{Conn: raw, timeout: timeout, greeting: min(greeting, timeout), nap: newNap(a.clock)}
	c := &Conn{access: a, config: config, wire: wire, stream: wire, secrets: &secrets{}}
	if t := a.Transcript; t != nil {
		c.number, c.secrets = t.conns.Add(1), &t.secrets
	}
	c.R = bufio.NewReaderSize(transport{c}, bufferSize)
	c.W = bufio.NewWriterSize(transport{c}, bufferSize)
	return c
}

// Access is what the connection was opened with.
func (c *Conn) Access() Access { return c.access }

// Read takes from R.
func (c *Conn) Read(p []byte) (int, error) { return c.R.Read(p) }

// Write flushes W and sends p at once.
func (c *Conn) Write(p []byte) (int, error) {
	if c.W.Buffered() > 0 {
		if err := c.W.Flush(); err != nil {
			return 0, err
		}
	}
	return transport{c}.Write(p)
}

// ReadLine reads a line from R and answers it without its CRLF or LF. The
// slice is valid until the next read. A line of more than limit bytes (0 means
// [MaxLine]) is an error. [io.EOF] means that the server closed the connection
// between two lines, [io.ErrUnexpectedEOF] within one.
func (c *Conn) ReadLine(limit int) ([]byte, error) {
	line, _, err := c.ReadPart(limit, nil)
	return line, err
}

// ReadPart is ReadLine for lines that may be longer than any limit: when one
// outgrows R's buffer and apart answers true to its beginning, that is what
// comes out, and more is true. The rest, up to the LF, is then to be read from R.
func (c *Conn) ReadPart(limit int, apart func(beginning []byte) bool) (line []byte, more bool, err error) {
	if limit <= 0 {
		limit = MaxLine
	}
	c.wire.fresh()
	c.long = c.long[:0]
	for {
		piece, err := c.R.ReadSlice('\n')
		if len(c.long)+len(piece) > limit+2 {
			return nil, false, c.fault(BadReply, fmt.Sprintf("%s sent a line of more than %d bytes", c.access.Host, limit), nil)
		}
		switch {
		case err == nil && len(c.long) == 0:
			return trimLineEnd(piece), false, nil
		case err == nil:
			return trimLineEnd(append(c.long, piece...)), false, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			if errors.Is(err, io.EOF) && len(c.long)+len(piece) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return nil, false, err
		case len(c.long) == 0 && apart != nil && apart(piece):
			return piece, true, nil
		}
		c.long = append(c.long, piece...)
	}
}

// Fresh gives the server the whole timeout for what comes now. [Conn.ReadLine]
// does that itself; who reads lines from R in another way calls it, but not for
// lines of a message, of which a server may drip any number.
func (c *Conn) Fresh() { c.wire.fresh() }

func trimLineEnd(line []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
}

// Watch cuts the connection off when ctx is done: blocked calls return at once
// with ctx's cause. stop ends the watch; it answers false if ctx has struck
// already.
func (c *Conn) Watch(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { c.Abort(context.Cause(ctx)) })
}

// Abort cuts the connection off without any goodbye. Calls that are blocked and
// all later ones return an error that wraps cause.
func (c *Conn) Abort(cause error) {
	c.mu.Lock()
	if c.cause == nil {
		c.cause = cause
	}
	c.mu.Unlock()
	c.traceEnd(cause)
	c.wire.Conn.Close()
}

var errClosed = errors.New("closed by us")

// Close ends the connection. It does not wait longer than a second, even while
// other goroutines are blocked in calls, which then return an error.
func (c *Conn) Close() error {
	c.mu.Lock()
	stream := c.stream
	if c.cause == nil {
		c.cause = net.ErrClosed
	}
	c.mu.Unlock()
	c.traceEnd(errClosed)
	c.wire.closing.Store(true)
	err := stream.Close()
	c.wire.Conn.Close()
	return err
}

// Counts are the bytes that came in and went out so far, TLS included.
func (c *Conn) Counts() (in, out int64) { return c.wire.in.Load(), c.wire.out.Load() }

// TLS tells how the connection is secured, nil if it is clear.
func (c *Conn) TLS() *tls.ConnectionState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// LocalAddr is this machine's end.
func (c *Conn) LocalAddr() net.Addr { return c.wire.Conn.LocalAddr() }

// RemoteAddr is the server's end.
func (c *Conn) RemoteAddr() net.Addr { return c.wire.Conn.RemoteAddr() }

// SetDeadline does nothing, see [Conn].
func (c *Conn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing, see [Conn].
func (c *Conn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing, see [Conn].
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }

// transport is the stream beneath R and W: it explains errors.
type transport struct{ c *Conn }

func (t transport) Read(p []byte) (int, error) {
	n, err := t.c.current().Read(p)
	if n > 0 && !t.c.wire.greeted.Load() {
		t.c.greeted()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = t.c.explain("reading from", err)
	}
	return n, err
}

func (t transport) Write(p []byte) (int, error) {
	n, err := t.c.current().Write(p)
	if err != nil {
		err = t.c.explain("writing to", err)
	}
	return n, err
}

func (c *Conn) current() net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stream
}

// explain says why a read or write failed: we were told to stop, nothing
// moved, or the connection broke.
func (c *Conn) explain(doing string, err error) error {
	c.mu.Lock()
	cause := c.cause
	c.mu.Unlock()
	switch {
	case cause != nil:
		return fmt.Errorf("%s %s: %w", doing, c.access.Host, cause)
	case c.wire.nap.length() != 0:
		return c.fault(Asleep, fmt.Sprintf("connection to %s given up: the machine was asleep for %v",
			c.access.Host, c.wire.nap.length().Round(time.Second)), errAsleep)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return c.silent(err)
	}
	return c.fault(Lost, fmt.Sprintf("connection to %s lost: %v", c.access.Host, err), err)
}

// greeted notes that the server has begun to speak.
func (c *Conn) greeted() {
	c.wire.greeted.Store(true)
	if c.access.Met != nil {
		c.access.Met.Store(true)
	}
}

// silent is the error for a server that did not move in time.
func (c *Conn) silent(err error) error {
	a := c.access
	if c.wire.greeted.Load() {
		e := c.fault(Timeout, fmt.Sprintf("%s: nothing moved for %v", a.Host, c.wire.timeout), err)
		if c.wire.drips() {
			e.Text = fmt.Sprintf("%s: fewer than %d bytes a second came in for %v", a.Host, minRate, c.wire.timeout)
		}
		e.Greeted = true
		return e
	}
	e := c.fault(Timeout, fmt.Sprintf("%s said nothing on port %d for %v", a.Host, a.port(), c.wire.greeting), err)
	e.Advice = fmt.Sprintf("port %d says nothing: is it the right one? Try %s", a.port(), a.Usual(a.protocol()))
	if a.TLS != Implicit {
		e.Advice = fmt.Sprintf("port %d says nothing: maybe it is encrypted from the start. Try %s", a.port(), a.encrypted())
	}
	e.Final = a.Met == nil || !a.Met.Load()
	return e
}

func (c *Conn) fault(kind Kind, text string, err error) *Error {
	return c.access.fault(kind, text, err)
}
