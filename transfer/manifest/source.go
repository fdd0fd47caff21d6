package manifest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// DamageError is a manifest that is not as it was written.
type DamageError struct {
	Path string
	Line int
	What string
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("the manifest %s was changed or is not whole: line %d: %s", e.Path, e.Line, e.What)
}

// Permanent is always true.
func (e *DamageError) Permanent() bool { return true }

// maxLine bounds a line, which an honest one stays far below.
const maxLine = 1 << 20

// Manifest is a file whose chain was checked.
type Manifest struct {
	Head
	Path string
	// Digest is the last chain, Messages and Bytes what the last line counts.
	Digest   string
	Messages int
	Bytes    int64
	// Undigested counts the messages whose bytes nobody has read.
	Undigested int

	folders []transfer.Folder
	parts   map[string][]part // by folder
}

// part is a run of lines of one folder.
type part struct {
	from, to int64 // offsets
}

// Open reads a manifest and checks its chain.
func Open(path string) (*Manifest, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the manifest: %w", err)
	}
	defer f.Close()
	m := &Manifest{Path: path, parts: map[string][]part{}}
	if err := m.check(f); err != nil {
		return nil, err
	}
	return m, nil
}

// check goes through all lines.
func (m *Manifest) check(f io.Reader) error {
	lines := newLines(f, 0)
	var last end
	var chain, folder string
	bytes, done := int64(0), false
	for n := 1; ; n++ {
		bad := func(what string) error { return &DamageError{m.Path, n, what} }
		from := lines.offset
		text, err := lines.next()
		switch {
		case errors.Is(err, io.EOF) && done:
			if last.Messages != m.Messages || last.Bytes != bytes {
				return bad("the last line counts other messages")
			}
			m.Digest, m.Bytes = chain, bytes
			return nil
		case errors.Is(err, io.EOF):
			return bad("it ends before its last line")
		case errors.Is(err, errTooLong):
			return bad(err.Error())
		case err != nil:
			return fmt.Errorf("read the manifest: %w", err)
		case done:
			return bad("something follows the last line")
		}
		line, said, ok := unchain(text)
		if !ok {
			return bad("it has no chain")
		}
		if chain = next(chain, line); chain != said {
			return bad("it does not belong to the lines before it")
		}
		switch {
		case n == 1:
			if err := json.Unmarshal(line, &m.Head); err != nil || m.Version != Version {
				return bad(fmt.Sprintf("it is no manifest of version %d", Version))
			}
		case bytesPrefix(line, `{"end":`):
			if err := json.Unmarshal(line, &last); err != nil {
				return bad(err.Error())
			}
			done = true
		default:
			var e Entry
			if err := json.Unmarshal(line, &e); err != nil {
				return bad(err.Error())
			}
			bytes += e.Size
			m.count(e, from, lines.offset, &folder)
		}
	}
}

func bytesPrefix(line []byte, prefix string) bool { return bytes.HasPrefix(line, []byte(prefix)) }

// count notes an entry whose line has these offsets; folder is the one of the
// entry before.
func (m *Manifest) count(e Entry, from, to int64, folder *string) {
	m.Messages++
	if e.SHA256 == "" {
		m.Undigested++
	}
	key := e.key()
	parts := m.parts[key]
	if parts == nil {
		m.folders = append(m.folders, transfer.Folder{Path: pathOf(key), Count: -1, Bytes: -1})
	}
	if n := len(parts); n > 0 && *folder == key {
		parts[n-1].to = to
	} else {
		m.parts[key] = append(parts, part{from, to})
	}
	*folder = key
}

func pathOf(key string) []string { return strings.Split(key, "\x00") }

// lines reads lines and knows where they begin.
type lines struct {
	r      *bufio.Reader
	offset int64
	buf    []byte
}

var errTooLong = errors.New("it is too long")

func newLines(r io.Reader, offset int64) *lines {
	return &lines{r: bufio.NewReaderSize(r, 64<<10), offset: offset}
}

// next is the next line without its end. A last line without an end is one.
func (l *lines) next() ([]byte, error) {
	l.buf = l.buf[:0]
	for {
		piece, err := l.r.ReadSlice('\n')
		l.buf = append(l.buf, piece...)
		switch {
		case len(l.buf) > maxLine:
			return nil, errTooLong
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || len(l.buf) == 0):
			return nil, err
		}
		l.offset += int64(len(l.buf))
		return bytes.TrimSuffix(l.buf, []byte("\n")), nil
	}
}

// session reads a manifest as a [transfer.Source]: its folders are those of the
// destination, the ID of a message is where its line begins.
type session struct {
	m *Manifest
	f *os.File
}

