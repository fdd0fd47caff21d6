package main

import (
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// In a terminal no row of the list is broken, and what is in it stays aligned.
func TestRefusedRows(t *testing.T) {
	refused := []checkpoint.Refused{
		{Subject: "short", MessageID: "<1@x>", Size: 5, Date: time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)},
		{Subject: strings.Repeat("long ", 30), MessageID: "<" + strings.Repeat("i", 90) + "@example.org>", Size: 5 << 20},
		{Subject: "漢字漢字漢字漢字漢字漢字漢字漢字漢字", MessageID: "<3@example.org>"},
		{},
	}
	for _, room := range []int{60, 80, 120, 300} {
		at := -1
		for _, row := range refusedRows(refused, room) {
			if n := cells(row) + 2; n > room {
				t.Errorf("room %d: got %d columns: %q", room, n, row)
			}
			if id := strings.Index(row, "  <"); id > 0 {
				if at < 0 {
					at = cells(row[:id])
				}
				if got := cells(row[:id]); got != at {
					t.Errorf("room %d: the Message-ID stands at %d, not %d: %q", room, got, at, row)
				}
			}
		}
	}
	if got, want := refusedRows(refused[:1], 0)[0], "2020-01-02 03:04       5 B  short  <1@x>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What was refused in the same words stands together; the time that it took is
// no difference.
func TestRefusedList(t *testing.T) {
	words := func(folder, subject, text string) checkpoint.Refused {
		return checkpoint.Refused{Source: "s", Key: folder, From: folder, To: folder, Subject: subject, Words: text}
	}
	var b strings.Builder
	listRefused(&b, []checkpoint.Refused{
		words("A", "one", "NO too big (0.001 + 0.000 secs)."), words("B", "two", "NO"),
		words("A", "three\x1b[1m", "NO\x07"), words("A", "four", "NO too big (0.2 + 0.000 secs)."),
	}, false, 0)
	want := `4 messages were refused.

A: 3 messages
                           ?  one
                           ?  four
      NO too big (0.2 + 0.000 secs).
                           ?  three\x1b[1m
      NO\x07

B: 1 message
                           ?  two
      NO
`
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
