package mailtest

import "time"

// poll asks until the answer is yes, every few milliseconds; it reports whether
// that was before the time ran out.
func poll(within time.Duration, ask func() bool) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(within); ; <-tick.C {
		if ask() {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}
