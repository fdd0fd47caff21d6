package transfer

import (
	"errors"
	"fmt"
	"io"
	"os"
)

const (
	idleFiles = 8        // temporary files that wait for the next large body
	idleBytes = 64 << 20 // one that holds more is given back to the disk
)

// tempFile is a body on the disk, in a file without a name. When nobody needs it any
// more the next one is written over it: to have the system make a file, find room for
// it and take that back takes as long as to write a body.
type tempFile struct {
	file *os.File
	size int64 // of the body; behind it in the file lies what is left of others
	at   int64 // of the file's own offset
	held int64 // bytes in the file
}

// body begins a body on the disk, which goes back with the batch.
func (s *spool) body(b *batch) (*tempFile, error) {
	t := s.idle()
	if t == nil {
		file, err := os.CreateTemp(s.dir, "mailhaul-*")
		if err != nil {
			return nil, &localError{fmt.Errorf("make a temporary file: %w", err)}
		}
		unlinkTemp(file)
		t = &tempFile{file: file}
	}
	b.files = append(b.files, t)
	t.size = 0
	if _, err := t.Seek(0, io.SeekStart); err != nil {
		return nil, &localError{fmt.Errorf("begin a temporary file: %w", err)}
	}
	return t, nil
}

// idle gives a file that waits, nil if there is none.
func (s *spool) idle() *tempFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.files)
	if n == 0 {
		return nil
	}
	t := s.files[n-1]
	s.files = s.files[:n-1]
	return t
}

// keep has a file wait for the next body, or closes it.
func (s *spool) keep(t *tempFile) {
	s.mu.Lock()
	wanted := !s.closed && len(s.files) < idleFiles && t.held <= idleBytes
	if wanted {
		s.files = append(s.files, t)
	}
	s.mu.Unlock()
	if !wanted {
		closeTemp(t.file)
	}
}

// close ends the use of the files: those that are not back yet are closed when they
// are.
func (s *spool) close() {
	s.mu.Lock()
	files := s.files
	s.files, s.closed = nil, true
	s.mu.Unlock()
	for _, t := range files {
		closeTemp(t.file)
	}
}

// Write implements [io.Writer].
func (t *tempFile) Write(p []byte) (int, error) {
	n, err := t.file.Write(p)
	t.at += int64(n)
	t.size = max(t.size, t.at)
	t.held = max(t.held, t.at)
	return n, err
}

// Read implements [io.Reader].
func (t *tempFile) Read(p []byte) (int, error) {
	left := t.size - t.at
	if left <= 0 {
		return 0, io.EOF
	}
	n, err := t.file.Read(p[:min(int64(len(p)), left)])
	t.at += int64(n)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // somebody has cut it
	}
	return n, err
}

// Seek implements [io.Seeker].
func (t *tempFile) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += t.at
	case io.SeekEnd:
		offset += t.size
	}
	at, err := t.file.Seek(offset, io.SeekStart)
	if err == nil {
		t.at = at
	}
	return at, err
}

// unlinkTemp removes the name, so that a crash leaves nothing behind. Windows
// does not let go of an open file: there closeTemp removes it.
func unlinkTemp(f *os.File) { os.Remove(f.Name()) }

func closeTemp(f *os.File) {
	f.Close()
	os.Remove(f.Name())
}
