package maildir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// List yields messages in the order of delivery, which is part of their names
// and so of their IDs: the place of a message that is gone is still known.
func (s *Source) List(ctx context.Context, f transfer.Folder, after string) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		err := s.list(ctx, f, after, func(m transfer.Message) bool { return yield(m, nil) })
		if err != nil {
			yield(transfer.Message{}, fmt.Errorf("list %q: %w", f.Name(), err))
		}
	}
}

func (s *Source) list(ctx context.Context, f transfer.Folder, after string, yield func(transfer.Message) bool) error {
	if after == "" {
		s.forget()
	}
	now := time.Now()
	var x *index
	var c cursor
	for {
		here, err := s.open(ctx, f)
		if err == nil && here != x { // the names were read, or read again
			x = here
			c, err = x.after(after)
		}
		if err != nil {
			return err
		}
		m, more, err := x.next(&c)
		if err != nil || !more {
			return err
		}
		after = m.id()
		info, err := os.Stat(x.path(m))
		at := x
		if errors.Is(err, fs.ErrNotExist) {
			if at, m, err = s.search(ctx, f, after); err == nil {
				info, err = os.Stat(at.path(m))
			}
		}
		switch {
		case errors.Is(err, transfer.ErrVanished) || errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return err
		case info.Mode().IsRegular() && !yield(at.message(m, info, now)):
			return nil
		}
	}
}

// open answers the folder's index, the one at hand if it is this folder's.
func (s *Source) open(ctx context.Context, f transfer.Folder) (*index, error) {
	if err := s.alive(ctx); err != nil {
		return nil, err
	}
	dir, err := s.dir(ctx, f)
	if err != nil {
		return nil, err
	}
	if s.index == nil || s.index.dir != dir {
		s.forget()
		if s.index, err = readIndex(dir, &s.temp); err != nil {
			return nil, err
		}
	}
	return s.index, nil
}

// forget gives up the names that were read last.
func (s *Source) forget() {
	if s.index != nil {
		s.index.close()
		s.index = nil
	}
}

// search answers where a message is now, after its file was not found under
// the name that the index has: it reads the names again unless the folder is
// as it was. The error is ErrVanished if no file has this ID.
func (s *Source) search(ctx context.Context, f transfer.Folder, id string) (*index, mail, error) {
	if s.index != nil && !s.index.current() {
		s.forget()
	}
	x, err := s.open(ctx, f)
	if err != nil {
		return nil, mail{}, err
	}
	m, found, err := x.search(id)
	if err == nil && !found {
		err = transfer.ErrVanished
	}
	return x, m, err
}

// file opens the file of a message. The error is ErrVanished if it is gone,
// and reaches the folder if it is a folderError.
func (s *Source) file(ctx context.Context, f transfer.Folder, id string) (*os.File, error) {
	x, err := s.open(ctx, f)
	if err != nil {
		return nil, folderError{err}
	}
	m, found, err := x.search(id)
	if err != nil {
		return nil, folderError{err}
	}
	if found {
		file, err := openRegular(x.path(m))
		if !errors.Is(err, fs.ErrNotExist) {
			return file, err
		}
	}
	// Renamed, it may be renamed once more until it is opened.
	for range 3 {
		x, m, err := s.search(ctx, f, id)
		if errors.Is(err, transfer.ErrVanished) {
			return nil, err
		}
		if err != nil {
			return nil, folderError{err}
		}
		file, err := openRegular(x.path(m))
		if !errors.Is(err, fs.ErrNotExist) {
			return file, err
		}
	}
	return nil, transfer.ErrVanished
}

// folderError reaches further than one message.
type folderError struct{ error }

func (e folderError) Unwrap() error { return e.error }

// openRegular opens a file, but no pipe, which would wait for a writer.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, permanent{fmt.Errorf("%s is no regular file", path)}
	}
	return os.Open(path)
}

// Fetch yields the messages' bytes, one open file at a time.
func (s *Source) Fetch(ctx context.Context, f transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Fetched, error] {
	return func(yield func(transfer.Fetched, error) bool) {
		var ends transfer.LineEnds // its buffer serves all messages
		for _, m := range ms {
			more, err := s.fetch(ctx, f, m, &ends, yield)
			if err != nil {
				yield(transfer.Fetched{}, fmt.Errorf("fetch from %q: %w", f.Name(), err))
			}
			if err != nil || !more {
				return
			}
		}
	}
}

// fetch yields one message and tells whether the caller wants more.
func (s *Source) fetch(ctx context.Context, f transfer.Folder, m transfer.Message, ends *transfer.LineEnds, yield func(transfer.Fetched, error) bool) (bool, error) {
	b, err := s.body(ctx, f, m.ID)
	var far folderError
	if errors.As(err, &far) {
		return false, far.error
	}
	if err != nil {
		return yield(transfer.Fetched{Message: m, Err: err}, nil), nil
	}
	defer b.Close()
	if b.size >= 0 {
		m.Size = b.size
	}
	mended := &transfer.Mended{}
	ends.Reset(b, mended)
	return yield(transfer.Fetched{Message: m, Body: ends, Mended: mended}, nil), nil
}

// body opens a message's bytes.
func (s *Source) body(ctx context.Context, f transfer.Folder, id string) (*body, error) {
	file, err := s.file(ctx, f, id)
	if err != nil {
		return nil, err
	}
	return openBody(file)
}

// Identify reads the messages' headers. Where a size is not known it reads on
// to the end: that is still cheaper than what a destination has to do when it
// is asked for the bytes of its own. A file that cannot be read keeps an empty
// Ident; Fetch tells why.
func (s *Source) Identify(ctx context.Context, f transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		var ends transfer.LineEnds
		for _, m := range ms {
			err := s.identify(ctx, f, &m, &ends)
			var far folderError
			if errors.As(err, &far) {
				yield(transfer.Message{}, fmt.Errorf("identify in %q: %w", f.Name(), far.error))
				return
			}
			if !errors.Is(err, transfer.ErrVanished) && !yield(m, nil) {
				return
			}
		}
	}
}

// identify fills in one message's Ident and Size.
func (s *Source) identify(ctx context.Context, f transfer.Folder, m *transfer.Message, ends *transfer.LineEnds) error {
	b, err := s.body(ctx, f, m.ID)
	if err != nil {
		return err
	}
	defer b.Close()
	ends.Reset(b, &transfer.Mended{})
	head, err := readHeader(ends)
	if err != nil {
		return err
	}
	switch {
	case b.size >= 0:
		m.Size = b.size
	case m.Size < 0:
		rest, err := io.Copy(io.Discard, ends)
		if err != nil {
			return fmt.Errorf("read to the end: %w", err)
		}
		m.Size = int64(len(head)) + rest
	}
	m.Ident = transfer.Identify(head)
	return nil
}
