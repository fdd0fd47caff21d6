package transfertest

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

func TestServer(t *testing.T) {
	for name, o := range map[string]ServerOptions{
		"plain":      {},
		"no UIDPLUS": {NoUIDPlus: true},
		"pipelined":  {Ahead: 3, WindowReceipts: true, Canonical: true, Delimiter: "."},
	} {
		t.Run(name, func(t *testing.T) {
			o.Refuse = func(_ transfer.Folder, l *transfer.Letter) error {
				if l.ID == "bad" {
					return errors.New("NO not this one")
				}
				return nil
			}
			o.RefuseFolder = func(path []string) error {
				if path[0] == "Forbidden" {
					return errors.New("NO not this name")
				}
				return nil
			}
			server := NewServer(o)
			Dest(t, DestStore{
				Open:    func(t *testing.T) transfer.Dest { return openServer(t, server) },
				Root:    []string{"Suite"},
				Inspect: func(_ *testing.T, path []string) []Stored { return server.Messages(path...) },
				UIDs:    !o.NoUIDPlus, Keywords: true, Dates: true,
				Refused:     func(*testing.T) *transfer.Letter { return newLetter("bad", "a: b\r\n\r\n") },
				RefusedName: []string{"Forbidden", "x"},
				Stalled: func(t *testing.T) transfer.Dest {
					stalled := NewServer(o)
					stalled.Stall()
					return openServer(t, stalled)
				},
			})
		})
	}
}

func openServer(t *testing.T, s *Server) transfer.Dest {
	t.Helper()
	d, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var box = transfer.Folder{Path: []string{"Box"}}

// appendTo appends two windows of three letters on a new session and answers
// how many receipts came, and the error.
func appendTo(t *testing.T, s *Server) (int, error) {
	t.Helper()
	d := openServer(t, s)
	if _, err := d.Open(t.Context(), box); err != nil {
		t.Fatal(err)
	}
	n, ls := 0, letters(0, 6)
	for _, err := range d.Append(t.Context(), box, each([][]*transfer.Letter{ls[:3], ls[3:]})) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func TestServerFaults(t *testing.T) {
	tests := []struct {
		name                   string
		options                ServerOptions
		faults                 ServerFaults
		receipts, stored, late int
	}{
		{"none", ServerOptions{}, ServerFaults{}, 6, 6, 0},
		{"sent", ServerOptions{}, ServerFaults{Sent: 2}, 1, 1, 0},
		{"stored", ServerOptions{}, ServerFaults{Stored: 2}, 1, 2, 0},
		{"receipt", ServerOptions{}, ServerFaults{Receipt: 2}, 2, 2, 0},
		{"receipts at the end", ServerOptions{WindowReceipts: true}, ServerFaults{Stored: 2}, 0, 2, 0},
		{"rest lands late", ServerOptions{}, ServerFaults{Stored: 2, Late: -1}, 1, 2, 1},
		{"all lands late", ServerOptions{}, ServerFaults{Sent: 1, Late: -1}, 0, 0, 3},
		{"lost after the last of a window", ServerOptions{}, ServerFaults{Receipt: 3, Late: -1}, 3, 3, 0},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			s := NewServer(tc.options)
			s.Fail(tc.faults)
			receipts, err := appendTo(t, s)
			if lost := tc.faults != (ServerFaults{}); errors.Is(err, ErrLost) != lost {
				t.Errorf("error: got %v, want lost %v", err, lost)
			}
			if receipts != tc.receipts || s.Appended("Box") != tc.stored {
				t.Errorf("got %d receipts, %d stored, want %d, %d", receipts, s.Appended("Box"), tc.receipts, tc.stored)
			}
			s.Land()
			if got := s.Appended("Box") - tc.stored; got != tc.late {
				t.Errorf("late: got %d, want %d", got, tc.late)
			}
		})
	}
}

func TestServerLandsAfterCalls(t *testing.T) {
	s := NewServer(ServerOptions{})
	s.Fail(ServerFaults{Sent: 1, Late: 2})
	if _, err := appendTo(t, s); !errors.Is(err, ErrLost) {
		t.Fatalf("append: got %v, want ErrLost", err)
	}
	d := openServer(t, s)
	for i, want := range []uint32{1, 4} {
		m, err := d.Open(t.Context(), box)
		if err != nil || m.Next != want {
			t.Errorf("open number %d: got next %d, %v, want %d", i+1, m.Next, err, want)
		}
	}
}

func TestServerIsFull(t *testing.T) {
	s := NewServer(ServerOptions{Quota: 8000})
	n, err := appendTo(t, s)
	if !transfer.Full(err) || n != s.Appended("Box") || n == 0 {
		t.Errorf("got %d receipts of %d stored, %v, want full", n, s.Appended("Box"), err)
	}
}

func TestServerCanonical(t *testing.T) {
	for _, in := range []string{"", "a\nb", "a\r\r\nb\r\r", "\x00\r\n\r", "x\ry\r\n"} {
		c := transfer.NewCanonical()
		_, _ = c.Write([]byte(in))
		want, size := c.Sum()
		out := canonical([]byte(in))
		if transfer.Digest(sha256.Sum256(out)) != want || int(size) != len(out) {
			t.Errorf("canonical %q: got %q of %d bytes, want %d with the same digest", in, out, len(out), size)
		}
		if strings.ContainsRune(string(out), 0) {
			t.Errorf("canonical %q: got %q with NUL", in, out)
		}
	}
}

func TestServerRenumberAndMerge(t *testing.T) {
	s := NewServer(ServerOptions{Merge: true})
	s.Put(box.Path, Stored{Body: []byte("a")}, Stored{Body: []byte("b")}, Stored{Body: []byte("a")})
	before := s.Messages("Box")
	s.Renumber("Box")
	after := s.Messages("Box")
	if len(before) != 2 || len(after) != 2 || before[0].UID == after[0].UID {
		t.Errorf("got %v, renumbered %v, want two messages with new UIDs", before, after)
	}
	if got := s.Paths(); !slices.Equal(got[1], box.Path) || len(got) != 2 {
		t.Errorf("paths: got %q", got)
	}
}
