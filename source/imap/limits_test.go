package imap

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/imapconn"
)

// A piece of the list keeps only so much, whatever comes.
func TestSliceKeepsOnlySoMuch(t *testing.T) {
	few, many := []string{}, strings.Fields(strings.Repeat("k ", 1000))
	for _, tc := range []struct {
		name     string
		messages int
		flags    []string
		over     bool
	}{
		{"as many as it takes", maxSlice, few, false},
		{"one more", maxSlice + 1, few, true},
		{"many flags", maxSliceFlags/1000 + 1, many, true},
	} {
		sl := &slice{from: 1}
		for i := range tc.messages {
			sl.take(&imapconn.Item{UID: uint32(i + 1), Size: 1, Flags: tc.flags})
		}
		if sl.over != tc.over || sl.over && sl.ms != nil {
			t.Errorf("%s: got over %v and %d kept, want %v", tc.name, sl.over, len(sl.ms), tc.over)
		}
	}
}

// A folder whose UIDs all stand at the end of a wide range is listed whole.
func TestListOfUnevenUIDs(t *testing.T) {
	const n, first = 20_000, 1_000_000
	server := &big{n: first + n, step: 1, gone: first}
	s := open(t, serve(t, server.answer, ""), "anna")
	fs, err := s.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	next := first + 1
	for m, err := range s.List(t.Context(), fs[0], "") {
		if err != nil || m.ID != fmt.Sprint(next) {
			t.Fatalf("got %q, %v, want UID %d", m.ID, err, next)
		}
		next++
	}
	if next != first+n+1 {
		t.Errorf("got %d messages, want %d", next-first-1, n)
	}
}
