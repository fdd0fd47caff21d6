package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

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
