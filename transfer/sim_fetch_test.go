package transfer_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// Fetch implements [transfer.Source].
func (s *simSourceSession) Fetch(ctx context.Context, f transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Fetched, error] {
	return func(yield func(transfer.Fetched, error) bool) {
		var err error
		for i := 0; err == nil && i < len(ms); i++ {
			if i%16 == 0 {
				if err = s.trip(ctx, "fetch"); err != nil {
					break
				}
			}
			if err = s.alive(); err != nil {
				break
			}
			var got transfer.Fetched
			if got, err = s.fetch(f, ms[i]); err != nil {
				break
			}
			if !yield(got, nil) {
				return
			}
			if body, ok := got.Body.(*simBody); ok && body.err != nil {
				err = body.err
			}
		}
		if err != nil {
			yield(transfer.Fetched{}, fmt.Errorf("fetch from %q: %w", f.Name(), err))
		}
	}
}

func (s *simSourceSession) fetch(f transfer.Folder, m transfer.Message) (transfer.Fetched, error) {
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	x, err := s.find(f)
	if err != nil {
		return transfer.Fetched{}, err
	}
	i := slices.IndexFunc(x.souls, func(y *simSoul) bool { return !y.gone && y.id == m.ID })
	if i < 0 {
		return transfer.Fetched{Message: m, Err: transfer.ErrVanished}, nil
	}
	soul := x.souls[i]
	got := transfer.Fetched{Message: s.mail.message(soul), Mended: &transfer.Mended{}}
	if s.mail.kind == simPOP3 {
		got.Date = soul.date
	}
	if w.weather.budget > 0 && w.chance(w.weather.refuse/4) && !simOff("the source refuses") {
		w.weather.budget--
		soul.changed, soul.hidden = w.runs, true
		got.Err = &simError{text: "NO [UNAVAILABLE] cannot read this message"}
		w.tell("%s: will not give %s", s.name, soul)
		return got, nil
	}
	body := &simBody{rest: soul.body}
	if w.weather.budget > 0 && w.chance(w.weather.cut/4) {
		w.weather.budget--
		body.rest, body.err = soul.body[:w.dice.IntN(len(soul.body)+1)], errSimLost
		w.tell("%s: connection lost in the middle of %s", s.name, soul)
		s.cut()
	}
	got.Body = body
	return got, nil
}

// simBody is a message that comes over the wire, or the first part of it.
type simBody struct {
	rest []byte
	err  error
}

func (b *simBody) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		return 0, io.EOF
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// simSeeingSession is one that can tell headers.
type simSeeingSession struct{ *simSourceSession }

// Identify implements [transfer.Identifier].
func (s *simSeeingSession) Identify(ctx context.Context, f transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		if err := s.trip(ctx, "headers"); err != nil {
			yield(transfer.Message{}, err)
			return
		}
		for _, m := range ms {
			body, date, err := s.bytes(f, m)
			if err != nil {
				yield(transfer.Message{}, err)
				return
			}
			if body == nil {
				continue
			}
			m.Ident, m.Date = transfer.Identify(body), date
			if !yield(m, nil) {
				return
			}
		}
	}
}

// bytes are the message's, nil if it is gone; with them comes its date.
func (s *simSourceSession) bytes(f transfer.Folder, m transfer.Message) ([]byte, time.Time, error) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	x, err := s.find(f)
	if err != nil {
		return nil, time.Time{}, err
	}
	for _, y := range x.souls {
		if !y.gone && y.id == m.ID {
			return append([]byte{}, bytes.Clone(y.body)...), y.date, nil
		}
	}
	return nil, time.Time{}, nil
}
