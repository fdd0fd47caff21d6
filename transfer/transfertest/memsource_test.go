package transfertest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

func TestMail(t *testing.T) {
	mail := NewMail(sample()...)
	Source(t, SourceStore{
		Open:    func(t *testing.T) transfer.Source { return openMail(t, mail) },
		Folders: wantMail(mail),
		Flags:   true, Dates: true, Sizes: true,
		Snapshot: func(*testing.T) string { return fmt.Sprint(mail.Folders()) },
		Remove:   func(_ *testing.T, f transfer.Folder, m transfer.Message) { mail.Remove(f.Path, m.ID) },
		Stalled: func(t *testing.T) transfer.Source {
			stalled := NewMail(sample()...)
			stalled.Stall()
			return openMail(t, stalled)
		},
	})
}

func sample() []MailFolder {
	date := time.Date(2020, 2, 29, 12, 0, 0, 0, time.UTC)
	return []MailFolder{
		{Path: []string{"INBOX"}, Role: transfer.RoleInbox, Epoch: "1", Messages: []MailMessage{
			{Body: []byte("Subject: one\r\n\r\n1\r\n"), Flags: []transfer.Flag{transfer.Seen, "$Work"}, Date: date},
			{Body: bytes.Repeat([]byte("x"), 100_000), Date: date},
			{Body: []byte("\r\n\x00\xff"), Date: date.Add(time.Hour)},
			{Body: nil},
		}},
		{Path: []string{"Empty"}},
		{Path: []string{"A/B", "c"}, Messages: []MailMessage{{ID: "x", Body: []byte("a: b\r\n\r\n")}}},
	}
}

func wantMail(m *Mail) []WantFolder {
	var out []WantFolder
	for _, f := range m.Folders() {
		w := WantFolder{Path: f.Path, Role: f.Role}
		for _, x := range f.Messages {
			w.Messages = append(w.Messages, WantMessage{ID: x.ID, Body: x.Body, Flags: x.Flags, Date: x.Date})
		}
		out = append(out, w)
	}
	return out
}

func openMail(t *testing.T, m *Mail) transfer.Source {
	t.Helper()
	s, err := m.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMailFaults(t *testing.T) {
	inbox := transfer.Folder{Path: []string{"INBOX"}}
	tests := []struct {
		name   string
		faults MailFaults
		whole  int // messages that come whole
		bytes  int64
	}{
		{"none", MailFaults{}, 4, 100_023},
		{"first byte", MailFaults{Byte: 1}, 0, 0},
		{"last byte of the first", MailFaults{Byte: 19}, 0, 18},
		{"first byte of the second", MailFaults{Byte: 20}, 1, 19},
		{"in the middle", MailFaults{Byte: 5000}, 1, 4999},
		{"beyond the end", MailFaults{Byte: 300_000}, 4, 100_023},
		{"third message", MailFaults{Message: 3}, 2, 100_019},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			mail := NewMail(sample()...)
			s := openMail(t, mail)
			var ms []transfer.Message
			for m, err := range s.List(t.Context(), inbox, "") {
				if err != nil {
					t.Fatal(err)
				}
				ms = append(ms, m)
			}
			mail.Fail(tc.faults)
			whole, n, err := readAll(t, s, inbox, ms)
			if whole != tc.whole || n != tc.bytes {
				t.Errorf("got %d whole messages, %d bytes, want %d, %d", whole, n, tc.whole, tc.bytes)
			}
			if lost := whole < len(ms); errors.Is(err, ErrLost) != lost {
				t.Errorf("error: got %v, want lost %v", err, lost)
			}
			if whole, _, err := readAll(t, openMail(t, mail), inbox, ms); whole != len(ms) || err != nil {
				t.Errorf("on a new session: got %d whole messages, %v, want %d", whole, err, len(ms))
			}
		})
	}
}

// readAll answers how many messages and bytes came, and the sequence's error.
func readAll(t *testing.T, s transfer.Source, f transfer.Folder, ms []transfer.Message) (whole int, n int64, err error) {
	t.Helper()
	for x, err := range s.Fetch(t.Context(), f, ms) {
		if err != nil {
			return whole, n, err
		}
		k, err := io.Copy(io.Discard, x.Body)
		if n += k; err == nil {
			whole++
		}
	}
	return whole, n, nil
}

func TestMailOpenAndListFaults(t *testing.T) {
	mail := NewMail(sample()...)
	mail.Fail(MailFaults{Open: 2, List: 2})
	for i := range 2 {
		if _, err := mail.Open(t.Context()); !errors.Is(err, ErrLost) {
			t.Errorf("open %d: got %v, want ErrLost", i, err)
		}
	}
	s, n := openMail(t, mail), 0
	for _, err := range s.List(t.Context(), transfer.Folder{Path: []string{"INBOX"}}, "") {
		if err == nil {
			n++
		} else if !errors.Is(err, ErrLost) {
			t.Errorf("list: got %v, want ErrLost", err)
		}
	}
	if n != 1 {
		t.Errorf("list cut before its second message: got %d messages, want 1", n)
	}
	if mail.Opened() != 1 {
		t.Errorf("opened: got %d, want 1", mail.Opened())
	}
}

// TestMailCutInUnreadBody leaves all bodies unread: they come over the wire
// all the same.
func TestMailCutInUnreadBody(t *testing.T) {
	mail := NewMail(sample()...)
	s := openMail(t, mail)
	mail.Fail(MailFaults{Byte: 50_000})
	var last error
	for _, last = range s.Fetch(t.Context(), transfer.Folder{Path: []string{"INBOX"}}, []transfer.Message{{ID: "1"}, {ID: "2"}, {ID: "3"}}) {
	}
	if !errors.Is(last, ErrLost) {
		t.Errorf("fetch cut in an unread body: got %v, want ErrLost", last)
	}
}
