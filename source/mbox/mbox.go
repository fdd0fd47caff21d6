// Package mbox reads mail from mbox files: one file, or a folder tree of them
// as Thunderbird, Apple Mail, mutt, Pine and mail servers keep them. It only
// ever reads: no file is written, locked or touched.
//
// It goes like this:
//
//  1. [New] looks at the path. [Source.Folders] walks the tree and tells mbox
//     files from others by how they begin; gzip'd ones are read too.
//  2. The first [Source.List] of a folder reads its file once as a stream. It
//     finds where messages start, notes place, size, date and flags of each,
//     and hashes it: an index of 64 bytes a message, kept until another
//     folder is listed. Of a long one all but 12 bytes a message lie in a
//     temporary file. A second reading follows where the end of the file
//     puts what came before in another light.
//  3. [Source.Fetch] goes to the messages and streams them, CRLF at the end of
//     each line and mbox quoting undone, both counted. A file that changed
//     since it was read is looked at again before anything is handed out.
//
// A message's ID is a hash of its bytes without the fields that mail programs
// rewrite (Status and its kin). So it stays the same when the file grows, is
// compacted, or mail in it is read.
//
// What was left out or was in doubt stands in [Source.Notes].
package mbox

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/mailhaul/mailhaul/internal/scratch"
	"github.com/mailhaul/mailhaul/transfer"
)

// Source is a session with a file or a tree of files. It holds no file open
// between calls. It is a [transfer.Source] and a [transfer.Identifier].
type Source struct {
	root  string
	tree  bool
	boxes map[string]box // by Folder.Key, after a walk
	// index is that of the folder with the key indexed.
	index   *index
	indexed string
	temp    scratch.Files
	notes   map[string][]string // by file, "" for the tree
	closed  atomic.Bool
}

var (
	_ transfer.Source     = (*Source)(nil)
	_ transfer.Identifier = (*Source)(nil)
)

// New opens the mbox file, or the folder tree of mbox files, at path. A file
// that is no mbox file is an error with [transfer.Permanent] mark, and so is
// a path where nothing is.
func New(path string) (*Source, error) {
	root, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", path, err)
	}
	info, err := os.Stat(root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &missingError{path, err}
	case err != nil:
		return nil, lasting(fmt.Errorf("open mbox: %w", err))
	}
	s := &Source{root: root, tree: info.IsDir(), notes: map[string][]string{}}
	if s.tree {
		return s, nil
	}
	if !info.Mode().IsRegular() {
		return nil, lastingError{fmt.Errorf("open mbox: %s is neither a file nor a folder", path)}
	}
	if _, err := sniff(root); err != nil {
		return nil, lasting(fmt.Errorf("open mbox: %w", err))
	}
	return s, nil
}

// Close ends the session. A method that runs in another goroutine ends with
// an error at its next read.
func (s *Source) Close() error {
	s.closed.Store(true)
	s.temp.Close()
	return nil
}

// guard is a reader that ends when the session or the context does.
type guard struct {
	ctx    context.Context
	closed *atomic.Bool
	r      io.Reader
}

var errClosed = errors.New("mbox session is closed")

// Read is io.Reader.
func (g *guard) Read(p []byte) (int, error) {
	if g.closed.Load() {
		return 0, errClosed
	}
	if err := g.ctx.Err(); err != nil {
		return 0, err
	}
	return g.r.Read(p)
}

// lastingError marks an error as one that stays.
type lastingError struct{ error }

// Permanent tells that trying again is of no use.
func (e lastingError) Permanent() bool { return true }

// Unwrap gives the cause.
func (e lastingError) Unwrap() error { return e.error }

// missingError is for a path where nothing is.
type missingError struct {
	path string
	err  error
}

func (e *missingError) Error() string { return "mbox: no such file or folder: " + e.path }

// Permanent tells that trying again is of no use.
func (e *missingError) Permanent() bool { return true }

// Hint is what the user can do about it.
func (e *missingError) Hint() string {
	return "check the path; a relative one counts from the folder that you are in"
}

// Unwrap gives the cause.
func (e *missingError) Unwrap() error { return e.err }

// lasting marks err if it is of the kind that does not pass by itself.
func lasting(err error) error {
	kinds := []error{fs.ErrNotExist, fs.ErrPermission, gzip.ErrHeader, gzip.ErrChecksum, io.ErrUnexpectedEOF}
	if slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) }) {
		return lastingError{err}
	}
	return err
}

// survey answers the index of the folder. It reads the file if there is no
// index yet, or if fresh is asked for and the file is not what it was.
func (s *Source) survey(ctx context.Context, f transfer.Folder, fresh bool) (*index, box, error) {
	b, err := s.find(ctx, f)
	if err != nil {
		return nil, b, err
	}
	if s.index != nil && s.indexed == f.Key() {
		if !fresh {
			return s.index, b, nil
		}
		if info, err := os.Stat(b.file); err == nil && s.index.settled && unchanged(info, s.index.info) {
			return s.index, b, nil
		}
	}
	if s.index != nil {
		s.index.close()
		s.index = nil
	}
	ix, err := s.scanBox(ctx, b)
	if err != nil {
		var foreign *notMbox
		if errors.As(err, &foreign) {
			foreign.name = b.name
		}
		return nil, b, lasting(fmt.Errorf("read %s: %w", b.name, err))
	}
	s.index, s.indexed = ix, f.Key()
	s.notes[b.name] = ix.found.sentences(b.name)
	return ix, b, nil
}

// scanBox reads one file. Both readings must see the same file.
func (s *Source) scanBox(ctx context.Context, b box) (*index, error) {
	var info fs.FileInfo
	open := func() (io.ReadCloser, error) {
		d, err := openDisk(b.file)
		if err != nil {
			return nil, err
		}
		if info != nil && !unchanged(info, d.info) {
			d.Close()
			return nil, errChanged
		}
		info = d.info
		return struct {
			io.Reader
			io.Closer
		}{&guard{ctx, &s.closed, d}, d}, nil
	}
	stat, err := os.Stat(b.file)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	ix, err := scan(open, arrival{now: now, fileTime: stat.ModTime()}, &s.temp)
	if err != nil {
		return nil, err
	}
	ix.info, ix.settled = info, now.Sub(info.ModTime()) >= grain
	return ix, nil
}

// find answers the file of a folder.
func (s *Source) find(ctx context.Context, f transfer.Folder) (box, error) {
	if s.boxes == nil {
		if _, err := s.Folders(ctx); err != nil {
			return box{}, err
		}
	}
	b, ok := s.boxes[f.Key()]
	if !ok {
		return box{}, lastingError{fmt.Errorf("no mbox file for folder %q in %s", f.Name(), s.root)}
	}
	return b, nil
}

// Notes tells in sentences what was left out, or was in doubt, in the files
// read so far. The flow does not ask for it: who opened the session does,
// after the run.
func (s *Source) Notes() []string {
	var names []string
	for name := range s.notes {
		names = append(names, name)
	}
	slices.Sort(names)
	var out []string
	for _, name := range names {
		out = append(out, s.notes[name]...)
	}
	return out
}
