package dial

import (
	"sync/atomic"
	"time"
)

// maxGap is by how much the wall clock may run ahead of the monotonic one
// between two looks: a machine that sleeps stops only the latter.
const maxGap = 30 * time.Second

// clock tells the time of day, and the time since some moment, which no setting
// of the clock changes.
type clock func() (wall time.Time, mono time.Duration)

// systemClock is this machine's.
func systemClock() clock {
	began := time.Now()
	return func() (time.Time, time.Duration) {
		now := time.Now()
		return now.Round(0), now.Sub(began)
	}
}

// nap notices that the machine was asleep: the server and all between have
// forgotten the connection by then, and nobody would tell us. A clock set forward
// looks the same, and costs no more than a new connection. One set back is no nap.
type nap struct {
	clock clock
	ahead atomic.Int64 // wall clock less monotonic clock at the last look, in ns
	slept atomic.Int64 // how long the machine slept, in ns; it stays
}

func newNap(c clock) *nap {
	if c == nil {
		c = systemClock()
	}
	n := &nap{clock: c}
	n.look()
	n.slept.Store(0)
	return n
}

// look reports whether the machine has slept since the connection was made, and
// tells the monotonic time.
func (n *nap) look() (now time.Duration, slept bool) {
	wall, now := n.clock()
	ahead := wall.UnixNano() - int64(now)
	if gap := ahead - n.ahead.Swap(ahead); gap > int64(maxGap) {
		n.slept.CompareAndSwap(0, gap)
	}
	return now, n.slept.Load() != 0
}

// length is how long the machine slept, 0 if it did not.
func (n *nap) length() time.Duration { return time.Duration(n.slept.Load()) }
