package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestLimitFor(t *testing.T) {
	const mb = 1 << 20
	for _, tc := range []struct{ alive, want int64 }{
		{0, 40 * mb}, {30 * mb, 40 * mb}, {31 * mb, 41*mb + mb/3}, {90 * mb, 120 * mb},
	} {
		if got := limitFor(tc.alive, 40*mb); got != tc.want {
			t.Errorf("%d MB alive: got a limit of %d, want %d", tc.alive/mb, got, tc.want)
		}
	}
}

// TestKeepRoom: the limit gives way to what is alive, and comes back when that is gone.
func TestKeepRoom(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	limit := boundMemory(0)
	if limit != memoryLimit || debug.SetMemoryLimit(-1) != limit {
		t.Fatalf("got a limit of %d, set %d, want %d", limit, debug.SetMemoryLimit(-1), memoryLimit)
	}
	stop := keepRoom(limit)
	held := make([]byte, 3*memoryLimit)
	await(t, "much is alive", func(set int64) bool { return set >= 3*memoryLimit })
	stop()
	if set := debug.SetMemoryLimit(-1); set != limit {
		t.Errorf("after the run: got a limit of %d, want %d", set, limit)
	}
	time.Sleep(3 * lookAlive / 2)
	if set := debug.SetMemoryLimit(-1); set != limit {
		t.Errorf("a while after the run: got a limit of %d, want %d", set, limit)
	}
	runtime.KeepAlive(held)
}

// await sweeps until the limit is as it shall be.
func await(t *testing.T, when string, good func(set int64) bool) {
	t.Helper()
	for end := time.Now().Add(20 * lookAlive); !good(debug.SetMemoryLimit(-1)); time.Sleep(lookAlive / 4) {
		if time.Now().After(end) {
			t.Fatalf("%s: the limit stayed at %d", when, debug.SetMemoryLimit(-1))
		}
		runtime.GC()
	}
}

// TestMemoryOfTheUser: who sets a limit of his own has it.
func TestMemoryOfTheUser(t *testing.T) {
	before := debug.SetMemoryLimit(math.MaxInt64)
	defer debug.SetMemoryLimit(before)
	for _, name := range []string{"GOMEMLIMIT", "GOGC"} {
		t.Setenv("GOMEMLIMIT", "")
		t.Setenv("GOGC", "")
		t.Setenv(name, "100")
		if limit := boundMemory(20); limit != 0 || debug.SetMemoryLimit(-1) != math.MaxInt64 {
			t.Errorf("%s: got %d and a limit of %d, want none", name, limit, debug.SetMemoryLimit(-1))
		}
	}
	keepRoom(0)()
}
