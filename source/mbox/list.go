package mbox

import (
	"context"
	"fmt"
	"iter"

	"github.com/mailhaul/mailhaul/transfer"
)

// List yields the messages in the order of the file. From the beginning it
// reads the file first, unless the index is still true. An after that is not
// there is an error: the file was rewritten meanwhile.
func (s *Source) List(ctx context.Context, f transfer.Folder, after string) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		ix, _, err := s.survey(ctx, f, after == "")
		if err != nil {
			yield(transfer.Message{}, err)
			return
		}
		at, err := ix.find(after)
		if err == nil && at < 0 && after != "" {
			err = fmt.Errorf("%s was rewritten while it was listed", f.Name())
		}
		if err != nil {
			yield(transfer.Message{}, err)
			return
		}
		for i := at + 1; i < ix.entries.len(); i++ {
			err := s.ended(ctx)
			var m transfer.Message
			if err == nil {
				m, err = ix.message(i)
			}
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// Identify yields ms with their Ident, which the index knows. It is zero for a
// message whose header is larger than 1 MiB.
func (s *Source) Identify(ctx context.Context, f transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		ix, _, err := s.survey(ctx, f, false)
		if err != nil {
			yield(transfer.Message{}, err)
			return
		}
		for _, m := range ms {
			if err := s.ended(ctx); err != nil {
				yield(transfer.Message{}, err)
				return
			}
			i, err := ix.find(m.ID)
			switch {
			case err != nil:
				yield(transfer.Message{}, err)
				return
			case i < 0:
				continue
			}
			m.Ident = ix.entries.get(i).ident
			if err := ix.entries.failed(); !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// ended answers why the session cannot go on, nil if it can.
func (s *Source) ended(ctx context.Context) error {
	if s.closed.Load() {
		return errClosed
	}
	return ctx.Err()
}
