package fault

import (
	"fmt"
	"math/rand"
	"sync"
	"testing"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
)

// together is how many pairs TestTogether tries; seed picks others.
const (
	together = 24
	seed     = 1
)

// TestTogether lets a fault of the source and one of the destination meet, two
// that mailhaul gets over by itself: it must get over both as well.
func TestTogether(t *testing.T) {
	proof.Program(t)
	sources, dests := halves()
	pick := rand.New(rand.NewSource(seed))
	var all sync.WaitGroup
	slots := make(chan bool, atOnce)
	for range together {
		i, j := pick.Intn(len(sources)), pick.Intn(len(dests))
		sources, dests := halves() // faults count, so each pair has its own
		a, b := sources[i], dests[j]
		slots <- true
		all.Go(func() {
			defer func() { <-slots }()
			t.Run(fmt.Sprintf("%s, and %s", a.name, b.name), func(t *testing.T) {
				newRig(t, row{from: a.from, to: b.to, args: []string{"--connections", "2"}}).hold()
			})
		})
	}
	all.Wait()
}

// halves are the harmless rows with faults of the source, and of the destination.
func halves() (sources, dests []row) {
	for _, r := range table() {
		switch {
		case !r.harmless():
		case r.from.Faults != nil:
			sources = append(sources, r)
		case r.to.Faults != nil:
			dests = append(dests, r)
		}
	}
	return sources, dests
}

// harmless rows end in all mail copied, exit 0, at the first run.
func (r row) harmless() bool {
	plain := r.open == "" && r.pop == nil && r.mail == nil && r.setup == nil && r.made == nil && r.besides == nil && r.args == nil && !r.moves
	return plain && r.first.exit == 0 && (!r.first.counted() || r.first.copied == 8) && r.first.lacks == nil && !r.allow.Canonical &&
		!r.allow.IgnoreFlags && !r.allow.IgnoreDates && !r.allow.IgnoreFolder
}
