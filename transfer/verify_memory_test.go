package transfer_test

import (
	"context"
	"encoding/binary"
	"flag"
	"iter"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

var crowd = flag.Int("crowd", 60_000, "messages in the folder of TestVerifyMemory")

// crowded is a source with one folder of many messages that nobody has to hold.
// Every step-th is left out, 0 leaves out none.
type crowded struct {
	n, step int
	peak    *atomic.Uint64
}

func (c crowded) Close() error { return nil }

func (c crowded) Folders(context.Context) ([]transfer.Folder, error) {
	return []transfer.Folder{{Path: inbox, Epoch: "1", Count: c.n}}, nil
}

func (c crowded) List(_ context.Context, _ transfer.Folder, after string) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		first, _ := strconv.Atoi(after)
		for i := first + 1; i <= c.n; i++ {
			if c.step > 0 && i%c.step == 0 {
				continue
			}
			m := transfer.Message{ID: strconv.Itoa(i), Date: time.Unix(int64(i), 0), Size: int64(1000 + i%5000), Flags: []transfer.Flag{transfer.Seen}}
			if !yield(m, nil) {
				return
			}
		}
	}
}

func (c crowded) Identify(_ context.Context, _ transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		var stats runtime.MemStats
		if c.peak != nil {
			runtime.ReadMemStats(&stats)
			c.peak.Store(max(c.peak.Load(), stats.HeapInuse+stats.StackInuse))
		}
		for _, m := range ms {
			n, _ := strconv.Atoi(m.ID)
			binary.BigEndian.PutUint64(m.Ident[:], uint64(n)*0x9e3779b97f4a7c15)
			m.Ident[len(m.Ident)-1] = 1 // strong
			if !yield(m, nil) {
				return
			}
		}
	}
}

func (c crowded) Fetch(_ context.Context, _ transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Fetched, error] {
	return func(yield func(transfer.Fetched, error) bool) {
		for _, m := range ms {
			if !yield(transfer.Fetched{Message: m, Err: transfer.ErrVanished}, nil) {
				return
			}
		}
	}
}

// TestVerifyMemory: a folder of any size is compared in little memory. Run it with
// -crowd 1000000 for a folder as large as there are.
func TestVerifyMemory(t *testing.T) {
	const step = 10_000
	var peak atomic.Uint64
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox))
	open := func(c crowded) func(context.Context) (transfer.Source, error) {
		return func(context.Context) (transfer.Source, error) { return c, nil }
	}
	a := transfer.Audit{Job: f.job, There: transfer.From{Name: "there", Open: open(crowded{*crowd, step, nil})}}
	a.Sources = []transfer.From{{Name: "here", Open: open(crowded{*crowd, 0, &peak})}}
	a.TempDir, a.Watch = t.TempDir(), nil
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	sum, err := transfer.Verify(t.Context(), a)
	if err != nil || sum.Missing != *crowd/step || sum.Equal != *crowd-*crowd/step {
		t.Fatalf("got %+v, %v", sum, err)
	}
	got := int64(peak.Load()) - int64(before.HeapInuse)
	t.Logf("%d messages in %v, %d MiB at the most", *crowd, sum.Took, got>>20)
	if got > 40<<20 {
		t.Errorf("got %d MiB for %d messages, want 40 at the most", got>>20, *crowd)
	}
}

// secretive is a source that counts one message more than it lists.
type secretive struct{ crowded }

func (h secretive) Folders(context.Context) ([]transfer.Folder, error) {
	return []transfer.Folder{{Path: inbox, Epoch: "1", Count: h.n + 1}}, nil
}

func (h secretive) Count(context.Context, transfer.Folder) (int, error) { return h.n + 1, nil }

// TestVerifyHiddenMail: what a side does not list must not pass for equal.
func TestVerifyHiddenMail(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox))
	a := transfer.Audit{Job: f.job}
	open := func(context.Context) (transfer.Source, error) { return secretive{crowded{5, 0, nil}}, nil }
	a.Sources, a.There = []transfer.From{{Name: "here", Open: open}}, transfer.From{Name: "there", Open: open}
	if sum, err := transfer.Verify(t.Context(), a); err == nil || !strings.Contains(err.Error(), "holds 6 messages and lists 5") {
		t.Errorf("got %+v, %v, want that it cannot be compared", sum, err)
	}
}
