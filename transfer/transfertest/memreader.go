package transfertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// message is x as List tells it.
func (x MailMessage) message() transfer.Message {
	out := transfer.Message{ID: x.ID, Date: x.Date, Flags: slices.Clone(x.Flags), Size: int64(len(x.Body))}
	if x.Size != 0 {
		out.Size = x.Size
	}
	return out
}

// mailSession is one session with a [Mail].
type mailSession struct {
	*line
	mail *Mail
}

// Folders implements [transfer.Source].
func (s *mailSession) Folders(ctx context.Context) ([]transfer.Folder, error) {
	if err := s.ready(ctx, s.mail.isStalled()); err != nil {
		return nil, fmt.Errorf("list folders: %w", err)
	}
	s.mail.mu.Lock()
	defer s.mail.mu.Unlock()
	var out []transfer.Folder
	for _, f := range s.mail.folders {
		t := transfer.Folder{Path: slices.Clone(f.Path), Role: f.Role, Epoch: f.Epoch, Count: len(f.Messages)}
		for _, x := range f.Messages {
			t.Bytes += int64(len(x.Body))
		}
		if t.Mark = fmt.Sprintf("%s/%d", f.Epoch, f.revision); !f.Stateless {
			t.State, t.Mark = t.Mark, ""
		}
		if f.Countless {
			t.Count, t.Bytes = -1, -1
		}
		out = append(out, t)
	}
	return out, nil
}

// List implements [transfer.Source].
func (s *mailSession) List(ctx context.Context, f transfer.Folder, after string) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		if err := s.ready(ctx, s.mail.isStalled()); err != nil {
			yield(transfer.Message{}, fmt.Errorf("list %q: %w", f.Name(), err))
			return
		}
		ms, err := s.mail.list(f, after)
		for _, m := range ms {
			cut := s.mail.countDown(func(x *MailFaults) bool { return hit(&x.List) })
			if stop := s.check(ctx, cut); stop != nil {
				err = stop
				break
			}
			if !yield(m, nil) {
				return
			}
		}
		if err != nil {
			yield(transfer.Message{}, fmt.Errorf("list %q: %w", f.Name(), err))
		}
	}
}

// Fetch implements [transfer.Source].
func (s *mailSession) Fetch(ctx context.Context, f transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Fetched, error] {
	return func(yield func(transfer.Fetched, error) bool) {
		err := s.ready(ctx, s.mail.isStalled())
		for i := 0; err == nil && i < len(ms); i++ {
			cut := s.mail.countDown(func(x *MailFaults) bool { return hit(&x.Message) })
			if err = s.check(ctx, cut); err != nil {
				break
			}
			out := s.mail.fetch(f, ms[i])
			body, _ := out.Body.(*mailBody)
			if body != nil {
				body.session = s
			}
			if !yield(out, nil) {
				return
			}
			if body != nil { // what was left unread comes over the wire all the same
				_, err = io.Copy(io.Discard, body)
			}
		}
		if err != nil {
			yield(transfer.Fetched{}, fmt.Errorf("fetch from %q: %w", f.Name(), err))
		}
	}
}

// Identify implements [transfer.Identifier].
func (s *mailSession) Identify(ctx context.Context, f transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		err := s.ready(ctx, s.mail.isStalled())
		for i := 0; err == nil && i < len(ms); i++ {
			if err = s.check(ctx, false); err != nil {
				break
			}
			got := s.mail.fetch(f, ms[i])
			if got.Err != nil {
				continue
			}
			m := ms[i]
			m.Ident = transfer.Identify(got.Body.(*mailBody).rest)
			if !yield(m, nil) {
				return
			}
		}
		if err != nil {
			yield(transfer.Message{}, fmt.Errorf("identify in %q: %w", f.Name(), err))
		}
	}
}

// mailBody reads one message and counts its bytes against the faults.
type mailBody struct {
	session *mailSession
	rest    []byte
}

func (b *mailBody) Read(p []byte) (int, error) {
	if err := b.session.check(context.Background(), false); err != nil {
		return 0, err
	}
	if len(b.rest) == 0 {
		return 0, io.EOF
	}
	n, cut := b.session.mail.deliver(min(len(p), len(b.rest)))
	copy(p, b.rest[:n])
	b.rest = b.rest[n:]
	return n, b.session.check(context.Background(), cut)
}

func (m *Mail) isStalled() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stalled
}

// list copies what comes after a message. If that one is gone, nobody knows
// where to go on.
func (m *Mail) list(f transfer.Folder, after string) ([]transfer.Message, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	folder := m.folder(f.Path)
	if folder == nil {
		return nil, errors.New("no such folder")
	}
	first := folder.index(after) + 1
	if first == 0 && after != "" {
		return nil, errors.New("the folder has changed while it was listed")
	}
	brief := folder.brief(f.Since)
	var out []transfer.Message
	for i, x := range folder.Messages[first:] {
		out = append(out, brief(first+i, x.message()))
	}
	return out, nil
}

// witnesses is how many messages that a brief list need not tell it tells.
const witnesses = 2

// brief is how a message of that place is listed to one who knows the folder as of
// since.
func (f *MailFolder) brief(since string) func(int, transfer.Message) transfer.Message {
	known := -1
	epoch, revision, _ := strings.Cut(since, "/")
	if n, err := strconv.Atoi(revision); err == nil && epoch == f.Epoch && n <= f.revision {
		known = n
	}
	old := slices.IndexFunc(f.Messages, func(x MailMessage) bool { return x.born > known })
	if old < 0 {
		old = len(f.Messages)
	}
	return func(i int, m transfer.Message) transfer.Message {
		switch {
		case i >= old-witnesses:
		case f.Stateless:
			m.Size, m.Date, m.Brief = -1, time.Time{}, transfer.Undated
		case f.Messages[i].changed <= known:
			m.Size, m.Date, m.Flags, m.Brief = -1, time.Time{}, nil, transfer.Unchanged
		}
		return m
	}
}

// fetch answers one message; its Body is a *mailBody.
func (m *Mail) fetch(f transfer.Folder, want transfer.Message) transfer.Fetched {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := transfer.Fetched{Message: want, Err: transfer.ErrVanished}
	folder := m.folder(f.Path)
	if folder == nil {
		return out
	}
	i := folder.index(want.ID)
	if i < 0 {
		return out
	}
	x := folder.Messages[i]
	out.Message, out.Err = x.message(), x.Err
	if x.Err == nil {
		out.Body, out.Mended = &mailBody{rest: x.Body}, &transfer.Mended{}
	}
	return out
}

// deliver takes n bytes off the fault's count and answers how many of them
// arrive before it strikes.
func (m *Mail) deliver(n int) (int, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	left := m.faults.Byte
	switch {
	case left == 0:
		return n, false
	case left > int64(n):
		m.faults.Byte -= int64(n)
		return n, false
	}
	m.faults.Byte = 0
	return int(left - 1), true
}

func (m *Mail) countDown(strike func(*MailFaults) bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strike(&m.faults)
}

// hit counts down to a fault and tells when it strikes.
func hit(n *int) bool {
	if *n == 0 {
		return false
	}
	*n--
	return *n == 0
}