var (
	_ transfer.Identifier = (*session)(nil)
	_ transfer.Digester   = (*session)(nil)
)

// Session opens it as a source, which holds no bytes.
func (m *Manifest) Session(context.Context) (transfer.Source, error) {
	f, err := os.Open(m.Path)
	if err != nil {
		return nil, fmt.Errorf("open the manifest: %w", err)
	}
	return &session{m, f}, nil
}

// Close implements [transfer.Source].
func (s *session) Close() error { return s.f.Close() }

// Folders implements [transfer.Source].
func (s *session) Folders(context.Context) ([]transfer.Folder, error) { return s.m.folders, nil }

// List implements [transfer.Source]. Of those that the destination has folded into
// one, that one is listed.
func (s *session) List(ctx context.Context, f transfer.Folder, after string) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		begin, _ := strconv.ParseInt(after, 10, 64)
		var last Entry
		for _, p := range s.m.parts[f.Key()] {
			if p.to <= begin {
				continue
			}
			l := newLines(io.NewSectionReader(s.f, max(p.from, begin), p.to-max(p.from, begin)), max(p.from, begin))
			for l.offset < p.to {
				at := l.offset
				e, err := s.entry(l)
				if err == nil {
					err = ctx.Err()
				}
				if err != nil {
					yield(transfer.Message{}, err)
					return
				}
				same := e.UID != 0 && e.UID == last.UID && e.Validity == last.Validity
				if last = e; same || after != "" && at == begin {
					continue
				}
				if !yield(messageOf(at, e), nil) {
					return
				}
			}
		}
	}
}

// entry reads the next line.
func (s *session) entry(l *lines) (e Entry, err error) {
	text, err := l.next()
	if err == nil {
		line, _, ok := unchain(text)
		if !ok || json.Unmarshal(line, &e) != nil {
			err = errors.New("it was changed while it was read")
		}
	}
	if err != nil {
		err = fmt.Errorf("read the manifest: %w", err)
	}
	return e, err
}

func messageOf(at int64, e Entry) transfer.Message {
	m := transfer.Message{ID: strconv.FormatInt(at, 10), Size: e.Size}
	m.Date, _ = time.Parse(time.RFC3339, e.Date)
	m.Ident = e.ident()
	return m
}

func (e Entry) ident() (id transfer.Ident) {
	hexTo(id[:], e.Ident)
	return id
}

// hexTo decodes what has just that length; anything else is left out.
func hexTo(to []byte, text string) {
	if b, err := hex.DecodeString(text); err == nil && len(b) == len(to) {
		copy(to, b)
	}
}

// each reads the lines of messages, which mostly follow each other.
func (s *session) each(ms []transfer.Message, do func(transfer.Message, Entry) bool) error {
	var l *lines
	for _, m := range ms {
		at, err := strconv.ParseInt(m.ID, 10, 64)
		if err != nil {
			return fmt.Errorf("the manifest has no line %q", m.ID)
		}
		if l == nil || l.offset != at {
			l = newLines(io.NewSectionReader(s.f, at, math.MaxInt64-at), at)
		}
		e, err := s.entry(l)
		if err != nil {
			return err
		}
		if !do(m, e) {
			return nil
		}
	}
	return nil
}

// Identify implements [transfer.Identifier].
func (s *session) Identify(_ context.Context, _ transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		stopped := false
		err := s.each(ms, func(m transfer.Message, e Entry) bool {
			m.Ident, m.Size = e.ident(), e.Size
			stopped = !yield(m, nil)
			return !stopped
		})
		if err != nil && !stopped {
			yield(transfer.Message{}, err)
		}
	}
}

// Digests implements [transfer.Digester].
func (s *session) Digests(_ context.Context, _ transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Summed, error] {
	return func(yield func(transfer.Summed, error) bool) {
		stopped := false
		err := s.each(ms, func(m transfer.Message, e Entry) bool {
			sum := transfer.Summed{ID: m.ID, Sum: transfer.Sum{Ident: e.ident(), Size: e.Size}}
			hexTo(sum.Digest[:], e.SHA256)
			stopped = !yield(sum, nil)
			return !stopped
		})
		if err != nil && !stopped {
			yield(transfer.Summed{}, err)
		}
	}
}

// errNoBytes is why a manifest gives no message.
var errNoBytes = errors.New("a manifest does not hold the message itself")

// Fetch implements [transfer.Source].
func (s *session) Fetch(_ context.Context, _ transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Fetched, error] {
	return func(yield func(transfer.Fetched, error) bool) {
		for _, m := range ms {
			if !yield(transfer.Fetched{Message: m, Err: errNoBytes}, nil) {
				return
			}
		}
	}
}
