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
		first := ix.find(after) + 1
		if first == 0 && after != "" {
			yield(transfer.Message{}, fmt.Errorf("%s was rewritten while it was listed", f.Name()))
			return
		}
		for i := first; i < ix.entries.len(); i++ {
			if err := s.ended(ctx); err != nil {
				yield(transfer.Message{}, err)
				return
			}
			if !yield(ix.message(i), nil) {
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
			i := ix.find(m.ID)
			if i < 0 {
				continue
			}
			m.Ident = ix.entries.at(i).ident
			if !yield(m, nil) {
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
