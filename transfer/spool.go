package transfer

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	blockSize  = 64 << 10
	spoolBytes = 16 << 20 // memory for bodies, all lanes together
	largeBytes = 4 << 20  // a message above this goes to a file
)

// spoolPatience is how long a full spool waits for windows that are on their way.
const spoolPatience = 250 * time.Millisecond

// spool holds bodies between the two servers: in memory as long as there is
// room in its budget, in unlinked temporary files beyond that and for large
// messages. When memory is full it waits a moment for windows that are about to
// give theirs back, never for long; the number of batches on the way bounds it.
type spool struct {
	dir  string
	mu   sync.Mutex
	free [][]byte
	left int // blocks that may still be made
	away int // batches that have left the loaders and were not released

	stuck bool          // waiting was in vain, and nothing was released since
	moved chan struct{} // closed when something is released

	files    map[*tempFile]bool // that are open, see tempfile.go
	idle     []*tempFile        // those of them that nobody uses now
	idleHeld int64              // bytes in these
}

func newSpool(dir string) *spool {
	return &spool{dir: dir, left: spoolBytes / blockSize, moved: make(chan struct{})}
}

// block gives a block of memory, nil when the budget is used up.
func (s *spool) block() []byte {
	for {
		b, moved := s.take()
		if b != nil || moved == nil {
			return b
		}
		select {
		case <-moved:
		case <-time.After(spoolPatience):
			s.mu.Lock()
			s.stuck = true
			s.mu.Unlock()
		}
	}
}

// take gives a block at once, or what to wait for if there is hope.
func (s *spool) take() (block []byte, moved <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch n := len(s.free); {
	case n > 0:
		b := s.free[n-1]
		s.free = s.free[:n-1]
		return b, nil
	case s.left > 0:
		s.left--
		return make([]byte, blockSize), nil
	case s.away > 0 && !s.stuck:
		return nil, s.moved
	}
	return nil, nil
}

// leave tells that a batch is on its way to the destination.
func (s *spool) leave(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b.away = true
	s.away++
}

// takeBack takes what a batch held.
func (s *spool) takeBack(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, b.blocks...)
	if b.away {
		b.away = false
		s.away--
	}
	if len(b.blocks) > 0 || s.away == 0 {
		s.stuck = false
		close(s.moved)
		s.moved = make(chan struct{})
	}
}

// batch is the letters of one window, with the memory and files that hold
// their bodies.
type batch struct {
	spool   *spool
	letters []*Letter
	bytes   int64

	blocks [][]byte
	room   []byte // what is left of the last block
	files  []*tempBody
	open   int  // letters without a receipt
	away   bool // it is on its way to the destination
}

// release gives back what the bodies were in. Doing it twice is harmless.
func (b *batch) release() {
	b.spool.takeBack(b)
	for _, f := range b.files {
		b.spool.keep(f)
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
	if l.Size > largeBytes && len(b.files) == 0 { // of many that claim that, few are in files
		return f.toFile(b, r, l, &p)
	}
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
		n, err := readUp(r, b.room)
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
	tmp, err := b.spool.body(b)
	if err != nil {
		return err
	}
	if _, err := p.WriteTo(tmp); err != nil {
		return &localError{fmt.Errorf("write a temporary file: %w", err)}
	}
	if f.buf == nil {
		f.buf = make([]byte, blockSize)
	}
	for {
		n, err := readUp(r, f.buf)
		f.see(f.buf[:n])
		if _, werr := tmp.Write(f.buf[:n]); werr != nil {
			return &localError{fmt.Errorf("write a temporary file: %w", werr)}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	tmp.at = 0
	l.Body = tmp
	return f.finish(b, l, tmp.size)
}

// readUp fills p from a reader that may give little at a time (a TLS record can
// be small). Its error is r's own: [io.ReadFull] would make of an end what a
// broken connection looks like.
func readUp(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var k int
		k, err = r.Read(p[n:])
		n += k
	}
	return n, err
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
	told := tell(f.head.head)
	l.Ident, l.Subject, l.MessageID = told.ident(), told.excerpt(tellsSubject), told.excerpt(tellsMessageID)
	b.letters = append(b.letters, l)
	b.bytes += size
	b.open++
	return nil
}

// excerptBytes is how much is kept of a header's value for people.
const excerptBytes = 200

// excerpt is a header's value, unfolded and cut.
func excerpt(value []byte) string {
	v := appendUnfolded(nil, value)
	return string(v[:min(len(v), excerptBytes)])
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
