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

// TestRefusalsOfEarlierRounds: what was refused and is not shown any more is still
// told, unless it has arrived since.
func TestRefusalsOfEarlierRounds(t *testing.T) {
	ref := func(id string) transfer.Refusal { return transfer.Refusal{Source: "pop", From: "INBOX", ID: id} }
	lost := unseen([]transfer.Refusal{ref("1"), ref("2"), ref("3"), ref("1")}, []transfer.Refusal{ref("2")})
	if want := []transfer.Refusal{ref("1"), ref("3")}; !reflect.DeepEqual(lost, want) {
		t.Fatalf("got %v, want %v", lost, want)
	}
	r := transfer.Report{Refusals: []transfer.Refusal{ref("2")}, Tally: transfer.Tally{Messages: 4, Copied: 3, Refused: 1},
		Folders: []transfer.FolderReport{{Source: "pop", From: "INBOX", Tally: transfer.Tally{Messages: 4, Copied: 3, Refused: 1}}}}
	got := withRefusals(r, lost, func(ref transfer.Refusal) bool { return ref.ID == "3" })
	want := transfer.Tally{Messages: 5, Copied: 3, Refused: 2}
	if got.Tally != want || got.Folders[0].Tally != want || !reflect.DeepEqual(got.Refusals, []transfer.Refusal{ref("2"), ref("3")}) {
		t.Errorf("got %+v, want %+v and the refusals 2 and 3", got, want)
	}
}
