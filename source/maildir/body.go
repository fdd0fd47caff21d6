package maildir

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/mailhaul/mailhaul/transfer"
)

// maxHeader bounds how much of a message is searched for the end of its
// header. Servers take far less.
const maxHeader = 4 << 20

// body reads one file as it was before a server compressed it.
type body struct {
	io.Reader
	file *os.File
	size int64 // with CRLF line ends, -1 if not known
}

// Close closes the file.
func (b *body) Close() error { return b.file.Close() }

// packings are how Dovecot's zlib plugin stores mail, told by the first bytes.
// No message begins like this.
var packings = []struct {
	magic, name string
	open        func(io.Reader) (io.Reader, error)
}{
	{"\x1f\x8b\x08", "gzip", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
	{"BZh", "bzip2", func(r io.Reader) (io.Reader, error) { return bzip2.NewReader(r), nil }},
	{"\x28\xb5\x2f\xfd", "zstd", nil},
	{"\xfd7zXZ\x00", "xz", nil},
	{"Dovecot-LZ4\x0d\x2a\x9b\xc5", "lz4", nil},
}

// openBody takes over file. A compressed one is read through once before: what
// is damaged is this message's error and does not break off in the middle.
func openBody(file *os.File) (*body, error) {
	b := &body{Reader: file, file: file, size: -1}
	var head [16]byte
	n, err := file.ReadAt(head[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, b.Close())
	}
	for _, p := range packings {
		if !bytes.HasPrefix(head[:n], []byte(p.magic)) {
			continue
		}
		if p.open == nil {
			err = fmt.Errorf("the file is compressed with %s, which cannot be read", p.name)
		} else if err = b.unpack(p.open); err != nil {
			err = fmt.Errorf("unpack %s: %w", p.name, err)
		}
		if err != nil {
			return nil, permanent{errors.Join(err, b.Close())}
		}
		break
	}
	return b, nil
}

// unpack measures what is in the file and stands at its start again.
func (b *body) unpack(open func(io.Reader) (io.Reader, error)) error {
	r, err := open(bufio.NewReader(b.file))
	if err != nil {
		return err
	}
	var ends transfer.LineEnds
	ends.Reset(r, &transfer.Mended{})
	if b.size, err = io.Copy(io.Discard, &ends); err != nil {
		return err
	}
	if _, err := b.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	b.Reader, err = open(bufio.NewReader(b.file))
	return err
}

// readHeader reads up to the first blank line and some way beyond. What it
// answers is all that was read of r.
func readHeader(r io.Reader) ([]byte, error) {
	head := make([]byte, 0, 8<<10)
	for seen := 0; len(head) < maxHeader; {
		head = slices.Grow(head, 4<<10)
		n, err := r.Read(head[len(head) : len(head)+4<<10])
		head = head[:len(head)+n]
		if errors.Is(err, io.EOF) || blankLine(head[seen:], seen == 0) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read header: %w", err)
		}
		seen = max(0, len(head)-3)
	}
	return head, nil
}

// blankLine tells whether a line of CRLF alone is in p, or p begins with it.
func blankLine(p []byte, start bool) bool {
	return bytes.Contains(p, []byte("\r\n\r\n")) || start && bytes.HasPrefix(p, []byte("\r\n"))
}
