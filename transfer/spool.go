package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

const (
	blockSize  = 64 << 10
	spoolBytes = 16 << 20 // memory for bodies, all lanes together
	largeBytes = 1 << 20  // a message above this goes to a file
)

// spool holds bodies between the two servers: in memory as long as there is
// room in its budget, in unlinked temporary files beyond that and for large
// messages. It never blocks; the number of batches on the way bounds it.
type spool struct {
	dir  string
	mu   sync.Mutex
	free [][]byte
	left int // blocks that may still be made
}

func newSpool(dir string) *spool { return &spool{dir: dir, left: spoolBytes / blockSize} }

// block gives a block of memory, nil when the budget is used up.
func (s *spool) block() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		b := s.free[n-1]
		s.free = s.free[:n-1]
		return b
	}
	if s.left == 0 {
		return nil
	}
	s.left--
	return make([]byte, blockSize)
}

// batch is the letters of one window, with the memory and files that hold
// their bodies.
type batch struct {
	spool   *spool
	letters []*Letter
	bytes   int64

	blocks [][]byte
	room   []byte // what is left of the last block
	files  []*os.File
	open   int // letters without a receipt
}

// release gives back what the bodies were in. Doing it twice is harmless.
func (b *batch) release() {
	b.spool.mu.Lock()
	b.spool.free = append(b.spool.free, b.blocks...)
	b.spool.mu.Unlock()
	for _, f := range b.files {
		closeTemp(f)
	}
	b.blocks, b.files, b.room, b.letters = nil, nil, nil, nil
}

// filler reads bodies into batches, computing on the way what the checkpoint
// wants to know of them. It belongs to one loader.
type filler struct {
	canon *Canonical
	head  headTap
	buf   []byte
}

func newFiller() *filler { return &filler{canon: NewCanonical()} }

// fill reads r to its end into b. A read error comes back as it is, an error of
// the spool itself as a [localError].
func (f *filler) fill(b *batch, r io.Reader, l *Letter) error {
	f.canon.Reset()
	f.head.reset()
	var p pieces
	for {
		if len(b.room) == 0 || p.size > largeBytes {
			var block []byte
			if p.size <= largeBytes {
				block = b.spool.block()
			}
			if block == nil {
				return f.toFile(b, r, l, &p)
			}
			b.blocks, b.room = append(b.blocks, block), block
		}
		n, err := r.Read(b.room)
		f.see(b.room[:n])
		p.add(b.room[:n])
		b.room = b.room[n:]
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	l.Body = &p
	return f.finish(b, l, p.size)
}

// toFile goes on in a temporary file, what was read before it first.
func (f *filler) toFile(b *batch, r io.Reader, l *Letter, p *pieces) error {
	tmp, err := os.CreateTemp(b.spool.dir, "mailhaul-*")
	if err != nil {
		return &localError{fmt.Errorf("make a temporary file: %w", err)}
	}
	unlinkTemp(tmp)
	b.files = append(b.files, tmp)
	size, err := p.WriteTo(tmp)
	if err != nil {
		return &localError{fmt.Errorf("write a temporary file: %w", err)}
	}
	if f.buf == nil {
		f.buf = make([]byte, blockSize)
	}
	for {
		n, err := r.Read(f.buf)
		f.see(f.buf[:n])
		if _, werr := tmp.Write(f.buf[:n]); werr != nil {
			return &localError{fmt.Errorf("write a temporary file: %w", werr)}
		}
		size += int64(n)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if _, err := tmp.Seek(0, io.SeekStart); err != nil {
		return &localError{err}
	}
	l.Body = tmp
	return f.finish(b, l, size)
}

// see takes note of the next bytes of a body.
func (f *filler) see(p []byte) {
	f.canon.Write(p)
	f.head.Write(p)
}

// finish fills the letter with what was learned.
func (f *filler) finish(b *batch, l *Letter, size int64) (err error) {
	if l.mended.LineEnds = int64(f.canon.bare); f.canon.bare > 0 {
		if size, err = f.mend(b, l, size+l.mended.LineEnds); err != nil {
			return err
		}
	}
	l.Size = size
	l.Digest, l.Canon = f.canon.Sum()
	l.Ident = Identify(f.head.head)
	l.Subject, l.MessageID = excerpts(f.head.head)
	b.letters = append(b.letters, l)
	b.bytes += size
	b.open++
	return nil
}

// excerpts are Subject and Message-ID of a header.
func excerpts(head []byte) (subject, messageID string) {
	Fields(head, func(name, value []byte) bool {
		switch {
		case subject == "" && bytes.EqualFold(name, []byte("subject")):
			subject = excerpt(value)
		case messageID == "" && bytes.EqualFold(name, []byte("message-id")):
			messageID = excerpt(value)
		}
		return true
	})
	return subject, messageID
}

// excerpt is a header's value, unfolded, cut to 200 bytes.
func excerpt(value []byte) string {
	v := appendUnfolded(nil, value)
	return string(v[:min(len(v), 200)])
}

// unlinkTemp removes the name, so that a crash leaves nothing behind. Windows
// does not let go of an open file: there closeTemp removes it.
func unlinkTemp(f *os.File) { os.Remove(f.Name()) }

func closeTemp(f *os.File) {
	f.Close()
	os.Remove(f.Name())
}

// localError is trouble on this machine: it ends the run.
type localError struct{ err error }

func (e *localError) Error() string   { return e.err.Error() }
func (e *localError) Unwrap() error   { return e.err }
func (e *localError) Permanent() bool { return true }

// local marks an error of the checkpoint, unless it only says that ctx ended.
func (l *lane) local(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return &localError{fmt.Errorf("checkpoint: %w", err)}
}

// pieces is a body in memory, as the blocks hold it.
type pieces struct {
	parts [][]byte
	size  int64
	at    int64 // offset of the next read
}

// add appends p, which must not change afterwards.
func (p *pieces) add(b []byte) {
	if len(b) == 0 {
		return
	}
	p.size += int64(len(b))
	if n := len(p.parts); n > 0 { // the usual case: it goes on where the last one ended
		last := p.parts[n-1]
		if cap(last) > len(last) && &last[:len(last)+1][len(last)] == &b[0] {
			p.parts[n-1] = last[:len(last)+len(b)]
			return
		}
	}
	p.parts = append(p.parts, b)
}

// Read implements [io.Reader].
func (p *pieces) Read(b []byte) (int, error) {
	rest := p.rest()
	if len(rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, rest[0])
	p.at += int64(n)
	return n, nil
}

// WriteTo implements [io.WriterTo].
func (p *pieces) WriteTo(w io.Writer) (int64, error) {
	var done int64
	for _, part := range p.rest() {
		n, err := w.Write(part)
		done += int64(n)
		p.at += int64(n)
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// Seek implements [io.Seeker].
func (p *pieces) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += p.at
	case io.SeekEnd:
		offset += p.size
	}
	if offset < 0 {
		return 0, errors.New("seek before the beginning")
	}
	p.at = offset
	return offset, nil
}

// rest is what comes from at on.
func (p *pieces) rest() [][]byte {
	skip := p.at
	for i, part := range p.parts {
		if skip < int64(len(part)) {
			out := append([][]byte{part[skip:]}, p.parts[i+1:]...)
			return out
		}
		skip -= int64(len(part))
	}
	return nil
}
