package transfer_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// TestVerifyOracle changes what has arrived by chance, in ways of which the
// outcome is known, and wants exactly that told: at the level of headers all but
// what cannot be seen there.
func TestVerifyOracle(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { oracle(t, rand.New(rand.NewPCG(seed, 7))) })
	}
}

func oracle(t *testing.T, chance *rand.Rand) {
	paths := [][]string{inbox, {"A"}, {"A", "B"}}
	var folders []transfertest.MailFolder
	total := 0
	for i, path := range paths {
		ms := letters(fmt.Sprint("f", i, "-"), 5+chance.IntN(40))
		for range chance.IntN(6) { // true duplicates
			twin := ms[chance.IntN(len(ms))]
			twin.ID = fmt.Sprint(len(ms) + 1)
			ms = append(ms, twin)
		}
		total += len(ms)
		folders = append(folders, folder(path, ms...))
	}
	f := newFlow(t, transfertest.ServerOptions{}, folders...)
	f.mustRun(transfer.Tally{Copied: total})
	var want transfer.Differences
	hidden := 0 // alterations that only bytes show
	for _, path := range paths {
		seen := map[string]int{}
		stored := f.server.Messages(path...)
		for _, m := range stored {
			seen[string(m.Body)]++
		}
		for _, m := range stored {
			if seen[string(m.Body)] > 1 || chance.IntN(3) > 0 {
				continue // which of two twins it was nobody can tell
			}
			switch chance.IntN(7) {
			case 0:
				f.server.Take(path, m.UID)
				want.Missing++
			case 1:
				f.change(path, m.UID, func(m *transfertest.Stored) { m.Flags = append(m.Flags, "odd") })
				want.Altered++
			case 2:
				f.change(path, m.UID, func(m *transfertest.Stored) { m.Date = m.Date.Add(time.Minute) })
				want.Altered++
			case 3:
				f.change(path, m.UID, func(m *transfertest.Stored) { m.Body[len(m.Body)-4] ^= 1 })
				hidden++
			case 4:
				f.change(path, m.UID, func(m *transfertest.Stored) { m.Body = append(m.Body, "more\r\n"...) })
				want.Altered++
			case 5:
				f.server.Take(path, m.UID)
				f.server.Put([]string{"Elsewhere"}, m)
				want.Misplaced++
			case 6:
				f.server.Put(path, transfertest.Stored{Body: []byte(fmt.Sprintf("Subject: new %d\r\n\r\nnew\r\n", m.UID)), Date: m.Date})
				want.Surplus++
			}
		}
	}
	for _, a := range []transfer.Audit{{}, {InMemory: 7}, {Bytes: true}, {Bytes: true, InMemory: 7}} {
		got, sum := f.verified(func(b *transfer.Audit) { b.Bytes, b.InMemory = a.Bytes, a.InMemory })
		altered := want.Altered
		if a.Bytes {
			altered += hidden
		}
		if sum.Missing != want.Missing || sum.Altered != altered || sum.Misplaced != want.Misplaced || sum.Surplus != want.Surplus ||
			sum.Messages != total {
			t.Errorf("bytes %v, %d in memory: got %+v, want %+v and %d altered:\n%s", a.Bytes, a.InMemory, sum, want, altered, strings.Join(got, "\n"))
		}
	}
}
