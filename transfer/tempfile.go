package transfer

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
)

// idleBytes is how much room on the disk files take that wait for the next large body.
const idleBytes = 64 << 20

// tempFile is a file without a name, for one body after the other: to have the system
// make a file, find room for it and take that back takes as long as to write a body.
type tempFile struct {
	file *os.File
	held int64 // bytes in it
}

// tempBody is a body in such a file, until its batch is released: then the file is
// another body's, and this one can be neither read nor written.
type tempBody struct {
	in   *tempFile
	size int64 // behind it in the file lies what is left of others
	at   int64
	over atomic.Bool
}

// body begins a body on the disk, which goes back with the batch.
func (s *spool) body(b *batch) (*tempBody, error) {
	in, err := s.file()
	if err != nil {
		return nil, &localError{fmt.Errorf("make a temporary file: %w", err)}
	}
	body := &tempBody{in: in}
	b.files = append(b.files, body)
	return body, nil
}

// file gives a file that waits, or makes one.
func (s *spool) file() (*tempFile, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.idle); n > 0 {
		f := s.idle[n-1]
		s.idle = s.idle[:n-1]
		s.idleHeld -= f.held
		return f, nil
	}
	file, err := os.CreateTemp(s.dir, "mailhaul-*")
	if err != nil {
		return nil, err
	}
	unlinkTemp(file)
	f := &tempFile{file: file}
	if s.files == nil {
		s.files = map[*tempFile]bool{}
	}
	s.files[f] = true
	return f, nil
}

// keep has the file of a body that is over wait for the next one, as far as there may
// be more of them.
func (s *spool) keep(b *tempBody) {
	if b.over.Swap(true) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.files[b.in]: // closed with the spool
	case s.idleHeld+b.in.held <= idleBytes:
		s.idle = append(s.idle, b.in)
		s.idleHeld += b.in.held
	default:
		delete(s.files, b.in)
		closeTemp(b.in.file)
	}
}

// close ends the use of all files, also of those that a cut has left in use.
func (s *spool) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for f := range s.files {
		closeTemp(f.file)
	}
	s.files, s.idle, s.idleHeld = nil, nil, 0
}

// Write implements [io.Writer].
func (b *tempBody) Write(p []byte) (int, error) {
	if b.over.Load() {
		return 0, os.ErrClosed
	}
	n, err := b.in.file.WriteAt(p, b.at)
	b.at += int64(n)
	b.size = max(b.size, b.at)
	b.in.held = max(b.in.held, b.at)
	return n, err
}

// Read implements [io.Reader].
func (b *tempBody) Read(p []byte) (int, error) {
	left := b.size - b.at
	if left <= 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), left)]
	n, err := b.in.file.ReadAt(p, b.at)
	b.at += int64(n)
	switch {
	case b.over.Load():
		return 0, os.ErrClosed // these may be another's
	case n == len(p):
		return n, nil
	case errors.Is(err, io.EOF):
		return n, io.ErrUnexpectedEOF // somebody has cut it
	}
	return n, err
}

// Seek implements [io.Seeker].
func (b *tempBody) Seek(offset int64, whence int) (int64, error) {
	return seek(&b.at, b.size, offset, whence)
}

// unlinkTemp removes the name, so that a crash leaves nothing behind. Windows
// does not let go of an open file: there closeTemp removes it.
func unlinkTemp(f *os.File) { os.Remove(f.Name()) }

func closeTemp(f *os.File) {
	f.Close()
	os.Remove(f.Name())
}
