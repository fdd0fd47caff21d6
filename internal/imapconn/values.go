package imapconn

import (
	"bytes"
	"errors"
	"io"
)

// number takes an unsigned number; ok tells whether there was one. Whatever
// stands in its place is skipped.
func (r *reader) number() (n uint64, ok bool, err error) {
	if c := r.peek(); c == '(' || c == '"' || c == '{' {
		return 0, false, r.skipValue()
	}
	n, ok = parseNumber(r.atom())
	return n, ok, nil
}

func parseNumber(p []byte) (uint64, bool) {
	if len(p) == 0 || len(p) > 19 {
		return 0, false
	}
	n := uint64(0)
	for _, b := range p {
		if b < '0' || b > '9' {
			return 0, false
		}
		n = n*10 + uint64(b-'0')
	}
	return n, true
}

func parseNumber32(p []byte) (uint32, bool) {
	n, ok := parseNumber(p)
	if !ok || n > 1<<32-1 {
		return 0, false
	}
	return uint32(n), true
}

// announced is the size of the literal that the line announces at its very
// end, and whether it does.
func (r *reader) announced() (size int64, ok bool, err error) {
	p := bytes.TrimRight(r.line, " ")
	p = bytes.TrimPrefix(bytes.TrimLeft(p, " "), []byte("~"))
	if len(p) < 3 || p[0] != '{' || p[len(p)-1] != '}' {
		return 0, false, nil
	}
	digits := bytes.TrimRight(p[1:len(p)-1], "+-")
	if len(digits) == 0 || len(bytes.Trim(digits, "0123456789")) > 0 {
		return 0, false, nil
	}
	n, ok := parseNumber(digits)
	if !ok || n > maxBody {
		return 0, false, malformed("a literal of %s bytes", digits[:min(len(digits), 40)])
	}
	return int64(n), true, nil
}

// str takes a string of any kind: quoted, literal or atom; isNil tells that it
// was NIL. It is valid until the next call of str.
func (r *reader) str() (s []byte, isNil bool, err error) {
	switch r.peek() {
	case 0:
		return nil, true, nil
	case '"':
		return r.quoted(), false, nil
	case '(':
		return nil, true, r.skipValue()
	case '{', '~':
		size, ok, err := r.announced()
		if err != nil {
			return nil, false, err
		}
		if ok {
			s, err = r.literal(size)
			return s, false, err
		}
	}
	a := r.atom()
	return a, len(a) == 3 && bytes.EqualFold(a, []byte("NIL")), nil
}

// quoted takes a quoted string; the rest of the line if its end is missing.
func (r *reader) quoted() []byte {
	p := r.line[1:]
	i := bytes.IndexAny(p, `"\`)
	if i >= 0 && p[i] == '"' {
		r.line = p[i+1:]
		return p[:i]
	}
	r.text = r.text[:0]
	for i := 0; i < len(p); i++ {
		if p[i] == '"' {
			r.line = p[i+1:]
			return r.text
		}
		if p[i] == '\\' && i+1 < len(p) {
			i++
		}
		r.text = append(r.text, p[i])
	}
	r.line = nil
	return r.text
}

// literal reads an announced literal into memory, and the line after it.
func (r *reader) literal(size int64) ([]byte, error) {
	if size > maxText {
		return nil, malformed("a literal of %d bytes where a short string belongs", size)
	}
	if int64(cap(r.text)) < size {
		r.text = make([]byte, size)
	}
	r.text = r.text[:size]
	if _, err := io.ReadFull(r.conn.R, r.text); err != nil {
		return nil, cutShort(err)
	}
	return r.text, r.nextAfter(size)
}

// cutShort makes clear that an end of the stream came too early.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// lastName takes a mailbox name at the end of a response. Quotes inside that
// the server did not escape belong to it.
func (r *reader) lastName() ([]byte, error) {
	if r.peek() == '"' {
		whole := bytes.TrimRight(r.line, " ")
		name := r.quoted()
		if r.peek() == 0 || r.line[0] == '(' || len(whole) < 2 || whole[len(whole)-1] != '"' {
			return name, nil
		}
		r.line = nil
		return whole[1 : len(whole)-1], nil
	}
	if _, ok, err := r.announced(); ok || err != nil {
		name, _, err := r.str()
		return name, err
	}
	if bytes.IndexByte(r.line, '(') < 0 { // an atom, with blanks where the server forgot the quotes
		name := bytes.TrimRight(r.line, " ")
		r.line = nil
		return name, nil
	}
	return r.atom(), nil
}
