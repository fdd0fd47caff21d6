package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// gate is a door that counts who comes by.
type gate struct{ closed *int }

func (g gate) Enter(context.Context) (transfer.Dest, error) { return nil, errors.New("nobody home") }
func (g gate) Took() time.Duration                          { return time.Second }
func (g gate) Close() error                                 { *g.closed++; return nil }

func TestKnockAhead(t *testing.T) {
	knocks, closed := 0, 0
	var refuse error
	job := func() *transfer.Job {
		knocks, closed = 0, 0
		j := &transfer.Job{}
		j.Dest.Knock = func(context.Context) (transfer.Door[transfer.Dest], error) {
			knocks++
			return gate{&closed}, refuse
		}
		return j
	}
	j := job()
	knockAhead(t.Context(), j)()
	if knocks != 1 || closed != 1 {
		t.Errorf("nobody came: got %d knocks, %d closed, want 1 and 1", knocks, closed)
	}
	j = job()
	leave := knockAhead(t.Context(), j)
	for range 2 {
		if door, err := j.Dest.Knock(t.Context()); err != nil || door.Took() != time.Second {
			t.Errorf("got %v, %v, want a door", door, err)
		}
	}
	if leave(); knocks != 2 || closed != 0 {
		t.Errorf("two came: got %d knocks, %d closed, want 2 and none", knocks, closed)
	}
	refuse = errors.New("refused")
	j = job()
	leave = knockAhead(t.Context(), j)
	if _, err := j.Dest.Knock(t.Context()); !errors.Is(err, refuse) {
		t.Errorf("got %v, want the error of knocking", err)
	}
	if leave(); closed != 0 {
		t.Errorf("got %d closed, want none", closed)
	}
}

// TestKnockAheadGivenUp: who does not wait leaves the door to be closed.
func TestKnockAheadGivenUp(t *testing.T) {
	closed, open := 0, make(chan struct{})
	j := &transfer.Job{}
	j.Dest.Knock = func(context.Context) (transfer.Door[transfer.Dest], error) {
		<-open
		return gate{&closed}, nil
	}
	leave := knockAhead(t.Context(), j)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.Dest.Knock(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
	close(open)
	if leave(); closed != 1 {
		t.Errorf("got %d closed, want 1", closed)
	}
}
