package main

import (
	"context"
	"sync/atomic"

	"github.com/mailhaul/mailhaul/transfer"
)

// knockAhead has a connection to either side on its way while the checkpoint is
// being opened. The caller calls leave when the run is over.
func knockAhead(ctx context.Context, job *transfer.Job) (leave func()) {
	ctx, cancel := context.WithCancel(ctx)
	to := newCaller(ctx, &job.Dest.Knock)
	var from *caller[transfer.Source]
	if len(job.Sources) == 1 { // of several nobody knows which comes first
		from = newCaller(ctx, &job.Sources[0].Knock)
	}
	return func() {
		cancel()
		to.leave()
		from.leave()
	}
}

// caller is one connection that was made ahead.
type caller[S any] struct {
	came  chan knocked[S]
	taken atomic.Bool
}

type knocked[S any] struct {
	door transfer.Door[S]
	err  error
}

// newCaller knocks, and has the next who does find that door. It is nil where
// nobody can knock.
func newCaller[S any](ctx context.Context, knock *func(context.Context) (transfer.Door[S], error)) *caller[S] {
	first := *knock
	if first == nil {
		return nil
	}
	c := &caller[S]{came: make(chan knocked[S], 1)}
	go func() {
		var a knocked[S]
		a.err = transfer.Guard(func() (err error) { a.door, err = first(ctx); return err })
		c.came <- a
	}()
	*knock = func(ctx context.Context) (transfer.Door[S], error) {
		if c.taken.Swap(true) {
			return first(ctx)
		}
		select {
		case a := <-c.came:
			return a.door, a.err
		case <-ctx.Done():
			c.taken.Store(false) // for leave
			return nil, context.Cause(ctx)
		}
	}
	return c
}

// leave closes the door that nobody took.
func (c *caller[S]) leave() {
	if c == nil || c.taken.Swap(true) {
		return
	}
	if a := <-c.came; a.err == nil {
		a.door.Close()
	}
}
