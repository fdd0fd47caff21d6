package mbox

import (
	"bytes"
	"io"
)

// A line is handed out whole up to half the buffer; a longer one comes in
// pieces, so memory does not depend on what the file holds.
const bufferSize = 256 << 10

// lineReader cuts a stream into lines and knows the offset of each.
type lineReader struct {
	r     io.Reader
	buf   []byte
	i, j  int   // buf[i:j] is read and not yet handed out
	from  int   // buf[from:i] is the current piece
	base  int64 // offset of buf[0] in the stream
	first bool  // the current piece begins a line
	last  bool  // the current piece ends with LF
	err   error
}

func newLineReader(r io.Reader, size int) *lineReader {
	l := &lineReader{buf: make([]byte, size)}
	l.reset(r)
	return l
}

// reset makes it ready for another stream, with the same buffer.
func (l *lineReader) reset(r io.Reader) {
	*l = lineReader{r: r, buf: l.buf, last: true}
}

// next reads the next piece; [lineReader.piece] is it. The error is io.EOF at
// the end of the stream.
func (l *lineReader) next() error {
	l.first, l.from = l.last, l.i
	most := len(l.buf) / 2
	for seen := 0; ; {
		window := l.buf[l.i:min(l.j, l.i+most)]
		if k := bytes.IndexByte(window[seen:], '\n'); k >= 0 {
			l.i += seen + k + 1
			l.last = true
			return nil
		}
		if len(window) == most || (l.err != nil && len(window) > 0) {
			l.i += len(window)
			l.last = false
			return nil
		}
		if l.err != nil {
			return l.err
		}
		seen = len(window)
		l.fill()
	}
}

// piece is the current piece, valid until next or peek.
func (l *lineReader) piece() []byte { return l.buf[l.from:l.i] }

// offset is where the current piece begins in the stream.
func (l *lineReader) offset() int64 { return l.base + int64(l.from) }

// end is the offset after the current piece.
func (l *lineReader) end() int64 { return l.base + int64(l.i) }

// peek answers up to n bytes of what follows the current piece, less only at
// the end of the stream. The current piece may move.
func (l *lineReader) peek(n int) []byte {
	for l.j-l.i < n && l.err == nil {
		l.fill()
	}
	return l.buf[l.i:min(l.j, l.i+n)]
}

// skip leaves out n bytes that peek has shown, before the first line.
func (l *lineReader) skip(n int) { l.i += n }

// fill reads more behind what there is, and first makes room for it.
func (l *lineReader) fill() {
	if l.from > 0 {
		n := l.from
		copy(l.buf, l.buf[n:l.j])
		l.base += int64(n)
		l.i, l.j, l.from = l.i-n, l.j-n, 0
	}
	for range 100 {
		n, err := l.r.Read(l.buf[l.j:])
		l.j += n
		if err != nil {
			l.err = err
		}
		if n > 0 || err != nil {
			return
		}
	}
	l.err = io.ErrNoProgress
}

// isBlank reports whether line is nothing but LF or CRLF.
func isBlank(line []byte) bool {
	return len(line) == 1 && line[0] == '\n' || len(line) == 2 && line[0] == '\r' && line[1] == '\n'
}

// endsHeader reports whether line is the empty line after a header, however
// many CRs it has.
func endsHeader(line []byte) bool {
	return len(line) > 0 && len(line) < 9 && line[len(line)-1] == '\n' && len(bytes.TrimRight(line, "\r\n")) == 0
}

// isQuoted reports whether line is a "From " line with one or more ">" before it.
func isQuoted(line []byte) bool {
	if len(line) == 0 || line[0] != '>' {
		return false
	}
	rest := bytes.TrimLeft(line[:min(len(line), 1024)], ">")
	return bytes.HasPrefix(rest, fromPrefix)
}
