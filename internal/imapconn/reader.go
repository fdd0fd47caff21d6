package imapconn

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
)

// errMalformed is the cause of all errors about replies that make no sense.
var errMalformed = errors.New("the server sent a reply that makes no sense")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errMalformed, fmt.Sprintf(format, args...))
}

// reader takes one response apart at a time: a line, and where the line ends in
// an announced literal, the literal and the line after it.
//
// It forgives what real servers do: blanks too many, NIL for a string, atoms
// for strings, quotes inside quotes, a missing closing parenthesis.
type reader struct {
	conn *dial.Conn
	line []byte // what is left of the current line, without its line end
	lit  Literal
	text []byte // holds strings that do not stand in the line as they are
	word [48]byte
	noise

	lines  int  // of the current response
	open   bool // the line is so long that it comes in pieces, this one is not the last
	pieces int  // their bytes so far

	greeted bool // the first line has come
	hush    bool // we are signing in

	names map[string]string      // flags seen
	zones map[int]*time.Location // zones seen, by offset in seconds
}

// begin goes on to the next response. The numbers of a SEARCH come in pieces if
// they are many: a million of them are a line of 8 MB.
func (r *reader) begin() (err error) {
	r.lines, r.pieces = 1, 0
	r.line, r.open, err = r.conn.ReadPart(0, isSearch)
	if err == nil {
		r.trace(r.line, -1)
	}
	return err
}

func isSearch(line []byte) bool {
	const head = "* SEARCH "
	return len(line) > len(head) && strings.EqualFold(string(line[:len(head)]), head)
}

// refill goes on to the next piece of the line.
func (r *reader) refill() error {
	piece, err := r.conn.R.ReadSlice('\n')
	switch {
	case err == nil:
		r.open = false
		piece = bytes.TrimRight(piece, "\r\n")
	case !errors.Is(err, bufio.ErrBufferFull):
		return cutShort(err)
	}
	r.line = piece
	if r.pieces += len(piece); r.pieces > maxSearch {
		return tooMuch("a SEARCH of more than %d bytes", maxSearch)
	}
	return nil
}

// nextAfter goes on to the line behind a literal of size bytes, which belongs to
// the same response; -1 is none.
func (r *reader) nextAfter(size int64) error {
	if r.lines++; r.lines > maxResponse {
		return tooMuch("a reply of more than %d lines", maxResponse)
	}
	line, err := r.conn.ReadLine(0)
	r.line = line
	if err == nil {
		r.trace(line, size)
	}
	return err
}

// blanks skips them.
func (r *reader) blanks() {
	for len(r.line) > 0 && (r.line[0] == ' ' || r.line[0] == '\t') {
		r.line = r.line[1:]
	}
}

// peek is the next byte that is no blank, 0 at the end of the line.
func (r *reader) peek() byte {
	r.blanks()
	if len(r.line) == 0 {
		return 0
	}
	return r.line[0]
}

// eat takes b if it comes next.
func (r *reader) eat(b byte) bool {
	if r.peek() != b {
		return false
	}
	r.line = r.line[1:]
	return true
}

// atom takes all up to a blank, a parenthesis or the end of the line.
func (r *reader) atom() []byte {
	r.blanks()
	n := 0
	for n < len(r.line) && r.line[n] != ' ' && r.line[n] != '(' && r.line[n] != ')' {
		n++
	}
	a := r.line[:n]
	r.line = r.line[n:]
	return a
}

// keyword takes an atom in upper case. It is valid until the next call.
func (r *reader) keyword() []byte { return r.upper(r.atom()) }

// upper is p in upper case, cut to what the longest word we know needs.
func (r *reader) upper(p []byte) []byte {
	n := copy(r.word[:], p)
	for i, b := range r.word[:n] {
		if 'a' <= b && b <= 'z' {
			r.word[i] = b - 'a' + 'A'
		}
	}
	return r.word[:n]
}

// item takes the name of a FETCH item in upper case, with its section:
// BODY[HEADER.FIELDS (DATE)]<0>.
func (r *reader) item() []byte {
	r.blanks()
	n, inside, quoted := 0, false, false
	for ; n < len(r.line); n++ {
		b := r.line[n]
		if b == '"' {
			quoted = inside && !quoted
		}
		if quoted {
			continue
		}
		if inside {
			inside = b != ']'
			if !inside && (n+1 == len(r.line) || r.line[n+1] != '<') {
				n++
				break
			}
			continue
		}
		if b == ' ' || b == '(' || b == ')' || b == '{' || b == '"' {
			break
		}
		inside = b == '['
	}
	name := r.line[:n]
	r.line = r.line[n:]
	return r.upper(name)
}

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
