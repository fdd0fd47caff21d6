package imapconn

import (
	"bytes"
	"io"
)

// skipValue skips one value of any shape.
func (r *reader) skipValue() error {
	depth := 0
	for {
		switch r.peek() {
		case 0:
			return nil
		case '(':
			r.line = r.line[1:]
			if depth++; depth > maxDepth {
				return tooMuch("parentheses nested more than %d deep", maxDepth)
			}
		case ')':
			if depth == 0 {
				return nil
			}
			r.line = r.line[1:]
			depth--
		default:
			if err := r.skipString(); err != nil {
				return err
			}
		}
		if depth == 0 {
			return nil
		}
	}
}

// skipString skips a quoted string, a literal of any size or an atom.
func (r *reader) skipString() error {
	if r.line[0] == '"' {
		r.quoted()
		return nil
	}
	size, ok, err := r.announced()
	if err != nil {
		return err
	}
	if !ok {
		if len(r.atom()) == 0 {
			r.line = r.line[1:]
		}
		return nil
	}
	return r.skipLiteral(size)
}

func (r *reader) skipLiteral(size int64) error {
	if err := r.skip(size); err != nil {
		return err
	}
	if _, err := io.CopyN(io.Discard, r.conn.R, size); err != nil {
		return cutShort(err)
	}
	return r.nextAfter(size)
}

// skipRest skips what is left of a response with all its literals.
func (r *reader) skipRest() error {
	for r.open {
		if err := r.refill(); err != nil {
			return err
		}
	}
	for {
		i := bytes.LastIndexByte(r.line, '{')
		if i < 0 {
			return nil
		}
		r.line = r.line[i:]
		size, ok, err := r.announced()
		if err != nil || !ok {
			return err
		}
		if err := r.skipLiteral(size); err != nil {
			return err
		}
	}
}
