package imap

import (
	"context"
	"fmt"
	"iter"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

var _ transfer.HeaderReader = (*Source)(nil)

// identItems are the headers that make a [transfer.Ident].
const identItems = "(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT TO)])"

// Identify tells who the messages are by their headers.
func (s *Source) Identify(ctx context.Context, f transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Message, error] {
	return headers(ctx, s, f, ms, identItems, transfer.Identify, func(m transfer.Message, id transfer.Ident) transfer.Message {
		m.Ident = id
		return m
	})
}

// Heads fetches whole headers.
func (s *Source) Heads(ctx context.Context, f transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Headed, error] {
	return headers(ctx, s, f, ms, "(UID BODY.PEEK[HEADER])", transfer.ReadHead, func(m transfer.Message, h transfer.Head) transfer.Headed {
		return transfer.Headed{ID: m.ID, Head: h}
	})
}

// headers fetches items with headers of messages and yields what tell makes of
// each message and the sum of its header; those that are gone are left out.
func headers[T, V any](ctx context.Context, s *Source, f transfer.Folder, ms []transfer.Message, items string, sum func([]byte) T, tell func(transfer.Message, T) V) iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
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
			return imapconn.Headers(ctx, s.conn, uids, items, sum, func(i int, h imapconn.Headed[T]) bool {
				stopped = !yield(tell(ms[i], h.Sum), nil)
				return !stopped
			})
		})
		if err != nil && !stopped {
			var none V
			yield(none, fmt.Errorf("reading headers of %q: %w", f.Name(), err))
		}
	}
}
