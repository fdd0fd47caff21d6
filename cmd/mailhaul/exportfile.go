package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// shelf is the folder that messages are exported to. Nothing is written outside
// of it, not even where a link in it leads outside.
type shelf struct {
	root *os.Root
	name string // as the user wrote it
}

func openShelf(dir string) (*shelf, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder to export to: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the folder to export to: %w", err)
	}
	return &shelf{root, dir}, nil
}

func (s *shelf) close() error { return s.root.Close() }

// readError is one of the source, while its message was written.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// manyTaken is when to give up looking for a name beside those taken by other mail.
const manyTaken = 1000

// put writes a body below dir under the name that nameIt finds for it when it
// has seen the beginning, or beside it if other mail has that name. A file that
// has the same bytes is left as it is, which kept tells. The file is there whole
// or not at all. The error is a [readError] where the source is to blame.
func (s *shelf) put(dir string, date time.Time, body io.Reader, nameIt func(head []byte) string) (file string, kept bool, err error) {
	if err := s.root.MkdirAll(dir, 0o700); err != nil {
		return "", false, fmt.Errorf("make a folder in %s: %w", s.name, err)
	}
	draft := filepath.Join(dir, ".mailhaul-"+rand.Text()+".tmp")
	defer s.root.Remove(draft)
	w := &draftWriter{hash: sha256.New()}
	if err := s.write(draft, w, body); err != nil {
		return "", false, err
	}
	if !date.IsZero() {
		// Where the file system cannot hold that date, the time of writing stays.
		_ = s.root.Chtimes(draft, date, date)
	}
	return s.settle(draft, dir, nameIt(w.head), w)
}

// headRoom is how much of a message is kept to find its subject in.
const headRoom = 64 << 10

// draftWriter counts and hashes what is written, and keeps the beginning.
type draftWriter struct {
	file *os.File
	hash hash.Hash
	size int64
	head []byte
}

// Write passes on.
func (w *draftWriter) Write(p []byte) (int, error) {
	n, err := w.file.Write(p)
	w.hash.Write(p[:n])
	w.size += int64(n)
	w.head = append(w.head, p[:min(n, headRoom-min(len(w.head), headRoom))]...)
	return n, err
}

// noted is a reader that remembers its error.
type noted struct {
	io.Reader
	err error
}

// Read passes on.
func (r *noted) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// write fills a new file and brings it to the disk.
func (s *shelf) write(draft string, w *draftWriter, body io.Reader) (err error) {
	w.file, err = s.root.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write to %s: %w", s.name, err)
	}
	from := &noted{Reader: body}
	if _, err = io.Copy(w, from); err == nil {
		err = w.file.Sync()
	}
	bad := w.file.Close()
	switch {
	case from.err != nil:
		return &readError{from.err}
	case err != nil || bad != nil:
		return fmt.Errorf("write to %s: %w", s.name, errors.Join(err, bad))
	}
	return nil
}

// settle gives the draft its name.
func (s *shelf) settle(draft, dir, name string, w *draftWriter) (file string, kept bool, err error) {
	for n := 1; n < manyTaken; n++ {
		file = filepath.Join(dir, name)
		if n > 1 {
			file = filepath.Join(dir, another(name, n))
		}
		err = s.become(draft, file)
		switch {
		case err == nil:
			s.syncFolder(dir)
			return file, false, nil
		case !errors.Is(err, fs.ErrExist):
			return "", false, fmt.Errorf("write to %s: %w", s.name, err)
		case s.holds(file, w):
			return file, true, nil
		}
	}
	return "", false, fmt.Errorf("write to %s: %w", s.name, err)
}

// become names the draft, unless that name is taken: fs.ErrExist. A link takes
// no name away; where there are no links the name is looked for first.
func (s *shelf) become(draft, file string) error {
	err := s.root.Link(draft, file)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := s.root.Lstat(file); err == nil {
		return fs.ErrExist
	}
	return s.root.Rename(draft, file)
}

// holds reports whether a file has the bytes that were written.
func (s *shelf) holds(file string, w *draftWriter) bool {
	f, err := s.root.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() != w.size {
		return false
	}
	there := sha256.New()
	_, err = io.Copy(there, f)
	return err == nil && bytes.Equal(there.Sum(nil), w.hash.Sum(nil))
}

// syncFolder brings the new name to the disk, where folders can be synced.
func (s *shelf) syncFolder(dir string) {
	if d, err := s.root.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}
