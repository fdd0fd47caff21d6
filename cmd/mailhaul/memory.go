package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// heapGrowth is how much the heap may grow before it is swept, in percent of what
	// is alive: a short run ends before that.
	heapGrowth = 400
	// memoryLimit is from when on it is swept anyway, in bytes. What is alive in a
	// copy is half of that: bodies on their way, and buffers.
	memoryLimit = 38 << 20
	// laneMemory is what each lane beyond lanesWithin may take on top.
	laneMemory  = 2 << 20
	lanesWithin = 8

	// lookAlive is how often it is looked whether what is alive leaves room below the
	// limit.
	lookAlive = time.Second
)

// beFrugal bounds the memory, unless the user does that (GOGC, GOMEMLIMIT).
func beFrugal() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	boundMemory(0)
}

// boundMemory bounds the memory for so many lanes, 0 for the usual, and answers the
// limit in bytes; 0 is the user's own.
func boundMemory(lanes int) (limit int64) {
	if os.Getenv("GOMEMLIMIT") != "" || os.Getenv("GOGC") != "" {
		return 0
	}
	limit = memoryLimit + laneMemory*int64(max(lanes-lanesWithin, 0))
	debug.SetMemoryLimit(limit)
	return limit
}

// keepRoom has the memory grow as long as much is alive, as when all messages of
// a large folder are recognised at the destination: right below the limit all the time
// would go into sweeping. stop ends that.
func keepRoom(limit int64) (stop func()) {
	if limit == 0 {
		return func() {}
	}
	quit, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		look := time.NewTicker(lookAlive)
		defer look.Stop()
		for {
			select {
			case <-quit:
				return
			case <-look.C:
				debug.SetMemoryLimit(limitFor(alive(), limit))
			}
		}
	}()
	return func() {
		close(quit)
		<-over
		debug.SetMemoryLimit(limit)
	}
}

// limitFor is the limit, or more where what is alive leaves little room below it.
func limitFor(alive, limit int64) int64 {
	return max(limit, alive+max(limit/4, alive/3))
}

// alive is what the last sweep has found in use, in bytes.
func alive() int64 {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return int64(live[0].Value.Uint64())
}
