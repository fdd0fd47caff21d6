package imap

import (
	"context"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

// Foresee implements [transfer.Foresighted].
func (s *Source) Foresee(next func() (transfer.Folder, bool)) { s.foresee = next }

// Bounds on what is asked for in one command, of which no part can be asked for
// alone should the connection break: it begins anew then.
const (
	smallCount = 512
	smallBytes = 8 << 20
	guessed    = 32 << 10 // bytes of a message, where the server tells no sizes
)

// isSmall reports whether the texts of a folder may be asked for together with its
// list.
func isSmall(f imapconn.Folder) bool {
	bytes := f.Size
	if bytes < 0 {
		bytes = int64(f.Messages) * guessed
	}
	return f.Messages <= smallCount && bytes <= smallBytes
}

// await waits for all of a piece. A list with texts behind it is there once it has
// told as many messages as the folder has.
func (l *lister) await(sl *slice) error {
	if l.texts != nil {
		for !sl.ps[0].Done() && sl.rising < l.box.Exists {
			if _, err := l.s.conn.Receive(); err != nil {
				return err
			}
		}
		if !sl.ps[0].Done() {
			return nil
		}
	}
	return sl.wait(l.s.conn)
}

// then asks for the list of the next folder behind the last texts of f, so that
// it is there when the texts are.
func (s *Source) then(ctx context.Context, f transfer.Folder) imapconn.Then {
	if s.foresee == nil {
		return imapconn.Then{}
	}
	return imapconn.Then{
		Queue: func() bool {
			next, ok := s.foresee()
			if !ok || next.Key() == f.Key() {
				return false
			}
			box := s.box
			l := &lister{s: s, from: 1, folder: next}
			if err := l.open(ctx); err != nil {
				s.box = box
				return false // List will tell
			}
			s.box, s.coming = box, l
			return true
		},
		Back: func() error { return s.examine(ctx, f) },
	}
}
