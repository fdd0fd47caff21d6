package transfer_test

import (
	"context"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

func TestLimits(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(1000)...))
	f.job.MaxBytes = 2000
	rep, err := f.run(t.Context())
	if err != nil || !rep.Limited || rep.Tally.Copied == 0 || rep.Tally.Copied == 1000 {
		t.Fatalf("got %+v, %v, want a limited run", rep.Tally, err)
	}
	f.job.MaxBytes = 0
	f.mustRun(transfer.Tally{Present: rep.Tally.Copied, Copied: 1000 - rep.Tally.Copied})
	f.same(inbox, messages(1000)...)
}

func TestByteLimitIsKept(t *testing.T) {
	ms := messages(100)
	for i := range ms {
		ms[i].Body = append(ms[i].Body, strings.Repeat("0123456789abcdef", 1<<16)...)
	}
	f := newFlow(t, transfertest.ServerOptions{Ahead: 1, WindowReceipts: true}, folder(inbox, ms...))
	f.job.MaxBytes, f.job.Lanes = 10<<20, 1
	rep, err := f.run(t.Context())
	if got := rep.Tally.Bytes >> 20; err != nil || !rep.Limited || got < 10 || got > 14 {
		t.Errorf("got %d MiB, limited %v, error %v, want 10 MiB and at most a window more", got, rep.Limited, err)
	}
}

// slow is a source that takes its time.
type slow struct {
	transfer.Source
	folders, list time.Duration
}

func (s *slow) Folders(ctx context.Context) ([]transfer.Folder, error) {
	time.Sleep(s.folders)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return s.Source.Folders(ctx)
}

func (s *slow) List(ctx context.Context, f transfer.Folder, after string) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		for m, err := range s.Source.List(ctx, f, after) {
			if !yield(m, err) {
				return
			}
		}
		time.Sleep(s.list)
	}
}

func TestTimeLimitIsNoErrorWhereverItStrikes(t *testing.T) {
	for _, d := range [][2]time.Duration{{0, 3 * time.Second}, {3 * time.Second, 0}} {
		inBubble(t, func(t *testing.T) {
			f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(20)...))
			f.server.Put(inbox, transfertest.Stored{Body: messages(1)[0].Body})
			open := f.job.Sources[0].Open
			f.job.Sources[0].Open = func(ctx context.Context) (transfer.Source, error) {
				s, err := open(ctx)
				return &slow{s, d[0], d[1]}, err
			}
			f.job.MaxTime = time.Second
			if rep, err := f.run(t.Context()); err != nil || !rep.Limited {
				t.Errorf("folders take %v, lists %v: got limited %v and error %v, want a limit", d[0], d[1], rep.Limited, err)
			}
		})
	}
}

func TestFullDestinationEndsTheRun(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{Quota: 4000}, folder(inbox, messages(200)...))
	_, err := f.run(t.Context())
	if !transfer.Full(err) {
		t.Fatalf("got error %v, want one that is Full", err)
	}
}
