package cut

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// bench is what all points share: the servers, and the sources with their mail.
type bench struct {
	servers map[string]*server
	plain   *server // a source and a destination whose line is not lost
	dir     string  // for checkpoints
	users   atomic.Int64
	clean   map[series]mailtest.Traffic  // by series without kind and direction
	given   map[string]mailtest.Snapshot // what the sources' accounts hold
}

// newBench starts the servers that the series need and fills the sources.
func newBench(t testing.TB, all []series) *bench {
	b := &bench{servers: map[string]*server{}, plain: fake(imapserver.Modern, false)(t), clean: map[series]mailtest.Traffic{}, given: map[string]mailtest.Snapshot{}}
	b.dir = stateDir(t)
	b.fill(t, b.plain)
	for _, s := range all {
		if b.servers[s.server] == nil {
			m, ok := modelOf(s.server)
			if !ok {
				t.Fatalf("no server %q", s.server)
			}
			b.servers[s.server] = m.start(t)
		}
		if !s.atDest() && !b.servers[s.server].source {
			b.fill(t, b.servers[s.server])
		}
	}
	return b
}

// stateDir is in memory where the system has a file system there.
func stateDir(t testing.TB) string {
	if info, err := os.Stat("/dev/shm"); err != nil || !info.IsDir() {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("/dev/shm", "mailhaul-cut")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// fill makes the server a source: the accounts few and many, and those that
// POP3 reads.
func (b *bench) fill(t testing.TB, s *server) {
	s.source = true
	sides := []string{"imap"}
	if s.pop3 != "" {
		sides = append(sides, "pop3")
	}
	for _, w := range []int{1, 64} {
		for _, side := range sides {
			mails := letters(w)
			if side == "pop3" {
				mails = inOne(mails)
			}
			mailtest.Load(t, s.addr, owner(w, side), mails)
			b.given[owner(w, side)] = mailtest.FromMails(mails)
		}
	}
}

// owner is the source's account for a window.
func owner(window int, side string) string {
	name := "few"
	if window > 6 {
		name = "many"
	}
	if isPOP3(side) {
		name += "pop3"
	}
	return name
}

// untouched tells how the sources differ from what they were given.
func (b *bench) untouched() (diffs []string) {
	for _, s := range append(slices.Collect(maps.Values(b.servers)), b.plain) {
		for user, given := range b.given {
			if !s.source || s.pop3 == "" && strings.HasSuffix(user, "pop3") {
				continue
			}
			got, err := s.look(user)
			if err != nil {
				diffs = append(diffs, err.Error())
			}
			diffs = append(diffs, mailtest.Compare(given, got, mailtest.CompareOptions{})...)
		}
	}
	return diffs
}

// measure makes the clean runs, side by side, and keeps what passed.
func (b *bench) measure(t testing.TB, all []series) {
	plain := map[series]bool{}
	for _, s := range all {
		plain[s.plainSeries()] = true
	}
	var mu sync.Mutex
	var runs sync.WaitGroup
	for s := range plain {
		runs.Go(func() {
			traffic, err := b.cleanRun(t.Context(), s)
			mu.Lock()
			defer mu.Unlock()
			if b.clean[s] = traffic; err != nil {
				t.Errorf("%v: a clean run: %v", s, err)
			}
		})
	}
	runs.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// cleanRun carries without any cut.
func (b *bench) cleanRun(ctx context.Context, s series) (traffic mailtest.Traffic, err error) {
	tr, err := b.newTrial(point{s, 0}, false)
	if err != nil {
		return traffic, err
	}
	defer tr.close()
	if e := tr.run(ctx); !e.zero() {
		return traffic, errors.New(e.String())
	}
	seen, err := tr.steady()
	if err != nil {
		return traffic, err
	}
	if diffs := tr.compare(seen); len(diffs) > 0 {
		return traffic, fmt.Errorf("not exact: %q", diffs)
	}
	for _, conn := range tr.line.Traffic() {
		traffic.Up, traffic.Down = max(traffic.Up, conn.Up), max(traffic.Down, conn.Down)
	}
	return traffic, nil
}

// length is how many bytes a connection of a clean run has in the direction of the
// series, the longest if there are several.
func (b *bench) length(s series) int64 {
	if s.up {
		return b.clean[s.plainSeries()].Up
	}
	return b.clean[s.plainSeries()].Down
}

// plainSeries stands for all that have the same clean run.
func (s series) plainSeries() series {
	s.kind, s.up = "", false
	return s
}
