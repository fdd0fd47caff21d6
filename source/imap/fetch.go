package imap

import (
	"context"
	"fmt"
	"iter"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

// Fetch streams the messages in the order of ms. Stopping early reads what is on
// its way, so that the session can go on.
func (s *Source) Fetch(ctx context.Context, f transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Fetched, error] {
	return func(yield func(transfer.Fetched, error) bool) {
		stopped := false
		err := s.conn.Within(ctx, func() error {
			if len(ms) == 0 {
				return nil
			}
			ahead := s.takeTexts(f)
			if err := s.examine(ctx, f); err != nil {
				return err
			}
			wants := make([]imapconn.Want, len(ms))
			for i, m := range ms {
				wants[i].UID, _ = uid(m.ID)
				wants[i].Size = m.Size
			}
			take := func(b imapconn.Body) bool {
				stopped = !yield(fetched(ms[b.Index], b), nil)
				return !stopped
			}
			if ahead == nil {
				return s.conn.BodiesThen(ctx, wants, s.then(ctx, f), take)
			}
			if err := ahead.BodiesThen(ctx, wants, s.then(ctx, f), take); err != nil || stopped {
				return err
			}
			return ahead.wasAll(s.conn)
		})
		if err != nil && !stopped {
			yield(transfer.Fetched{}, fmt.Errorf("fetching from %q: %w", f.Name(), err))
		}
	}
}

// fetched is m with what came for it.
func fetched(m transfer.Message, b imapconn.Body) transfer.Fetched {
	switch {
	case b.Gone:
		return transfer.Fetched{Message: m, Err: transfer.ErrVanished}
	case b.Err != nil:
		return transfer.Fetched{Message: m, Err: b.Err}
	}
	m.Size = b.Size
	if b.HasFlags {
		m.Flags = flags(b.Flags)
	}
	if !b.Date.IsZero() {
		m.Date = b.Date
	}
	return transfer.Fetched{Message: m, Body: b.Body}
}
