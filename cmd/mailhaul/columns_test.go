package main

import (
	"strings"
	"testing"
)

func TestCells(t *testing.T) {
	for text, want := range map[string]int{"": 0, "INBOX": 5, "已发送": 6, "e\u0301": 1, "a👩b": 4, "München": 7, "a👩\u200d👩\u200d👧b": 4, "👍🏽": 2, "한국": 4, "\u1112\u1161\u11ab": 2, "🇩🇪": 2} {
		if got := cells(text); got != want {
			t.Errorf("cells(%q): got %d, want %d", text, got, want)
		}
	}
}

func FuzzShorten(f *testing.F) {
	f.Add("Gesendete Objekte", 10)
	f.Add("已发送已发送", 4)
	f.Add("e\u0301e\u0301e\u0301", 2)
	f.Fuzz(func(t *testing.T, text string, n int) {
		text, n = Safe(text), max(n%500, 1)
		for _, got := range []string{clip(text, n), squeeze(text, n)} {
			if cells(got) > max(n, 1) {
				t.Errorf("%q in %d columns: got %q, which takes %d", text, n, got, cells(got))
			}
		}
	})
}

func TestAtWords(t *testing.T) {
	for _, tc := range []struct {
		line    string
		columns int
		want    string
	}{
		{"  one two  three", 0, "  one two  three"},
		{"  one two three", 9, "  one two|  three"},
		{"  one twothreefour five", 9, "  one|  twothreefour|  five"},
		{"", 9, ""},
	} {
		if got := strings.Join(atWords(tc.line, tc.columns), "|"); got != tc.want {
			t.Errorf("%q in %d: got %q, want %q", tc.line, tc.columns, got, tc.want)
		}
	}
}
