package imap

import (
	"context"
	"fmt"
	"iter"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

var _ transfer.HeaderReader = (*Source)(nil)

// Heads fetches whole headers.
func (s *Source) Heads(ctx context.Context, f transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Headed, error] {
	return func(yield func(transfer.Headed, error) bool) {
		stopped := false
		err := s.conn.Within(ctx, func() error {
			if len(ms) == 0 {
				return nil
			}
			if err := s.examine(ctx, f); err != nil {
				return err
			}
			uids := make([]uint32, len(ms))
			for i, m := range ms {
				uids[i], _ = uid(m.ID)
			}
			return imapconn.Headers(ctx, s.conn, uids, "(UID BODY.PEEK[HEADER])", transfer.ReadHead, func(i int, h imapconn.Headed[transfer.Head]) bool {
				stopped = !yield(transfer.Headed{ID: ms[i].ID, Head: h.Sum}, nil)
				return !stopped
			})
		})
		if err != nil && !stopped {
			yield(transfer.Headed{}, fmt.Errorf("reading headers of %q: %w", f.Name(), err))
		}
	}
}
