package imapconn

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
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

// begin goes on to the next response. The numbers of a SEARCH or ESEARCH come in
// pieces if they are many: a million of them are a line of 8 MB.
func (r *reader) begin() (err error) {
	r.lines, r.pieces = 1, 0
	r.line, r.open, err = r.conn.ReadPart(0, isSearch)
	if err == nil {
		r.trace(r.line, -1)
	}
	return err
}

func isSearch(line []byte) bool {
	for _, head := range [...]string{"* SEARCH ", "* ESEARCH "} {
		if len(line) > len(head) && strings.EqualFold(string(line[:len(head)]), head) {
			return true
		}
	}
	return false
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
