package mbox

import (
	"bytes"
	"errors"
	"io"

	"github.com/mailhaul/mailhaul/transfer"
)

// body gives a message's bytes as they go out: CRLF at the end of each line,
// one ">" less in front of "From " where the file's writer put it. The bytes
// otherwise are the file's.
type body struct {
	in       *lineReader
	left     int64  // bytes of the message not yet read
	store    []byte // bytes ready to go out
	out      []byte // the part of store that has not gone
	unquote  bool
	inHeader bool
	cr       bool
	mended   *transfer.Mended
	// check is asked once all is read: has the file changed meanwhile?
	check func() error
	err   error
}

// bodyBuffer is smaller than what a scan takes: there is one for each Fetch.
const bodyBuffer = 64 << 10

// reset begins with a message of raw bytes, which in is about to read.
func (b *body) reset(r io.Reader, raw int64, unquote bool) *transfer.Mended {
	if b.in == nil {
		b.in = newLineReader(nil, bodyBuffer)
	}
	b.in.reset(io.LimitReader(r, raw))
	*b = body{in: b.in, left: raw, store: b.store[:0], unquote: unquote, inHeader: true, mended: &transfer.Mended{}}
	return b.mended
}

// Read is io.Reader.
func (b *body) Read(p []byte) (int, error) {
	for len(b.out) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		b.advance()
	}
	n := copy(p, b.out)
	b.out = b.out[n:]
	return n, nil
}

// advance makes more bytes ready, or sets err.
func (b *body) advance() {
	b.store = b.store[:0]
	for len(b.store) < bodyBuffer/2 {
		if err := b.in.next(); err != nil {
			b.err = b.ended(err)
			break
		}
		b.add()
	}
	b.out = b.store
}

func (b *body) add() {
	p := b.in.piece()
	b.left -= int64(len(p))
	if b.in.first {
		switch {
		case b.inHeader:
			b.inHeader = !endsHeader(p)
		case b.unquote && isQuoted(p):
			p = p[1:]
			b.mended.Unquoted++
		}
	}
	n := len(p)
	if p[n-1] == '\n' && (n > 1 && p[n-2] != '\r' || n == 1 && !b.cr) {
		b.store = append(append(b.store, p[:n-1]...), '\r', '\n')
		b.mended.LineEnds++
	} else {
		b.store = append(b.store, p...)
	}
	b.cr = p[n-1] == '\r'
}

// ended says how the body ends.
func (b *body) ended(err error) error {
	if !errors.Is(err, io.EOF) {
		return err
	}
	if b.left > 0 {
		return errChanged
	}
	if b.check != nil {
		if err := b.check(); err != nil {
			return err
		}
	}
	return io.EOF
}

// errChanged is what reading a message ends with when the file was rewritten
// under our hands.
var errChanged = errors.New("the file changed while it was read")

// sameBytes reports whether a message with the digest id stands in r.
func sameBytes(r io.Reader, raw int64, id [16]byte) (bool, error) {
	in, m := newLineReader(io.LimitReader(r, raw), bufferSize), newReading()
	m.begin(0, 0, m.fromDate)
	for {
		err := in.next()
		if errors.Is(err, io.EOF) {
			digest := m.digest()
			return in.end() == raw && bytes.Equal(digest[:], id[:]), nil
		}
		if err != nil {
			return false, err
		}
		m.take(in.piece(), in.first)
	}
}
