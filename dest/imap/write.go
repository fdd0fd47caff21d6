package imap

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

// refused is a letter that was never sent.
type refused string

func (e refused) Error() string   { return string(e) }
func (e refused) Permanent() bool { return true }

// write is the writing goroutine: windows as they come, refused groups before
// them.
func (a *appender) write() error {
	windows := a.windows
	for {
		var err error
		select {
		case <-a.quit:
			return nil
		case <-a.wake:
			err = a.rewrite()
		case w, more := <-windows:
			if !more {
				windows = nil
				err = a.d.ahead()
				a.note(func() { a.ended = true })
				break
			}
			err = a.window(w)
		}
		if err != nil {
			return err
		}
	}
}

// broke ends writing. If it was the connection, the reader shall find what the
// server said before; else the letter was to blame, and nothing more will come.
// Where we were to blame half a command may be out: nobody answers to that.
func (a *appender) broke(err error) {
	var crash *transfer.Crash
	if errors.As(err, &crash) {
		a.d.conn.Fail(err)
	} else if a.d.conn.Flush() != nil {
		a.owes(1)
	}
	a.note(func() { a.err = err })
}

// note changes what the reader waits for.
func (a *appender) note(change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
	a.moved.Signal()
}

// window sends one window and everything before it.
func (a *appender) window(letters []*transfer.Letter) error {
	slots, limit := make([]*slot, len(letters)), a.d.conn.Caps.AppendLimit()
	a.note(func() {
		for i, l := range letters {
			slots[i] = a.prepare(l, limit)
		}
		a.giveUp(slots)
		a.line = append(a.line, slots...)
	})
	return a.send(a.d.groups(slots))
}

// giveUp ends letters that cannot be taken because the destination is full;
// a.mu is held.
func (a *appender) giveUp(slots []*slot) {
	for _, s := range slots {
		if a.full != nil && !s.done {
			a.settle(s, a.full)
		}
	}
}

// prepare makes a letter fit; one that cannot be sent is done at once. a.mu is
// held, for what the reading goroutine learns of flags and dates. limit is the most
// bytes that the server takes, 0 is no limit.
func (a *appender) prepare(l *transfer.Letter, limit int64) *slot {
	s := &slot{letter: l, receipt: transfer.Receipt{Letter: l}}
	switch {
	case l.Size == 0:
		s.refuse("an empty message, which IMAP servers do not take")
	case limit > 0 && l.Size > limit:
		s.refuse(fmt.Sprintf("a message of %d bytes: this server takes up to %d", l.Size, limit))
	}
	var note string
	s.flags, s.receipt.Notes = a.d.flagsFor(l.Flags)
	if s.date, note = wireDate(l.Date, a.d.zero); note != "" {
		s.receipt.Notes = append(s.receipt.Notes, note)
	}
	return s
}

func (s *slot) refuse(words string) { s.receipt.Err, s.done = refused(words), true }

// groups puts letters together to commands: many into one where the server has
// MULTIAPPEND (RFC 3502) and takes literals without being asked.
func (d *dest) groups(slots []*slot) []*group {
	many := d.conn.Caps.Has("MULTIAPPEND") && d.conn.Caps.Has("LITERAL+")
	var out []*group
	bytes := int64(0)
	for _, s := range slots {
		if s.done {
			continue
		}
		last := len(out) - 1
		if !many || last < 0 || len(out[last].slots) >= d.groupCount || bytes+s.letter.Size > d.groupBytes {
			out = append(out, &group{})
			last, bytes = last+1, 0
		}
		bytes += s.letter.Size
		out[last].slots = append(out[last].slots, s)
	}
	return out
}

// rewrite sends the parts of refused groups.
func (a *appender) rewrite() error {
	var groups []*group
	a.note(func() {
		for _, g := range a.again {
			if a.giveUp(g.slots); !g.slots[0].done {
				groups = append(groups, g)
			}
		}
		a.again = nil
	})
	return a.send(groups)
}

// send writes commands, and sends them on in large pieces.
func (a *appender) send(groups []*group) error {
	bytes := int64(0)
	for _, g := range groups {
		n, whole, err := a.put(g)
		if err != nil {
			return err
		}
		if !whole {
			continue // refused before its text left
		}
		a.sent++
		if bytes += n; bytes >= a.d.flushBytes {
			if err := a.flush(); err != nil {
				return err
			}
			bytes = 0
		}
	}
	return a.flush()
}

// flush sends what is written; the server owes answers for it then.
func (a *appender) flush() error {
	if a.sent == 0 {
		return nil
	}
	err := a.d.conn.Flush()
	a.owes(0) // after an error too: the server may have said why
	return err
}

// owes tells the reader of the commands that are whole, and of others.
func (a *appender) owes(others int) {
	a.note(func() { a.due += a.sent + others })
	a.sent = 0
}

// put writes one command; whole is false if the server refused it when it was
// asked for leave to send a literal.
func (a *appender) put(g *group) (bytes int64, whole bool, err error) {
	c := a.d.conn
	g.p = imapconn.Pending{Owner: g}
	head := imapconn.AppendQuoted([]byte("APPEND "), string(a.d.name))
	if err := c.Start(&g.p, head); err != nil {
		return 0, false, err
	}
	for _, s := range g.slots {
		wanted, err := a.letter(s)
		if err != nil || !wanted {
			return 0, false, err
		}
		bytes += s.letter.Size
	}
	return bytes, true, c.End()
}

// letter writes flags, date and text of one message.
func (a *appender) letter(s *slot) (wanted bool, err error) {
	c, l := a.d.conn, s.letter
	text := ""
	if len(s.flags) > 0 {
		text = " (" + strings.Join(s.flags, " ") + ")"
	}
	text += s.date + " "
	if err := c.Text([]byte(text)); err != nil {
		return false, err
	}
	if size, err := l.Body.Seek(0, io.SeekEnd); err != nil || size != l.Size {
		return false, errors.Join(fmt.Errorf("a message of %d bytes has %d", l.Size, size), err)
	}
	if _, err := l.Body.Seek(0, io.SeekStart); err != nil {
		return false, fmt.Errorf("reading a message again: %w", err)
	}
	if !c.Caps.NoWait(l.Size) {
		a.owes(1) // its leave, or its refusal
	}
	if wanted, err = c.Literal(l.Size); err != nil || !wanted {
		return false, err
	}
	return true, c.Body(l.Body, l.Size)
}
