package transfer_test

import (
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
)

// TestSimRepeats lives through worlds twice: seeds that make two histories could
// not be played again. A few may: goroutines that are woken at one moment of the
// clock run in any order.
func TestSimRepeats(t *testing.T) {
	if raced {
		t.Skip("the race detector draws the order of goroutines by chance")
	}
	worlds, differ := max(*seeds, 20), 0
	for s := range uint64(worlds) {
		var lives [2]string
		for k := range lives {
			end := simAlone()
			synctest.Test(t, func(t *testing.T) {
				w := newSimWorld(1001 + s)
				w.live(t.Context())
				lives[k] = strings.Join(w.history, "\n")
			})
			end()
		}
		if lives[0] != lives[1] {
			differ++
		}
	}
	t.Logf("%d of %d seeds make two histories", differ, worlds)
	if differ*5 > worlds {
		t.Errorf("got two histories for %d of %d seeds, want one for nearly all", differ, worlds)
	}
}

// simAlone keeps what else goes on in the program from the order in which a world's
// goroutines are woken: other processors and the garbage collector. end allows both.
func simAlone() (end func()) {
	processors, percent := runtime.GOMAXPROCS(1), debug.SetGCPercent(-1)
	return func() {
		debug.SetGCPercent(percent)
		runtime.GC()
		runtime.GOMAXPROCS(processors)
	}
}
