package mbox

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

const threeMails = fromA + "A: 1\n\none\n\n" + fromA + "A: 2\n\ntwo\n\n" + fromA + "A: 3\n\nthree\n\n"

func TestAfter(t *testing.T) {
	s := open(t, write(t, filepath.Join(t.TempDir(), "a"), threeMails))
	f := folders(t, s)[0]
	all := list(t, s, f, "")
	for after, want := range map[string]int{all[0].ID: 2, all[2].ID: 0} {
		if got := len(list(t, s, f, after)); got != want {
			t.Errorf("List after %q: got %d messages, want %d", after, got, want)
		}
	}
	for _, gone := range []string{"gone", all[0].ID + "#2", all[0].ID + "#1", all[0].ID + "#0"} {
		for m, err := range s.List(t.Context(), f, gone) {
			if err == nil {
				t.Errorf("List after %q, which is gone: got %q, want an error", gone, m.ID)
			}
		}
	}
}

func TestFetchInAnyOrder(t *testing.T) {
	for _, content := range []string{threeMails, zipped(t, threeMails)} {
		s := open(t, write(t, filepath.Join(t.TempDir(), "a"), content))
		f := folders(t, s)[0]
		ms := list(t, s, f, "")
		ms = []transfer.Message{ms[2], ms[0], ms[0], ms[1]}
		got := bodies(fetchAll(t, s, f, ms))
		if want := []string{crlf("A: 3\n\nthree\n"), crlf("A: 1\n\none\n"), crlf("A: 1\n\none\n"), crlf("A: 2\n\ntwo\n")}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestBodyLeftUnread(t *testing.T) {
	for _, content := range []string{threeMails, zipped(t, threeMails)} {
		s := open(t, write(t, filepath.Join(t.TempDir(), "a"), content))
		f := folders(t, s)[0]
		n := 0
		for m, err := range s.Fetch(t.Context(), f, list(t, s, f, "")) {
			if err != nil || m.Err != nil {
				t.Fatal(err, m.Err)
			}
			if n++; n < 3 {
				io.CopyN(io.Discard, m.Body, int64(n))
				continue
			}
			if b, err := io.ReadAll(m.Body); err != nil || string(b) != crlf("A: 3\n\nthree\n") {
				t.Errorf("third: got %q, %v", b, err)
			}
		}
	}
}

func TestIdentify(t *testing.T) {
	s := open(t, write(t, filepath.Join(t.TempDir(), "a"), threeMails))
	f := folders(t, s)[0]
	ms := list(t, s, f, "")
	want := ms[1].Ident
	ask := []transfer.Message{{ID: "gone"}, {ID: ms[1].ID}}
	n := 0
	for m, err := range s.Identify(t.Context(), f, ask) {
		if err != nil || m.ID != ms[1].ID || m.Ident != want {
			t.Errorf("got %+v, %v, want ident %x", m, err, want)
		}
		n++
	}
	if n != 1 {
		t.Errorf("got %d messages, want 1", n)
	}
}

func TestEnds(t *testing.T) {
	s := open(t, write(t, filepath.Join(t.TempDir(), "a"), threeMails))
	f := folders(t, s)[0]
	ms := list(t, s, f, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range s.Fetch(ctx, f, ms) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Fetch with a cancelled context: got %v, want %v", err, context.Canceled)
		}
	}
	other := open(t, s.root)
	folders(t, other)
	for _, err := range other.List(ctx, f, "") {
		if !errors.Is(err, context.Canceled) || transfer.Permanent(err) {
			t.Errorf("List with a cancelled context: got %v, want %v that is not permanent", err, context.Canceled)
		}
	}
	for m, err := range s.Fetch(t.Context(), f, ms) {
		if err != nil {
			break
		}
		s.Close()
		if _, err := io.ReadAll(m.Body); !errors.Is(err, errClosed) {
			t.Errorf("reading from a closed session: got %v, want %v", err, errClosed)
		}
	}
	for _, err := range s.List(t.Context(), f, "") {
		if err == nil {
			t.Error("List of a closed session: got no error")
		}
	}
	if _, err := s.Folders(t.Context()); err == nil {
		t.Error("Folders of a closed session: got no error")
	}
}

func TestUnknownFolder(t *testing.T) {
	s := open(t, write(t, filepath.Join(t.TempDir(), "a"), threeMails))
	for _, err := range s.List(t.Context(), transfer.Folder{Path: []string{"b"}}, "") {
		if !transfer.Permanent(err) {
			t.Errorf("got %v, want a permanent error", err)
		}
	}
}

func TestBrokenZip(t *testing.T) {
	z := zipped(t, oneMail+strings.Repeat(threeMails, 100))
	s := open(t, write(t, filepath.Join(t.TempDir(), "a"), z[:len(z)-20]))
	for _, err := range s.List(t.Context(), folders(t, s)[0], "") {
		if !transfer.Permanent(err) {
			t.Errorf("got %v, want a permanent error", err)
		}
	}
}

// TestHugeHeader: it is not kept in memory, so its Ident is left to who reads
// the message.
func TestHugeHeader(t *testing.T) {
	content := fromA + "To: " + strings.Repeat("x@y,\n ", longestHead/6) + "z\nStatus: R\n\nhi\n\n"
	s := open(t, write(t, filepath.Join(t.TempDir(), "a"), content))
	ms := list(t, s, folders(t, s)[0], "")
	if len(ms) != 1 || ms[0].Ident != (transfer.Ident{}) || !slices.Equal(ms[0].Flags, []transfer.Flag{transfer.Seen}) {
		t.Errorf("got %+v, want one message without Ident and with %s", ms, transfer.Seen)
	}
}
