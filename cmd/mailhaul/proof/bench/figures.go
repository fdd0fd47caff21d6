package main

import (
	"math"
	"slices"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
)

// Report is all that is printed.
type Report struct {
	Machine Machine  `json:"machine"`
	Setup   Setup    `json:"setup"`
	Mail    Mail     `json:"mail"`
	Results []Result `json:"results"`
}

// Mail is what was copied.
type Mail struct {
	Messages int   `json:"messages"`
	Folders  int   `json:"folders"`
	Bytes    int64 `json:"bytes"`
	Median   int   `json:"median_bytes"`
	Largest  int   `json:"largest_bytes"`
}

// Result is what came out for one round trip time.
type Result struct {
	RoundTrip int   `json:"rtt_ms"`
	Run             // medians
	Runs      []Run `json:"runs"`
}

// Run is one copy, and the same command once more, when nothing was new.
type Run struct {
	First Figures `json:"first"`
	Again Figures `json:"again"`
}

// Figures are those of one run of mailhaul, from its start to its end: it opens
// its state, signs in, copies, signs out.
type Figures struct {
	Seconds  float64 `json:"seconds"`
	Messages float64 `json:"messages_per_second"`     // copied; looked at, if nothing was new
	MB       float64 `json:"mb_per_second,omitempty"` // million bytes of mail copied
	CPU      float64 `json:"cpu_seconds"`             // of mailhaul alone, user and system
	// Peak is the largest resident memory in MiB (2^20), 0 where the system does not
	// tell. It is what the kernel says of the running process, VmHWM, asked for every 5
	// ms: the Maxrss it tells at the end counts the memory of us who started it.
	Peak float64 `json:"peak_mib"`
	// Turnarounds are the round trips that were waited for: the questions that
	// mailhaul asked when nothing else was under way, up or down, as the proxy saw it
	// ([mailtest.Traffic], Waits). What is pipelined costs none. All connections count
	// together, though they wait at the same time; connecting does not count, a TLS
	// handshake does. 0 where no proxy was between.
	Turnarounds       float64 `json:"turnarounds,omitempty"`
	SourceTurnarounds float64 `json:"source_turnarounds,omitempty"`
	DestTurnarounds   float64 `json:"dest_turnarounds,omitempty"`
	Connections       float64 `json:"connections,omitempty"` // likewise, to both sides together
}

// figures are those of a run that copied so many messages, or looked at them.
func figures(end proof.End, messages int, bytes int64) Figures {
	seconds := end.Took.Seconds()
	return Figures{
		Seconds: round(seconds, 1000), CPU: round(end.CPU.Seconds(), 1000), Peak: round(float64(end.Peak)/(1<<20), 10),
		Messages: round(float64(messages)/seconds, 1), MB: round(float64(bytes)/1e6/seconds, 100),
	}
}

// round keeps 1/of of x: figures of 17 digits are no truer.
func round(x, of float64) float64 { return math.Round(x*of) / of }

// medians are those of each figure on its own.
func medians(runs []Run) Run {
	of := func(side func(Run) Figures) Figures {
		middle := func(one func(Figures) float64) float64 {
			var all []float64
			for _, r := range runs {
				all = append(all, one(side(r)))
			}
			return median(all)
		}
		return Figures{
			Seconds:           middle(func(f Figures) float64 { return f.Seconds }),
			Messages:          middle(func(f Figures) float64 { return f.Messages }),
			MB:                middle(func(f Figures) float64 { return f.MB }),
			CPU:               middle(func(f Figures) float64 { return f.CPU }),
			Peak:              middle(func(f Figures) float64 { return f.Peak }),
			Turnarounds:       middle(func(f Figures) float64 { return f.Turnarounds }),
			SourceTurnarounds: middle(func(f Figures) float64 { return f.SourceTurnarounds }),
			DestTurnarounds:   middle(func(f Figures) float64 { return f.DestTurnarounds }),
			Connections:       middle(func(f Figures) float64 { return f.Connections }),
		}
	}
	return Run{of(func(r Run) Figures { return r.First }), of(func(r Run) Figures { return r.Again })}
}

// median of a list that is not empty.
func median(all []float64) float64 {
	slices.Sort(all)
	n := len(all)
	return round((all[(n-1)/2]+all[n/2])/2, 1000)
}
