package pop3

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// List yields the messages in the order of their numbers. Dates come with
// Fetch only. Without UIDL every header has to be read first, once a session.
func (s *Source) List(ctx context.Context, _ transfer.Folder, after string) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		end, err := s.begin(ctx)
		if err == nil {
			defer end()
			err = s.name(ctx)
		}
		if err != nil {
			yield(transfer.Message{}, err)
			return
		}
		first := s.drop.number(after)
		if first == 0 && after != "" {
			yield(transfer.Message{}, fmt.Errorf("message %q is not in the maildrop any more", after))
			return
		}
		for i := first; i < len(s.drop.entries); i++ {
			m := transfer.Message{ID: s.drop.entries[i].id, Size: s.drop.entries[i].size}
			if s.drop.idents != nil {
				m.Ident = s.drop.idents[i]
			}
			if !yield(m, nil) {
				return
			}
		}
	}
}

// Identify reads headers, with TOP where the server has it, else from the
// messages themselves.
func (s *Source) Identify(ctx context.Context, _ transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		end, err := s.begin(ctx)
		if err == nil {
			defer end()
			err = s.identify(ctx, ms, yield)
		}
		if err != nil {
			yield(transfer.Message{}, err)
		}
	}
}

func (s *Source) identify(ctx context.Context, ms []transfer.Message, yield func(transfer.Message, error) bool) error {
	rs, err := s.requests(ctx, ms)
	if err != nil {
		return err
	}
	return s.headers(ctx, rs, func(i int, header []byte, refused error) bool {
		if refused != nil && !isRefusal(refused) {
			return true // gone
		}
		m := ms[i]
		if refused == nil {
			m.Ident, m.Date = transfer.Identify(header), arrival(header, time.Now())
		}
		return yield(m, nil)
	})
}

// headers calls each with every header, or the reason why there is none.
func (s *Source) headers(ctx context.Context, rs []request, each func(i int, header []byte, refused error) bool) error {
	for i := range rs {
		rs[i].header = !s.noTop
	}
	for from := 0; from < len(rs); {
		again := -1
		err := s.exchange(ctx, rs[from:], func(i int, text *dots, refused error) bool {
			if isRefusal(refused) && rs[from+i].header && s.caps == nil {
				again = from + i // no CAPA, so nobody could tell that there is no TOP
				return false
			}
			if refused == nil {
				s.readHead(text)
				if text.broken() {
					return true // exchange will tell
				}
			}
			return each(from+i, s.head, refused)
		})
		if err != nil || again < 0 {
			return err
		}
		s.noTop = true
		for i := range rs {
			rs[i].header = false
		}
		from = again
	}
	return nil
}
