package main

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// leaveNote is a run that ended so, with mail or without.
func leaveNote(checkpoint string, copied int) {
	v := &recorder{}
	v.hold(checkpoint)
	p := newProgress()
	if copied > 0 {
		p.count(transfer.Event{Kind: transfer.EventMessages, Fate: transfer.Copied, Count: copied, Bytes: int64(copied)})
		v.see(transfer.Event{Kind: transfer.EventFolder}, p)
	}
	v.end(p)
	v.conclude(transfer.Report{Tally: transfer.Tally{Copied: copied}, Took: time.Second}, nil, exitDone)
}

// Runs that come to no folder add a line each; when there are many they are written
// anew.
func TestNoteOfRunsWithNothingNew(t *testing.T) {
	checkpoint := filepath.Join(t.TempDir(), "x.db")
	path := notePath(checkpoint)
	size := func() int64 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	leaveNote(checkpoint, 5)
	whole := size()
	flow := readNote(checkpoint).Flow
	leaveNote(checkpoint, 0)
	line := size() - whole
	half, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, half[:len(half)-10], 0o600); err != nil { // the disk was full
		t.Fatal(err)
	}
	leaveNote(checkpoint, 0)
	got := readNote(checkpoint)
	if got == nil || got.End.Tally.Copied != 0 || len(got.Earlier) != 1 || got.Earlier[0].Copied != 5 || !reflect.DeepEqual(got.Flow, flow) {
		t.Errorf("got %+v, want the third run, the first before it, and its flow", got)
	}
	longest := int64(0)
	for range 3 * longNote / line {
		leaveNote(checkpoint, 0)
		longest = max(longest, size())
	}
	if got := readNote(checkpoint); longest > longNote+2*line || longest < longNote-line || len(got.Earlier) != keptRuns {
		t.Errorf("got up to %d bytes, and %d runs before, want about %d and %d", longest, len(got.Earlier), longNote, keptRuns)
	}
	leaveNote(checkpoint, 7)
	if got := readNote(checkpoint); got.End.Tally.Copied != 7 || len(got.Earlier) != keptRuns || size() > longNote/2 {
		t.Errorf("got %+v in %d bytes, want the last run and %d before", got, size(), keptRuns)
	}
}

// A run's note keeps what the ones before it have left.
func TestNoteKeepsEarlierRuns(t *testing.T) {
	checkpoint := filepath.Join(t.TempDir(), "x.db")
	for n := range 3 {
		v := &recorder{}
		v.hold(checkpoint)
		v.end(newProgress())
		v.conclude(transfer.Report{Tally: transfer.Tally{Copied: n + 1}, Took: time.Second}, nil, exitDone)
	}
	got := readNote(checkpoint)
	if got == nil || got.End.Tally.Copied != 3 || len(got.Earlier) != 2 || got.Earlier[0].Copied != 1 || got.Earlier[1].Copied != 2 {
		t.Errorf("got %+v, want the third run and two before", got)
	}
}
