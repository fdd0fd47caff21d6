package main

import "time"

// stream is how many bytes went through, over time, in few numbers however long it
// takes.
type stream struct {
	began time.Time
	first time.Time // when the first bytes came
	// steps are sums over step each, from began on: two become one when there are
	// too many.
	step  time.Duration
	steps []int64
	// seconds are the sums of the latest seconds, the current one last.
	seconds []int64
	now     int64 // the current second, counted from began
}

const (
	mostSteps  = 120
	firstStep  = 100 * time.Millisecond
	mostSecs   = 60
	recentSpan = 15 * time.Second
)

// add counts bytes that came at that moment; 0 lets time pass.
func (f *stream) add(at time.Time, bytes int64) {
	if bytes > 0 && f.first.IsZero() {
		f.first = at
	}
	if f.step == 0 {
		f.step = firstStep
	}
	spent := max(at.Sub(f.began), 0)
	for int(spent/f.step) >= mostSteps {
		f.halve()
	}
	for n := int(spent / f.step); len(f.steps) <= n; {
		f.steps = append(f.steps, 0)
	}
	f.steps[int(spent/f.step)] += bytes
	f.pass(int64(spent / time.Second))
	f.seconds[len(f.seconds)-1] += bytes
}

// halve makes one step of two.
func (f *stream) halve() {
	for i := range f.steps {
		if i%2 == 0 {
			f.steps[i/2] = f.steps[i]
		} else {
			f.steps[i/2] += f.steps[i]
		}
	}
	f.steps, f.step = f.steps[:(len(f.steps)+1)/2], 2*f.step
}

// pass goes on to that second.
func (f *stream) pass(second int64) {
	if len(f.seconds) == 0 {
		f.seconds, f.now = append(f.seconds, 0), second
	}
	for f.now = max(f.now, second-mostSecs); f.now < second; f.now++ {
		if f.seconds = append(f.seconds, 0); len(f.seconds) > mostSecs {
			f.seconds = f.seconds[1:]
		}
	}
}

// since is how long it has flowed.
func (f *stream) since(now time.Time) time.Duration {
	if f.first.IsZero() {
		return 0
	}
	return now.Sub(f.first)
}

// rate is bytes a second over the latest moments.
func (f *stream) rate(now time.Time) float64 {
	spent := f.since(now)
	if spent <= 0 {
		return 0
	}
	span := min(spent, recentSpan)
	n := min(int(span/time.Second)+1, len(f.seconds))
	sum := int64(0)
	for _, b := range f.seconds[len(f.seconds)-n:] {
		sum += b
	}
	return float64(sum) / max(span.Seconds(), 1)
}

// recent are n sums of the latest minute, or of all the time while that is less.
func (f *stream) recent(n int) []int64 {
	out := make([]int64, n)
	each := max((len(f.seconds)+n-1)/n, 1)
	for i := range out {
		end := len(f.seconds) - (n-1-i)*each
		for k := max(end-each, 0); k < end; k++ {
			out[i] += f.seconds[k]
		}
	}
	return out
}

// spark draws numbers in characters of eight heights; no flow is a blank.
func spark(values []int64) string {
	most := int64(0)
	for _, v := range values {
		most = max(most, v)
	}
	out := make([]rune, len(values))
	for i, v := range values {
		switch {
		case most == 0 || v == 0:
			out[i] = ' '
		default:
			out[i] = []rune("▁▂▃▄▅▆▇█")[min(v*8/most, 7)]
		}
	}
	return string(out)
}
