package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// TestGridFits: a table is never wider than its terminal, tells each number at any
// width, and keeps its columns under each other whatever characters names are of.
func TestGridFits(t *testing.T) {
	rows := [][]string{
		{"Folder", "went to", "messages", "size", "finished"},
		{"INBOX", "INBOX", "21,004", "2.9 GiB", "2026-03-14 09:35:53"},
		{"日本語/受信トレイ/とても長い名前のフォルダ", "日本語/受信トレイ", "187", "4.0 MiB", "not yet"},
		{"e\u0301te\u0301 👩\u200d👩\u200d👧 한국어", "👍🏽", "12", "1 B", "-"},
	}
	for _, room := range []int{34, 40, 60, 80, 100, 200, 0} {
		g := &grid{right: []bool{2: true, 3: true}}
		for _, row := range rows {
			g.row(append([]string{}, row...)...)
		}
		var out bytes.Buffer
		g.fit(&out, room)
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		for _, line := range lines {
			if n := cells(line); room > 0 && n > room {
				t.Errorf("%d columns: got %d in %q", room, n, line)
			}
		}
		for _, text := range []string{"INBOX", "21,004", "2.9 GiB", "187", "not yet", "12"} {
			if !strings.Contains(out.String(), text) {
				t.Errorf("%d columns: got no %q in\n%s", room, text, &out)
			}
		}
		if stacked := len(lines) > len(rows); stacked != (room > 0 && room < 70) {
			t.Errorf("%d columns: got\n%s", room, &out)
		} else if stacked {
			continue
		}
		for i, line := range lines[1:] { // the numbers end where their heading does
			before, _, _ := strings.Cut(line, rows[i+1][2]+"  ")
			head, _, _ := strings.Cut(lines[0], "messages")
			if got, want := cells(before)+len(rows[i+1][2]), cells(head)+len("messages"); got != want {
				t.Errorf("%d columns: the number of row %d ends in column %d, want %d:\n%s", room, i+1, got, want, &out)
			}
		}
	}
}

// TestNarrowLists: what verify and report list fits a terminal of any width.
func TestNarrowLists(t *testing.T) {
	r := checkpoint.Refused{Date: time.Unix(1e9, 0), Size: 1 << 20, Subject: "日本語の件名テスト、とても長い件名 and more", MessageID: "<a.very.long.one@mail.example.org>"}
	for _, room := range []int{34, 40, 51, 52, 80, 120} {
		for _, row := range refusedRows([]checkpoint.Refused{r, {}}, room) {
			for line := range strings.Lines(row) {
				indent := 2
				if strings.HasPrefix(line, "      ") { // a line of its own
					indent = 0
				}
				if n := cells(strings.TrimSuffix(line, "\n")); indent+n > room {
					t.Errorf("%d columns: got %d in %q", room, n, line)
				}
			}
			if !strings.Contains(row, "  1.0 MiB") && !strings.Contains(row, "?") {
				t.Errorf("%d columns: got %q", room, row)
			}
		}
	}
}
