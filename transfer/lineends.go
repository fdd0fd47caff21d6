package transfer

import (
	"bytes"
	"fmt"
	"io"
)

// LineEnds reads text with each bare LF made CRLF, and counts these. Nothing
// else changes: a CR alone stays alone. It is ready after [LineEnds.Reset].
type LineEnds struct {
	src    io.Reader
	mended *Mended
	buf    []byte
	rest   []byte // of buf, not yet handed out
	last   byte   // the one handed out last
	owed   bool   // an LF whose CR was handed out
	err    error  // what comes after rest
}

// Reset begins with src, and counts into mended.
func (r *LineEnds) Reset(src io.Reader, mended *Mended) {
	if r.buf == nil {
		r.buf = make([]byte, 64<<10)
	}
	*r = LineEnds{src: src, mended: mended, buf: r.buf}
}

// Read implements [io.Reader].
func (r *LineEnds) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(r.rest) == 0 && !r.owed {
		if r.err != nil {
			return 0, r.err
		}
		var n int
		n, r.err = r.src.Read(r.buf)
		r.rest = r.buf[:n]
	}
	n := 0
	for n < len(p) && (r.owed || len(r.rest) > 0) {
		n += r.step(p[n:])
	}
	return n, nil
}

// step hands out a piece of a line, or one byte of a line end.
func (r *LineEnds) step(p []byte) int {
	if r.owed {
		p[0], r.last, r.owed = '\n', '\n', false
		return 1
	}
	text := r.rest
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	if len(text) > 0 {
		n := copy(p, text)
		r.rest, r.last = r.rest[n:], text[n-1]
		return n
	}
	r.rest = r.rest[1:]
	if r.last == '\r' {
		p[0], r.last = '\n', '\n'
		return 1
	}
	r.mended.LineEnds++
	p[0], r.owed = '\r', true
	return 1
}

// mend makes the bare LFs of a body CRLF: servers refuse them, or do it
// themselves. size is what comes out.
func (f *filler) mend(b *batch, l *Letter, size int64) (int64, error) {
	var ends LineEnds
	ends.Reset(l.Body, &Mended{})
	if size <= largeBytes {
		text := make([]byte, size)
		if _, err := io.ReadFull(&ends, text); err != nil {
			return 0, &localError{fmt.Errorf("make line ends CRLF: %w", err)}
		}
		l.Body = bytes.NewReader(text)
		return size, nil
	}
	tmp, err := b.spool.body(b)
	if err != nil {
		return 0, err
	}
	if size, err = io.Copy(tmp, &ends); err != nil {
		return 0, &localError{fmt.Errorf("write a temporary file: %w", err)}
	}
	tmp.at = 0
	l.Body = tmp
	return size, nil
}
