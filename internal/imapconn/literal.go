package imapconn

import (
	"bytes"
	"io"
)

// Literal is a message on its way in. It ends with [io.EOF] only after exactly
// the announced number of bytes: when the connection breaks earlier, reading
// fails with [io.ErrUnexpectedEOF] or the connection's own error.
//
// It is valid inside the call that hands it out, and what the caller leaves
// unread is skipped.
type Literal struct {
	from io.Reader // the connection's buffer, or memory
	peek peeker    // from, where it can lend its buffer
	size int64
	left int64
	err  error
}

// peeker is what [bufio.Reader] offers to save a copy.
type peeker interface {
	Peek(n int) ([]byte, error)
	Discard(n int) (int, error)
	Buffered() int
}

// Size is the announced size in bytes.
func (l *Literal) Size() int64 { return l.size }

func (l *Literal) Read(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	if l.left == 0 {
		if l.boundary() != nil {
			return 0, l.err
		}
		return 0, io.EOF
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.from.Read(p)
	l.left -= int64(n)
	if err != nil && l.left > 0 {
		l.err = cutShort(err)
		return n, l.err
	}
	return n, nil
}

// WriteTo spares [io.Copy] a buffer.
func (l *Literal) WriteTo(w io.Writer) (int64, error) {
	n, err := l.pour(w)
	if err == nil {
		err = l.boundary()
	}
	return n, err
}

// pour writes what is left.
func (l *Literal) pour(w io.Writer) (int64, error) {
	if l.peek == nil {
		return io.Copy(w, struct{ io.Reader }{l})
	}
	total := int64(0)
	for l.left > 0 && l.err == nil {
		if _, err := l.peek.Peek(1); err != nil {
			l.err = cutShort(err)
			break
		}
		piece, _ := l.peek.Peek(int(min(int64(l.peek.Buffered()), l.left))) // buffered: cannot fail
		n, err := w.Write(piece)
		_, _ = l.peek.Discard(n) // buffered: cannot fail
		l.left -= int64(n)
		total += int64(n)
		if err != nil {
			return total, err
		}
	}
	return total, l.err
}

// boundary looks at what follows the text. If that cannot follow a literal, its
// announced size was wrong, and the text is not the message. Only who uses the
// text has to know.
func (l *Literal) boundary() error {
	if l.err != nil || l.peek == nil || l.left > 0 {
		return l.err
	}
	rest, err := l.restOfLine()
	switch {
	case err != nil:
		l.err = cutShort(err)
	case !goesOn(rest):
		l.err = malformed("a literal of %d bytes that does not end there", l.size)
	}
	return l.err
}

// restOfLine looks ahead to the end of the line, or far enough.
func (l *Literal) restOfLine() (rest []byte, err error) {
	for n := 1; n <= 4096; n = len(rest) + 1 {
		if _, err := l.peek.Peek(n); err != nil {
			return nil, err
		}
		rest, _ = l.peek.Peek(min(l.peek.Buffered(), 4096)) // buffered: cannot fail
		if end := bytes.IndexByte(rest, '\n'); end >= 0 {
			return rest[:end], nil
		}
	}
	return rest, nil
}

// goesOn reports whether a line can follow a literal: the end of the reply, or
// more items, be it without the parenthesis that belongs to their end.
func goesOn(rest []byte) bool {
	blank := bytes.TrimLeft(rest, " \t")
	line := bytes.TrimRight(blank, " \t\r")
	switch {
	case len(line) == 0, line[0] == ')':
		return true
	case len(blank) == len(rest):
		return false // no blank before the next item
	}
	end := line[len(line)-1]
	return end == ')' || end == '}' || 'A' <= line[0] && line[0] <= 'Z'
}

// skip reads what is left.
func (l *Literal) skip() error {
	if l.err == nil && l.left > 0 {
		_, err := l.pour(io.Discard)
		return err
	}
	return l.err
}

// body hands the literal that the line announces to use, and goes on to the
// line after it. A quoted string or an atom is handed over too, NIL is not. An
// error of use leaves the reader where it stood: the session is over.
func (r *reader) body(use func(*Literal) error) error {
	size, ok, err := r.announced()
	if err != nil {
		return err
	}
	if ok {
		r.lit = Literal{from: r.conn.R, peek: r.conn.R, size: size, left: size}
		if err := use(&r.lit); err != nil {
			return err
		}
		if err := r.skip(r.lit.left); err != nil {
			return err
		}
		if err := r.lit.skip(); err != nil {
			return err
		}
		return r.nextAfter(size)
	}
	if r.peek() == '{' {
		return malformed("a text that is announced as %q", r.line[:min(len(r.line), 40)])
	}
	s, isNil, err := r.str()
	if err != nil || isNil {
		return err
	}
	mem := append([]byte(nil), s...)
	return use(&Literal{from: &memory{mem}, size: int64(len(mem)), left: int64(len(mem))})
}

// memory reads from a slice.
type memory struct{ p []byte }

func (m *memory) Read(p []byte) (int, error) {
	n := copy(p, m.p)
	m.p = m.p[n:]
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}
