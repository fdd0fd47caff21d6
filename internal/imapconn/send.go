package imapconn

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Name is an argument sent as a quoted string, usually a mailbox as the server
// spells it.
type Name string

var errControl = errors.New("a line break or NUL in a command")

// Queue puts a command together without sending it yet. Parts are strings,
// sent as they are, and [Name]s. Parts with CR, LF or NUL are refused: the
// command then fails in Wait, and nothing of it is sent.
func (c *Conn) Queue(parts ...any) *Pending { return c.queue(nil, parts...) }

func (c *Conn) queue(take handler, parts ...any) *Pending {
	return c.queueAs(&Pending{take: take}, parts...)
}

// QueueCreate queues CREATE (RFC 9051, section 6.3.4); params is empty, or a space
// and its parameters. The reading goroutine calls made when the server answers OK,
// whether anybody waits for the command or not.
func (c *Conn) QueueCreate(box Name, params string, made func()) *Pending {
	return c.queueAs(&Pending{ok: made}, "CREATE ", box, params)
}

// queueAs queues p, which the reading goroutine sees from now on.
func (c *Conn) queueAs(p *Pending, parts ...any) *Pending {
	line := c.out[:0]
	for _, part := range parts {
		switch part := part.(type) {
		case Name:
			line = AppendQuoted(line, string(part))
		case string:
			line = append(line, part...)
		default:
			panic(fmt.Sprintf("imapconn: a command part of type %T", part))
		}
	}
	c.out = line
	if err := c.Start(p, line); err != nil {
		p.refuse(err)
		return p
	}
	_ = c.End() // shows again in Flush
	return p
}

// refuse ends a command that was never sent.
func (p *Pending) refuse(err error) {
	p.done = true
	p.Reply = Reply{Type: "BAD", Code: "CLIENTBUG", Text: err.Error()}
}

// AppendQuoted appends s as a quoted string.
func AppendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

// Start begins a command with a new tag: text is its name and what follows, up
// to the first literal. [Conn.End] ends it. The tagged reply may be read from
// now on.
func (c *Conn) Start(p *Pending, text []byte) error {
	if err := checkText(text); err != nil {
		return err
	}
	c.tags++
	p.tag = c.tags
	c.mu.Lock()
	c.pending = append(c.pending, p)
	c.mu.Unlock()
	c.now, c.line, c.mute = p, c.line[:0], false
	var tag [16]byte
	c.put(append(strconv.AppendUint(append(tag[:0], 'm'), uint64(p.tag), 10), ' '))
	c.put(text)
	return c.werr
}

// Text goes on with the command.
func (c *Conn) Text(text []byte) error {
	if err := checkText(text); err != nil {
		return err
	}
	c.put(text)
	return c.werr
}

func checkText(text []byte) error {
	for _, b := range text {
		if b == '\r' || b == '\n' || b == 0 {
			return errControl
		}
	}
	return nil
}

// put writes, and keeps the first error.
func (c *Conn) put(p []byte) {
	if c.werr == nil {
		_, c.werr = c.conn.W.Write(p)
	}
	if c.conn.Traced() {
		c.say(p)
	}
}

// say puts the line together that a transcript gets once it is whole.
func (c *Conn) say(p []byte) {
	text, whole := bytes.CutSuffix(p, []byte("\r\n"))
	switch {
	case !c.mute:
		c.line = append(c.line, text...)
	case len(text) > 0 && !bytes.HasSuffix(c.line, []byte("***")):
		c.line = append(c.line, "***"...)
	}
	if whole {
		c.conn.TraceSent(string(c.line))
		c.line = c.line[:0]
	}
}

// Literal announces a literal of size bytes. Where the server has to be asked,
// it sends what is queued, and waits until the reading goroutine has seen the
// answer; false means that the command was refused, and is over.
func (c *Conn) Literal(size int64) (wanted bool, err error) {
	p, ask := c.announce(size)
	if !ask {
		return true, c.werr
	}
	if err := c.Flush(); err != nil {
		return false, err
	}
	select {
	case wanted = <-c.plus:
		if !wanted {
			c.now = nil
		}
		return wanted, nil
	case <-c.dead:
		p.asks = false
		return false, c.failed()
	}
}

// announce writes the literal's head, and reports whether the server's leave
// must be waited for.
func (c *Conn) announce(size int64) (p *Pending, ask bool) {
	ask = !c.Caps.NoWait(size)
	head := strconv.AppendInt(append(c.out[:0], '{'), size, 10)
	if !ask {
		head = append(head, '+')
	} else {
		c.mu.Lock()
		c.now.asks = true
		c.mu.Unlock()
	}
	c.out = append(head, "}\r\n"...)
	c.put(c.out)
	return c.now, ask
}

// Body sends the bytes of a literal: exactly size of them are read from r,
// which must end there. Another number is an error, after which the command
// cannot be mended: the caller must give up the session.
func (c *Conn) Body(r io.Reader, size int64) error {
	if c.werr != nil {
		return c.werr
	}
	room := &exactly{w: c.conn.W, left: size}
	if _, err := io.Copy(room, r); err != nil {
		return fmt.Errorf("sending a message of %d bytes: %w", size, err)
	}
	if room.left > 0 {
		return fmt.Errorf("sending a message of %d bytes: it ended %d bytes early", size, room.left)
	}
	if c.conn.Traced() {
		c.say([]byte(sizeOf(size)))
	}
	return nil
}

// exactly lets no byte more through than it has room for: more would be read as
// commands.
type exactly struct {
	w interface {
		io.Writer
		io.ReaderFrom
	}
	left int64
}

var errTooLong = errors.New("it is longer than announced")

func (e *exactly) Write(p []byte) (int, error) {
	if int64(len(p)) > e.left {
		return 0, errTooLong
	}
	n, err := e.w.Write(p)
	e.left -= int64(n)
	return n, err
}

func (e *exactly) ReadFrom(r io.Reader) (int64, error) {
	n, err := e.w.ReadFrom(io.LimitReader(r, e.left))
	e.left -= n
	if err != nil || e.left > 0 {
		return n, err
	}
	var more [1]byte
	if k, _ := r.Read(more[:]); k > 0 {
		return n, errTooLong
	}
	return n, nil
}

// End ends the command.
func (c *Conn) End() error {
	c.put([]byte("\r\n"))
	c.now = nil
	return c.werr
}

// Flush sends what is queued.
func (c *Conn) Flush() error {
	if c.werr == nil {
		c.werr = c.conn.W.Flush()
	}
	return c.werr
}

// Wait sends what is queued and reads until the command is done. A NO or BAD
// is an [Error], after which the session goes on; other errors end it.
func (c *Conn) Wait(p *Pending) error {
	if err := c.Flush(); err != nil {
		return c.afterWrite(err)
	}
	for !p.done {
		if _, err := c.Receive(); err != nil {
			return err
		}
	}
	return p.Reply.Err()
}

// WaitAll waits for each, and answers the first error.
func (c *Conn) WaitAll(ps ...*Pending) error {
	var first error
	for _, p := range ps {
		if err := c.Wait(p); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// Do queues one command and waits for it.
func (c *Conn) Do(ctx context.Context, parts ...any) error {
	return c.Within(ctx, func() error { return c.Wait(c.Queue(parts...)) })
}

// afterWrite reads what the server may have said before it hung up: that tells
// more than the broken write.
func (c *Conn) afterWrite(err error) error {
	for range 1000 {
		if _, readErr := c.Receive(); readErr != nil {
			break
		}
	}
	return c.fail(err)
}
