package main

import (
	"os"
	"runtime/debug"
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
)

// beFrugal bounds the memory, unless the user does that (GOGC, GOMEMLIMIT).
func beFrugal() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	boundMemory(0)
}

// boundMemory bounds the memory for so many lanes, 0 for the usual.
func boundMemory(lanes int) {
	if os.Getenv("GOMEMLIMIT") == "" && os.Getenv("GOGC") == "" {
		debug.SetMemoryLimit(memoryLimit + laneMemory*int64(max(lanes-lanesWithin, 0)))
	}
}
