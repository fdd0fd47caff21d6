package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// TestEnded: a run that found nothing new has written its note, and nothing else.
func TestEnded(t *testing.T) {
	then := time.Now().Add(-time.Hour).Truncate(time.Second)
	s := checkpoint.Status{Path: filepath.Join(t.TempDir(), "job.db"), Started: then, Ended: then}
	note := &runNote{PID: 1, Started: time.Now(), Updated: time.Now()}
	for _, tc := range []struct {
		over  bool
		ended time.Time
		want  time.Time
	}{
		{true, then, note.Updated}, {false, then, then}, {true, note.Updated.Add(time.Second), note.Updated.Add(time.Second)},
		{true, time.Time{}, time.Time{}}, // the run that it tells of was undone, or another one was cut off since
	} {
		note.Over, s.Ended = tc.over, tc.ended
		if err := note.write(notePath(s.Path)); err != nil {
			t.Fatal(err)
		}
		if got := ended(s); !got.Equal(tc.want) {
			t.Errorf("note over: %v, checkpoint ended %v: got %v, want %v", tc.over, tc.ended, got, tc.want)
		}
	}
	s.PID, s.Ended = 7, then
	if got := state(s); got != "running (process 7)" {
		t.Errorf("a run that has written nothing yet: got %q", got)
	}
}
