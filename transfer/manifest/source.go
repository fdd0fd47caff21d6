package manifest

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// session reads a manifest as a [transfer.Source]: its folders are those of the
// destination, the ID of a message is where its line begins.
type session struct {
	m *Manifest
	f *os.File
}

var (
	_ transfer.Identifier = (*session)(nil)
	_ transfer.Digester   = (*session)(nil)
)

// Session opens it as a source, which holds no bytes.
func (m *Manifest) Session(context.Context) (transfer.Source, error) {
	f, err := os.Open(m.Path)
	if err != nil {
		return nil, fmt.Errorf("open the manifest: %w", err)
	}
	return &session{m, f}, nil
}

// Close implements [transfer.Source].
func (s *session) Close() error { return s.f.Close() }

// Folders implements [transfer.Source].
func (s *session) Folders(context.Context) ([]transfer.Folder, error) { return s.m.folders, nil }

// List implements [transfer.Source]. Of those that the destination has folded into
// one, that one is listed.
func (s *session) List(ctx context.Context, f transfer.Folder, after string) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		begin, _ := strconv.ParseInt(after, 10, 64)
		var last Entry
		for _, p := range s.m.parts[f.Key()] {
			if p.to <= begin {
				continue
			}
			l := newLines(io.NewSectionReader(s.f, max(p.from, begin), p.to-max(p.from, begin)), max(p.from, begin))
			for l.offset < p.to {
				at := l.offset
				e, err := s.entry(l)
				if err == nil {
					err = ctx.Err()
				}
				if err != nil {
					yield(transfer.Message{}, err)
					return
				}
				same := e.UID != 0 && e.UID == last.UID && e.Validity == last.Validity
				if last = e; same || after != "" && at == begin {
					continue
				}
				if !yield(messageOf(at, e), nil) {
					return
				}
			}
		}
	}
}

// entry reads the next line.
func (s *session) entry(l *lines) (e Entry, err error) {
	text, err := l.next()
	if err == nil {
		line, _, ok := unchain(text)
		if !ok || json.Unmarshal(line, &e) != nil {
			err = errors.New("it was changed while it was read")
		}
	}
	if err != nil {
		err = fmt.Errorf("read the manifest: %w", err)
	}
	return e, err
}

func messageOf(at int64, e Entry) transfer.Message {
	m := transfer.Message{ID: strconv.FormatInt(at, 10), Size: e.Size}
	m.Date, _ = time.Parse(time.RFC3339, e.Date)
	m.Ident = e.ident()
	return m
}

func (e Entry) ident() (id transfer.Ident) {
	hexTo(id[:], e.Ident)
	return id
}

// hexTo decodes what has just that length; anything else is left out.
func hexTo(to []byte, text string) {
	if b, err := hex.DecodeString(text); err == nil && len(b) == len(to) {
		copy(to, b)
	}
}

// each reads the lines of messages, which mostly follow each other.
func (s *session) each(ms []transfer.Message, do func(transfer.Message, Entry) bool) error {
	var l *lines
	for _, m := range ms {
		at, err := strconv.ParseInt(m.ID, 10, 64)
		if err != nil {
			return fmt.Errorf("the manifest has no line %q", m.ID)
		}
		if l == nil || l.offset != at {
			l = newLines(io.NewSectionReader(s.f, at, math.MaxInt64-at), at)
		}
		e, err := s.entry(l)
		if err != nil {
			return err
		}
		if !do(m, e) {
			return nil
		}
	}
	return nil
}

// Identify implements [transfer.Identifier].
func (s *session) Identify(_ context.Context, _ transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		stopped := false
		err := s.each(ms, func(m transfer.Message, e Entry) bool {
			m.Ident, m.Size = e.ident(), e.Size
			stopped = !yield(m, nil)
			return !stopped
		})
		if err != nil && !stopped {
			yield(transfer.Message{}, err)
		}
	}
}

// Digests implements [transfer.Digester].
func (s *session) Digests(_ context.Context, _ transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Summed, error] {
	return func(yield func(transfer.Summed, error) bool) {
		stopped := false
		err := s.each(ms, func(m transfer.Message, e Entry) bool {
			sum := transfer.Summed{ID: m.ID, Sum: transfer.Sum{Ident: e.ident(), Size: e.Size}}
			hexTo(sum.Digest[:], e.SHA256)
			stopped = !yield(sum, nil)
			return !stopped
		})
		if err != nil && !stopped {
			yield(transfer.Summed{}, err)
		}
	}
}

// errNoBytes is why a manifest gives no message.
var errNoBytes = errors.New("a manifest does not hold the message itself")

// Fetch implements [transfer.Source].
func (s *session) Fetch(_ context.Context, _ transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Fetched, error] {
	return func(yield func(transfer.Fetched, error) bool) {
		for _, m := range ms {
			if !yield(transfer.Fetched{Message: m, Err: errNoBytes}, nil) {
				return
			}
		}
	}
}
