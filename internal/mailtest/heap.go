package mailtest

import "runtime"

// Heap is how many bytes are in use, after a collection.
func Heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
