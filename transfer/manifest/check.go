package manifest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

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
	c := &checker{m: m, lines: newLines(f, 0)}
	for n := 1; !c.done; n++ {
		switch what, err := c.line(n == 1); {
		case err != nil:
			return fmt.Errorf("read the manifest: %w", err)
		case what != "":
			return &DamageError{m.Path, n, what}
		}
	}
	m.Digest, m.Bytes = c.chain, c.last.Bytes
	return nil
}

// checker goes through a manifest.
type checker struct {
	m      *Manifest
	lines  *lines
	chain  string // of the line before
	folder string // its folder
	bytes  int64
	last   end
	done   bool
}

// line checks the next line and answers what is wrong with it.
func (c *checker) line(first bool) (what string, err error) {
	from := c.lines.offset
	text, err := c.lines.next()
	switch {
	case errors.Is(err, io.EOF) && c.last.End:
		if c.done = true; c.last.Messages != c.m.Messages || c.last.Bytes != c.bytes {
			return "the last line counts other messages", nil
		}
		return "", nil
	case errors.Is(err, io.EOF):
		return "it ends before its last line", nil
	case errors.Is(err, errTooLong):
		return err.Error(), nil
	case err != nil:
		return "", err
	case c.last.End:
		return "something follows the last line", nil
	}
	line, said, ok := unchain(text)
	if !ok {
		return "it has no chain", nil
	}
	if c.chain = next(c.chain, line); c.chain != said {
		return "it does not belong to the lines before it", nil
	}
	return c.content(line, from, first), nil
}

// content reads a line that belongs to the chain.
func (c *checker) content(line []byte, from int64, first bool) (what string) {
	var e Entry
	var err error
	switch {
	case first:
		if err := json.Unmarshal(line, &c.m.Head); err != nil || c.m.Version != Version {
			return fmt.Sprintf("it is no manifest of version %d", Version)
		}
	case bytes.HasPrefix(line, []byte(`{"end":true,`)):
		err = json.Unmarshal(line, &c.last)
	default:
		if err = json.Unmarshal(line, &e); err == nil {
			c.bytes += e.Size
			c.m.count(e, from, c.lines.offset, &c.folder)
		}
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

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
