package mbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mailhaul/mailhaul/internal/scratch"
)

// scanner reads a file once from end to end and fills an index.
//
//	bytes -> lineReader -> lines -> judge: text or start -> reading -> index
//	                                   |
//	                                 claims -> resolve: once more, by pieces?
type scanner struct {
	in     *lineReader
	m      *reading
	ix     *index
	claims claims
	when   arrival
	temp   *scratch.Files
	head   fromLine // the first From_ line
	before lineEnds
	held   []byte // a blank line that may belong to the separator after it
}

// scan reads what open gives, twice if the first reading shows that messages
// do not begin where it took them to begin. The caller closes the index.
func scan(open func() (io.ReadCloser, error), when arrival, temp *scratch.Files) (*index, error) {
	s := &scanner{in: newLineReader(nil, bufferSize), m: newReading(), when: when, temp: temp}
	s.claims.all.temp = temp
	s.begin(true)
	found, err := s.readings(open)
	if err == nil {
		found.expunged, found.pseudo = s.ix.found.expunged, s.ix.found.pseudo
		s.ix.found, s.ix.size = found, s.in.end()
		err = s.ix.seal()
	}
	if err != nil {
		s.ix.close()
		return nil, err
	}
	return s.ix, nil
}

// begin starts an index, in place of one that a reading has filled.
func (s *scanner) begin(unquote bool) {
	if s.ix != nil {
		s.ix.close()
	}
	s.ix = &index{unquote: unquote}
	s.ix.entries.temp = s.temp
}

// readings are the first and, where it takes one, the second.
func (s *scanner) readings(open func() (io.ReadCloser, error)) (found findings, err error) {
	defer s.claims.all.close()
	if err := s.read(open, s.byLines); err != nil {
		return found, err
	}
	pieces, unquote, again := s.claims.resolve(ending{s.in.end(), s.before}, &found)
	defer pieces.close()
	if err := s.claims.all.failed(); err != nil || !again {
		return found, err
	}
	s.claims.all.close()
	s.begin(unquote)
	if err := s.read(open, func() error { return s.byPieces(pieces) }); err != nil {
		return found, err
	}
	return found, pieces.failed()
}

// read runs one reading.
func (s *scanner) read(open func() (io.ReadCloser, error), pass func() error) error {
	r, err := open()
	if err != nil {
		return err
	}
	defer r.Close()
	s.in.reset(r)
	if err := pass(); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// byLines is the first reading: From_ lines decide. It ends with io.EOF.
func (s *scanner) byLines() error {
	f, v, err := opening(s.in)
	if err != nil {
		return err
	}
	s.head = f
	s.start(f, v)
	for {
		if err := s.in.next(); err != nil {
			s.finish(s.in.end())
			return err
		}
		if s.in.first && bytes.HasPrefix(s.in.piece(), fromPrefix) && s.from() {
			continue
		}
		s.text()
	}
}

// from looks at a line that begins with "From " and reports whether a message
// starts there.
func (s *scanner) from() bool {
	f, _ := parseFrom(s.in.piece())
	after := whatFollows(s.in.peek(longestName))
	v := judge(f, s.head, s.before.blank, after)
	switch {
	case v.starts():
		s.finish(s.in.offset())
		s.start(f, v)
		return true
	case v == isDoubt:
		s.claims.add(s.in.offset(), v, s.before)
	default:
		s.claims.last().bare = true
	}
	return false
}

// start begins a message after the current line.
func (s *scanner) start(f fromLine, v verdict) {
	s.claims.add(s.in.offset(), v, s.before)
	s.m.begin(s.in.end(), int(s.in.end()-s.in.offset()), f.date)
	s.held = s.held[:0]
	s.before.note(s.in.piece(), s.in.first, s.in.last)
}

// finish ends the message before the offset at, without the blank line before.
func (s *scanner) finish(at int64) {
	s.ix.add(s.m, at-int64(len(s.held)), s.when)
}

// text takes the current piece as part of the message. A blank line waits until
// it is known what comes after it.
func (s *scanner) text() {
	if len(s.held) > 0 {
		s.m.take(s.held, true)
		s.held = s.held[:0]
	}
	p := s.in.piece()
	s.before.note(p, s.in.first, s.in.last)
	s.claims.note(p, s.in.first, s.in.end())
	if s.in.first && isBlank(p) {
		s.held = append(s.held, p...)
		return
	}
	s.m.take(p, s.in.first)
}

// byPieces is the second reading: it is known where messages stand.
func (s *scanner) byPieces(pieces *slab[piece]) error {
	inside, k := false, 0
	skipMark(s.in)
	for {
		err := s.in.next()
		switch {
		case errors.Is(err, io.EOF) && (inside || k < pieces.len()) && pieces.failed() == nil:
			return errPieces
		case err != nil:
			return err
		case k == pieces.len():
			continue
		}
		at, now := s.in.offset(), pieces.get(k)
		switch {
		case inside:
			s.m.take(s.in.piece()[:max(0, min(now.end, s.in.end())-at)], s.in.first)
		case at == now.from:
			f, _ := parseFrom(s.in.piece())
			s.m.begin(s.in.end(), int(s.in.end()-at), f.date)
			inside = true
		}
		if inside && s.in.end() >= now.end {
			s.ix.add(s.m, max(now.end, s.m.start), s.when)
			inside = false
			k++
		}
	}
}

// errPieces: the file is not what it was when it was read first.
var errPieces = errors.New("messages do not stand where they stood a moment ago")

var byteOrderMark = []byte("\xef\xbb\xbf")

func skipMark(in *lineReader) {
	if bytes.Equal(in.peek(len(byteOrderMark)), byteOrderMark) {
		in.skip(len(byteOrderMark))
	}
}

// opening reads up to the first From_ line, over a byte order mark and blank
// lines. The error is io.EOF if there is nothing else, and a [notMbox] if it
// does not begin like an mbox file.
func opening(in *lineReader) (f fromLine, v verdict, err error) {
	skipMark(in)
	for {
		if err := in.next(); err != nil {
			return f, isText, err
		}
		if in.first && isBlank(in.piece()) {
			continue
		}
		f, ok := parseFrom(in.piece())
		if !ok || len(in.piece()) > longestFrom {
			return f, isText, &notMbox{begin: string(in.piece()[:min(40, len(in.piece()))])}
		}
		after := whatFollows(in.peek(longestName))
		switch {
		case after == header || f.shape != loose && after == nothing:
			return f, isStart, nil
		case f.shape == dated || f.shape == bare && after == empty:
			return f, isBodily, nil
		}
		return f, isText, &notMbox{begin: string(in.piece()[:min(40, len(in.piece()))])}
	}
}

// notMbox is the error for a file that is something else.
type notMbox struct {
	name, begin string
}

func (e *notMbox) Error() string {
	return fmt.Sprintf("%s is no mbox file: it begins with %q", e.name, strings.TrimRight(e.begin, "\r\n"))
}

// Permanent tells that trying again is of no use.
func (e *notMbox) Permanent() bool { return true }

// Hint tells what an mbox file looks like.
func (e *notMbox) Hint() string {
	return `an mbox file begins with a line like "From alice@example.com Mon Jan  5 10:00:00 2026"`
}
