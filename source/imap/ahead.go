package imap

import (
	"context"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

// Foresee implements [transfer.Foresighted].
func (s *Source) Foresee(next func() (transfer.Folder, bool)) { s.foresee = next }

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
