package transfertest

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/mailhaul/mailhaul/transfer"
)

// Stored implements [transfer.Dest].
func (s *serverSession) Stored(ctx context.Context, f transfer.Folder, from uint32, pick func([]transfer.Span) ([]transfer.Span, error)) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		err := s.begin(ctx, f)
		held := slices.DeleteFunc(s.server.Messages(f.Path...), func(m Stored) bool { return m.UID < from })
		if err == nil && pick != nil {
			held, err = picked(held, pick)
		}
		for _, m := range held {
			if err != nil {
				break
			}
			if err = s.readable(ctx); err == nil && !yield(m.message(), nil) {
				return
			}
		}
		if err != nil {
			yield(transfer.Message{}, fmt.Errorf("list %q: %w", f.Name(), err))
		}
	}
}

// picked are the messages that pick wants.
func picked(held []Stored, pick func([]transfer.Span) ([]transfer.Span, error)) ([]Stored, error) {
	there := transfer.Spans(func(yield func(uint32) bool) {
		for _, m := range held {
			if !yield(m.UID) {
				return
			}
		}
	})
	wanted, err := pick(there)
	uids := slices.Collect(transfer.Numbers(wanted))
	return slices.DeleteFunc(held, func(m Stored) bool {
		_, found := slices.BinarySearch(uids, m.UID)
		return !found
	}), err
}
