package pop3

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/mailhaul/mailhaul/transfer"
)

// errLate is what a body answers when it is read after its time.
var errLate = errors.New("the message is read after the next one was asked for")

// How long a text may be, in bytes: a factor and so much more than LIST says
// (RFC 1939 section 11 lets servers count in their own way, and some count what
// they store), maxUnsaid where LIST says nothing, maxHead where only the header
// was asked for.
const (
	maxUntrue  = 4
	moreUntrue = 256 << 20
	maxUnsaid  = 2 << 30
	maxHead    = 8 << 20
)

const crlf = "\r\n"

// lineEnd is for reading only.
var lineEnd = []byte(crlf)

// dots reads the text of one message up to its final dot, RFC 1939 section 3.
//
// Only CRLF "." CRLF ends a message. A line is what CRLF ends: a dot after a
// bare LF is text and neither ends a message nor is taken off. Bare LF becomes
// CRLF and is counted; nothing else changes.
//
// The protocol adds CRLF to a message that has none at its end. It is taken
// off if the size in LIST says so, hence a line end is held back until the
// next line has come.
type dots struct {
	in   *bufio.Reader
	size int64 // as LIST says, -1 if not known
	most int64 // how long it may get

	out    []byte // text that is ready, in in's buffer or lineEnd
	next   []byte // text to follow out
	held   bool   // a line end is held back
	cr     bool   // so is a CR, which may be the first half of a line end
	inLine bool   // what comes next is no beginning of a line
	count  int64  // bytes of the message on the wire, without stuffed dots
	mended transfer.Mended
	err    error // io.EOF after the final dot
}

// Read fills p as far as it can without waiting. Its error is [io.EOF] after
// the final dot only.
func (d *dots) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if len(d.out) == 0 {
			if d.out, d.next = d.next, nil; len(d.out) > 0 {
				continue
			}
			if d.err != nil || n > 0 && d.in.Buffered() == 0 {
				break
			}
			d.line()
			continue
		}
		k := copy(p[n:], d.out)
		d.out = d.out[k:]
		n += k
	}
	if n == 0 && len(p) > 0 {
		return 0, d.err
	}
	return n, nil
}

// drain reads the rest away. What is read from the body later is an error.
func (d *dots) drain() error {
	for d.err == nil {
		d.line()
	}
	d.out, d.next = nil, nil
	if d.err == io.EOF {
		d.err = errLate
	}
	if d.err == errLate {
		return nil
	}
	return d.err
}

// line takes the next line, or the next piece of a long one, and makes ready
// what was held back and the line without its end.
func (d *dots) line() {
	piece, err := d.in.ReadSlice('\n')
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
		d.lost(err)
		return
	}
	if !d.inLine {
		if string(piece) == "."+crlf {
			d.end()
			return
		}
		if piece[0] == '.' {
			piece = piece[1:]
		}
	}
	if d.count += int64(len(piece)); d.count > d.most {
		d.err = fmt.Errorf("a text of more than %d bytes, without an end", d.most)
		return
	}
	d.out = d.release(piece)
	d.next = d.hold(piece)
}

// release is what was held back, now that piece follows it.
func (d *dots) release(piece []byte) []byte {
	switch {
	case d.held:
		d.held = false
		return lineEnd
	case d.cr && string(piece) != "\n":
		d.cr = false
		return lineEnd[:1]
	}
	return nil
}

// hold takes the line end off piece, or the CR that may become one.
func (d *dots) hold(piece []byte) []byte {
	last := len(piece) - 1
	switch {
	case last < 0:
		return nil
	case piece[last] == '\n' && (d.cr || last > 0 && piece[last-1] == '\r'):
		if !d.cr {
			last--
		}
		d.held, d.cr, d.inLine = true, false, false
	case piece[last] == '\n':
		d.mended.LineEnds++
		d.held, d.inLine = true, true
	case piece[last] == '\r':
		d.cr, d.inLine = true, true
	default:
		d.inLine = true
		return piece
	}
	return piece[:last]
}

// end is the final dot.
func (d *dots) end() {
	d.err = io.EOF
	if added := d.size >= 0 && d.count == d.size+int64(len(crlf)); d.held && !added {
		d.out = lineEnd
	}
	d.held = false
}

func (d *dots) lost(err error) {
	if errors.Is(err, io.EOF) {
		d.err = fmt.Errorf("the connection ended in the middle of a message: %w", io.ErrUnexpectedEOF)
		return
	}
	d.err = fmt.Errorf("in the middle of a message: %w: %w", io.ErrUnexpectedEOF, err)
}

// broken tells that the text will not come to its end.
func (d *dots) broken() bool { return d.err != nil && d.err != io.EOF }
