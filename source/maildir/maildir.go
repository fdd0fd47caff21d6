// Package maildir reads mail from Maildir trees. It opens files and folders for
// reading only: nothing is renamed, marked or locked, not even a new message is
// moved from new to cur.
//
// A session goes through these steps:
//
//  1. [New] makes sure that there is a Maildir at all.
//  2. [Source.Folders] walks the tree (tree.go). It knows a single Maildir,
//     Maildir++ (".A.B" beside cur, https://www.courier-mta.org/imap/README.maildirquota.html),
//     plain nested folders as of Dovecot's LAYOUT=fs, KMail's ".A.directory",
//     and mixtures of these.
//  3. [Source.List] reads the names in cur and new into a compact index
//     (index.go), ordered by the time of delivery; those of a large folder lie
//     in a temporary file (sorter.go, pages.go). A name tells the ID, the
//     flags and sometimes the size (name.go); the date comes from the file's
//     time or its name (date.go).
//  4. [Source.Fetch] streams the files with CRLF line ends (body.go,
//     lineends.go). A file that another program has renamed meanwhile is found
//     again by its ID.
package maildir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/mailhaul/mailhaul/internal/scratch"
	"github.com/mailhaul/mailhaul/transfer"
)

// Source is one session with a Maildir tree. It implements [transfer.Source]
// and [transfer.Identifier].
type Source struct {
	root   string
	closed atomic.Bool
	places map[string]string // directories by Folder.Key, once the tree is known
	index  *index            // of the folder that was read last
	temp   scratch.Files
}

// New opens the tree at root: a Maildir, or a directory with Maildirs in it or
// below it. Where there is none the error has the Permanent mark.
func New(root string) (*Source, error) {
	root = filepath.Clean(root)
	info, err := os.Stat(root)
	switch {
	case err != nil:
		return nil, permanent{fmt.Errorf("open maildir: %w", err)}
	case !info.IsDir():
		return nil, permanent{fmt.Errorf("open maildir: %s is not a directory", root)}
	}
	found := errors.New("found")
	err = walk(context.Background(), root, func(place) error { return found })
	switch {
	case errors.Is(err, found):
		return &Source{root: root}, nil
	case err != nil:
		return nil, permanent{fmt.Errorf("open maildir: %w", err)}
	}
	return nil, permanent{fmt.Errorf("open maildir: %s holds no Maildir: no cur folder in it or below", root)}
}

// Close ends the session. There is nothing to wait for.
func (s *Source) Close() error {
	s.closed.Store(true)
	s.temp.Close()
	return nil
}

// Folders lists the folders that hold mail, INBOX first, then by name.
func (s *Source) Folders(ctx context.Context) ([]transfer.Folder, error) {
	places, err := s.survey(ctx)
	if err != nil {
		return nil, err
	}
	fs := make([]transfer.Folder, 0, len(places))
	for _, p := range places {
		if err := s.alive(ctx); err != nil {
			return nil, fmt.Errorf("list folders of %s: %w", s.root, err)
		}
		f := transfer.Folder{Path: p.path, State: state(p.dir), Bytes: -1}
		if f.Count, err = count(p.dir); err != nil {
			return nil, fmt.Errorf("count messages of %q: %w", f.Name(), err)
		}
		if p.inbox() {
			f.Role = transfer.RoleInbox
		}
		fs = append(fs, f)
	}
	return fs, nil
}

// survey walks the tree and remembers where each folder is.
func (s *Source) survey(ctx context.Context) ([]place, error) {
	var found []place
	err := s.alive(ctx)
	if err == nil {
		err = walk(ctx, s.root, func(p place) error {
			found = append(found, p)
			return s.alive(ctx)
		})
	}
	if err != nil {
		return nil, fmt.Errorf("list folders of %s: %w", s.root, err)
	}
	found = distinct(found)
	s.places = make(map[string]string, len(found))
	for _, p := range found {
		s.places[transfer.Folder{Path: p.path}.Key()] = p.dir
	}
	return found, nil
}

// dir answers where a folder is.
func (s *Source) dir(ctx context.Context, f transfer.Folder) (string, error) {
	if s.places == nil {
		if _, err := s.survey(ctx); err != nil {
			return "", err
		}
	}
	dir, ok := s.places[f.Key()]
	if !ok {
		return "", fmt.Errorf("%s has no folder %q", s.root, f.Name())
	}
	return dir, nil
}

// alive answers why the session cannot go on.
func (s *Source) alive(ctx context.Context) error {
	if s.closed.Load() {
		return os.ErrClosed
	}
	return ctx.Err()
}

// permanent marks an error that trying again cannot mend, see
// [transfer.Permanent].
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent is the mark.
func (permanent) Permanent() bool { return true }
