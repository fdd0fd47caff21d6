package main

import (
	"reflect"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

func TestAfterwards(t *testing.T) {
	round := func(part, whole transfer.Tally) transfer.Report {
		return transfer.Report{Notes: []string{"a"}, Folders: []transfer.FolderReport{
			{Source: "pop", From: "INBOX", Tally: part, Rationed: true},
			{Source: "mbox", From: "INBOX", Tally: whole},
		}}
	}
	first := round(transfer.Tally{Messages: 10, Copied: 6, Adopted: 2, Refused: 1, Skipped: 1, Bytes: 60}, transfer.Tally{Messages: 9, Copied: 4, Present: 3, Refused: 2, Bytes: 40})
	second := round(transfer.Tally{Messages: 7, Copied: 4, Present: 1, Refused: 1, Skipped: 1, Bytes: 40}, transfer.Tally{Messages: 10, Copied: 1, Present: 7, Refused: 2, Bytes: 10})
	second.Notes, second.More = []string{"a", "b"}, true
	got := afterwards(first, second)
	want := []transfer.Tally{
		{Messages: 15, Copied: 10, Adopted: 2, Present: 1, Refused: 1, Skipped: 1, Bytes: 100},
		{Messages: 10, Copied: 5, Present: 3, Refused: 2, Bytes: 50},
	}
	for i, f := range got.Folders {
		if f.Tally != want[i] {
			t.Errorf("%s: got %+v, want %+v", f.Source, f.Tally, want[i])
		}
	}
	all := transfer.Tally{Messages: 25, Copied: 15, Adopted: 2, Present: 4, Refused: 3, Skipped: 1, Bytes: 150}
	if got.Tally != all || !got.More || !reflect.DeepEqual(got.Notes, []string{"a", "b"}) {
		t.Errorf("got %+v, more %t, notes %q, want %+v", got.Tally, got.More, got.Notes, all)
	}
}
