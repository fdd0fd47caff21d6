package checkpoint

import (
	"errors"
	"io/fs"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
)

// memoryBound is how much more of the heap may be in use, in bytes. Without a
// limit 200,000 waiting changes take far more.
const memoryBound = 16 << 20

// TestMemory settles and claims the messages of a large folder.
func TestMemory(t *testing.T) {
	if testing.Short() || raced() {
		t.Skip("writes 400,000 rows, which the race detector makes a matter of minutes")
	}
	const n = 200_000
	l := mustOpen(t, options(t))
	b := enter(t, l, inbox, archive)
	renewed := inbox
	renewed.Epoch = "2"
	next := enter(t, l, renewed, archive)
	rs := make([]transfer.Record, n)
	for i := range rs {
		rs[i] = landed(letter(b.ID, strconv.Itoa(i)), archive, uint32(i+1))
	}
	for _, tc := range []struct {
		name string
		run  func() error
	}{
		{"settle", func() error { return l.Settle(t.Context(), rs) }},
		{"claim", func() error {
			for _, r := range rs {
				if err := l.Claim(t.Context(), next.ID, r, r.ID); err != nil {
					return err
				}
			}
			return nil
		}},
	} {
		grown, err := growth(tc.run)
		if err != nil || grown > memoryBound {
			t.Errorf("%s %d: got %d bytes more, %v, want %d at most", tc.name, n, grown, err, memoryBound)
		}
		t.Logf("%s: %d bytes more", tc.name, grown)
	}
	if uids, err := l.Linked(t.Context(), archive, archive.Epoch); err != nil || len(uids) != n {
		t.Errorf("linked: got %d, %v, want %d", len(uids), err, n)
	}
	if rs, err := l.Former(t.Context(), next.ID); err != nil || len(rs) != 0 {
		t.Errorf("former: got %d, %v, want none", len(rs), err)
	}
}

// TestQueueLimit looks at what waits in memory when the file takes nothing.
func TestQueueLimit(t *testing.T) {
	l := mustOpen(t, options(t))
	b := enter(t, l, inbox, archive)
	if err := l.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	readOnly := func(on string) {
		if err := l.db.exec("PRAGMA query_only=" + on); err != nil {
			t.Fatal(err)
		}
	}
	rs := letters(b.ID, 0, 4*queueLimit)
	for i := range rs {
		rs[i] = landed(rs[i], archive, uint32(i+1))
	}
	renewed := inbox
	renewed.Epoch = "2"
	next := enter(t, l, renewed, archive)
	for name, run := range map[string]func() error{
		"settle": func() error { return l.Settle(t.Context(), rs) },
		"claim": func() (err error) {
			for i := 0; i < len(rs) && err == nil; i++ {
				err = l.Claim(t.Context(), next.ID, rs[i], rs[i].ID)
			}
			return err
		},
	} {
		readOnly("on")
		err := run()
		if n := len(l.queued.changes); !errors.Is(err, fs.ErrPermission) || n > queueLimit+10 {
			t.Errorf("%s %d: got %d waiting, %v, want %d and no permission", name, len(rs), n, err, queueLimit)
		}
		readOnly("off")
		if err := l.Sync(t.Context()); err != nil || len(l.queued.changes) > 0 {
			t.Errorf("%s, writable again: got %d waiting, %v, want none", name, len(l.queued.changes), err)
		}
	}
}

// raced tells whether the race detector is at work.
func raced() bool {
	info, _ := debug.ReadBuildInfo()
	return info != nil && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// growth is by how much the heap in use grew while run was at work, in bytes,
// looked at now and then.
func growth(run func() error) (most int64, err error) {
	before := mailtest.Heap()
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = run()
	}()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			most = max(most, mailtest.Heap()-before)
		case <-done:
			return max(most, mailtest.Heap()-before), err
		}
	}
}
