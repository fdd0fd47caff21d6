package pop3

import (
	"bytes"
	"context"
	"io"
	"iter"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// maxHeader is how much of a message is looked at for its date and identity,
// in bytes.
const maxHeader = 256 << 10

// Fetch yields messages with their bytes, several ahead of each other where
// the server allows it. The date of each is that of its header.
func (s *Source) Fetch(ctx context.Context, _ transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Fetched, error] {
	return func(yield func(transfer.Fetched, error) bool) {
		end, err := s.begin(ctx)
		if err == nil {
			defer end()
			err = s.fetch(ctx, ms, yield)
		}
		if err != nil {
			yield(transfer.Fetched{}, err)
		}
	}
}

func (s *Source) fetch(ctx context.Context, ms []transfer.Message, yield func(transfer.Fetched, error) bool) error {
	rs, err := s.requests(ctx, ms)
	if err != nil {
		return err
	}
	return s.exchange(ctx, rs, func(i int, text *dots, refused error) bool {
		got := transfer.Fetched{Message: ms[i], Err: refused}
		if refused == nil {
			s.readHead(text)
			if got.Date.IsZero() {
				got.Date = arrival(s.head, time.Now())
			}
			got.Mended = &text.mended
			got.Body = &body{head: s.head, text: text}
		}
		return yield(got, nil)
	})
}

// requests finds the messages by their IDs.
func (s *Source) requests(ctx context.Context, ms []transfer.Message) ([]request, error) {
	if err := s.name(ctx); err != nil {
		return nil, err
	}
	rs := make([]request, len(ms))
	for i, m := range ms {
		if n := s.drop.number(m.ID); n > 0 {
			rs[i] = request{number: n, size: s.drop.entries[n-1].size}
		}
	}
	return rs, nil
}

// readHead reads text up to the end of its header, at most [maxHeader] bytes,
// into s.head. It may hold a bit more than the header. What goes wrong comes
// out when the rest is read.
func (s *Source) readHead(text *dots) {
	s.head = s.head[:0]
	for len(s.head) < maxHeader {
		at := len(s.head)
		s.head = append(s.head, make([]byte, min(4096, maxHeader-at))...)
		n, err := text.Read(s.head[at:])
		s.head = s.head[:at+n]
		if err != nil || hasBlankLine(s.head, at) {
			return
		}
	}
}

// hasBlankLine looks for the end of the header in p, from a bit before from on.
func hasBlankLine(p []byte, from int) bool {
	return bytes.HasPrefix(p, []byte(crlf)) || bytes.Contains(p[max(0, from-3):], []byte(crlf+crlf))
}

// body is a message: its head, which was read already, and the rest.
type body struct {
	head []byte
	text *dots
}

// Read reads both in turn.
func (b *body) Read(p []byte) (int, error) {
	if b.text.err == errLate {
		return 0, errLate
	}
	if len(b.head) > 0 {
		n := copy(p, b.head)
		b.head = b.head[n:]
		return n, nil
	}
	return b.text.Read(p)
}

var _ io.Reader = (*body)(nil)
