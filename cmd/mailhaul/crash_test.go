package main

import (
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// clumsy is a viewer that panics at the first event.
type clumsy struct{ plain }

func (*clumsy) see(transfer.Event, *progress) { panic("a bug") }

// TestAPanicOfAViewerComesToWhoTells: nobody goes on unseen, or waits for ever.
func TestAPanicOfAViewerComesToWhoTells(t *testing.T) {
	w := newWatch(t.Context(), &clumsy{})
	over := time.Now().Add(time.Minute)
	err := transfer.Guard(func() error {
		for time.Now().Before(over) {
			w.tell(transfer.Event{Kind: transfer.EventNote})
		}
		return nil
	})
	if crashed(err) == nil {
		t.Errorf("got %v from telling, want the crash", err)
	}
	if err := transfer.Guard(func() error { w.aside(func() {}); return nil }); crashed(err) == nil {
		t.Errorf("got %v from an aside, want the crash", err)
	}
	if err := transfer.Guard(func() error { w.close(); return nil }); crashed(err) == nil {
		t.Errorf("got %v from closing, want the crash", err)
	}
}
