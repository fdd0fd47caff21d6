package transfer_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// bug panics with a secret.
func bug() { panic("sending canary4711") }

type buggySource struct {
	transfer.Source
	folders, fetch bool
}

func (s buggySource) Folders(ctx context.Context) ([]transfer.Folder, error) {
	if s.folders {
		bug()
	}
	return s.Source.Folders(ctx)
}

func (s buggySource) Fetch(ctx context.Context, f transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Fetched, error] {
	return tripping(s.Source.Fetch(ctx, f, ms), s.fetch)
}

// tripping panics at the 200th pair, if it shall.
func tripping[T any](pairs iter.Seq2[T, error], shall bool) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		n := 0
		for got, err := range pairs {
			if n++; n == 200 && shall {
				bug()
			}
			if !yield(got, err) {
				return
			}
		}
	}
}

type buggyDest struct {
	transfer.Dest
	open, receipt bool
}

func (d buggyDest) Open(ctx context.Context, f transfer.Folder) (transfer.Mailbox, error) {
	if d.open {
		bug()
	}
	return d.Dest.Open(ctx, f)
}

func (d buggyDest) Append(ctx context.Context, f transfer.Folder, windows func(yield func([]*transfer.Letter) bool)) iter.Seq2[transfer.Receipt, error] {
	return tripping(d.Dest.Append(ctx, f, windows), d.receipt)
}

// ahead is a destination that has taken as many windows as may be out before it
// answers the first, and that ends only when its goroutine has.
type ahead struct{ transfer.Dest }

func (d ahead) Append(ctx context.Context, f transfer.Folder, windows func(yield func([]*transfer.Letter) bool)) iter.Seq2[transfer.Receipt, error] {
	return func(yield func(transfer.Receipt, error) bool) {
		taken, over := make(chan []*transfer.Letter, 100), make(chan bool)
		go func() {
			defer close(over)
			defer close(taken)
			windows(func(w []*transfer.Letter) bool { taken <- w; return true })
		}()
		defer func() { <-over }()
		first := func(take func([]*transfer.Letter) bool) {
			for range 4 {
				if w, more := <-taken; !more || !take(w) {
					return
				}
			}
		}
		for r, err := range d.Dest.Append(ctx, f, first) {
			if !yield(r, err) {
				return
			}
		}
	}
}

type buggyCheckpoint struct {
	transfer.Checkpoint
	begin, settle bool
}

func (c buggyCheckpoint) Begin(ctx context.Context, w transfer.Window) error {
	if c.begin {
		bug()
	}
	return c.Checkpoint.Begin(ctx, w)
}

func (c buggyCheckpoint) Settle(ctx context.Context, rs []transfer.Record) error {
	if c.settle {
		bug()
	}
	return c.Checkpoint.Settle(ctx, rs)
}

type buggyMapper struct{ transfertest.Straight }

func (buggyMapper) Message(m transfer.Message) (transfer.Message, string) {
	if m.ID == "200" {
		bug()
	}
	return m, ""
}

// TestAPanicInAnyGoroutineEndsTheRunWithAnError: it is told by where it was, without
// what it was about, and the next run goes on and doubles nothing.
func TestAPanicInAnyGoroutineEndsTheRunWithAnError(t *testing.T) {
	ms := messages(1200)
	for name, spoil := range map[string]func(*transfer.Job){
		"while folders are listed": func(j *transfer.Job) { inSource(j, buggySource{folders: true}) },
		"while sessions are opened ahead": func(j *transfer.Job) {
			open, n := j.Dest.Open, make(chan bool, 1)
			j.Dest.Open = func(ctx context.Context) (transfer.Dest, error) {
				select {
				case n <- true: // the first is let in
				default:
					bug()
				}
				return open(ctx)
			}
		},
		"in the loader":          func(j *transfer.Job) { inSource(j, buggySource{fetch: true}) },
		"in the mapper":          func(j *transfer.Job) { j.Mapper = buggyMapper{} },
		"in the appender":        func(j *transfer.Job) { inDest(j, buggyDest{open: true}) },
		"in the port":            func(j *transfer.Job) { inDest(j, buggyDest{receipt: true}) },
		"as a window is begun":   func(j *transfer.Job) { j.Checkpoint = buggyCheckpoint{Checkpoint: j.Checkpoint, begin: true} },
		"as a receipt is booked": func(j *transfer.Job) { j.Checkpoint = buggyCheckpoint{Checkpoint: j.Checkpoint, settle: true} },
		"as a port still waits for windows": func(j *transfer.Job) {
			open := j.Dest.Open
			j.Dest.Open = func(ctx context.Context) (transfer.Dest, error) {
				dest, err := open(ctx)
				return ahead{dest}, err
			}
			j.Checkpoint = buggyCheckpoint{Checkpoint: j.Checkpoint, settle: true}
		},
		"in the watcher": func(j *transfer.Job) {
			j.Watch = func(e transfer.Event) {
				if e.Kind == transfer.EventMessages {
					bug()
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms[:600]...), folder([]string{"Sent"}, ms[600:]...))
			job := f.job
			job.Checkpoint = f.cp
			spoil(&job)
			err := runToItsEnd(t.Context(), job)
			var crash *transfer.Crash
			if !errors.As(err, &crash) {
				t.Fatalf("got error %v, want a crash", err)
			}
			if crash.Said != "a panic of type string" || len(crash.Where) == 0 || !strings.Contains(crash.Where[0], "transfer_test.bug (crash_test.go:") {
				t.Errorf("got %q at %q, want its type, and first where it was", crash.Said, crash.Where)
			}
			if text := err.Error() + strings.Join(crash.Where, ""); strings.Contains(text, "canary") {
				t.Errorf("got %q, want it without the panic's value", text)
			}
			if _, err := f.run(t.Context()); err != nil {
				t.Fatalf("the next run: got error %v, want none", err)
			}
			f.same(inbox, ms[:600]...)
			f.same([]string{"Sent"}, ms[600:]...)
		})
	}
}

// runToItsEnd runs a job whose panic may come out as one, as before there are lanes.
func runToItsEnd(ctx context.Context, job transfer.Job) error {
	return transfer.Guard(func() error {
		_, err := transfer.Run(ctx, job)
		return err
	})
}

func inSource(j *transfer.Job, s buggySource) {
	open := j.Sources[0].Open
	j.Sources = slices.Clone(j.Sources)
	j.Sources[0].Open = func(ctx context.Context) (_ transfer.Source, err error) {
		s := s
		s.Source, err = open(ctx)
		return s, err
	}
}

func inDest(j *transfer.Job, d buggyDest) {
	open := j.Dest.Open
	j.Dest.Open = func(ctx context.Context) (_ transfer.Dest, err error) {
		d := d
		d.Dest, err = open(ctx)
		return d, err
	}
}
