package imapconn

import "io"

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

// skip reads what is left.
func (l *Literal) skip() error {
	if l.err == nil && l.left > 0 {
		_, err := l.WriteTo(io.Discard)
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
		if err := r.lit.skip(); err != nil {
			return err
		}
		return r.next()
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
