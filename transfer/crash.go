package transfer

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// Crash is a panic, which is a bug of ours, as an error that ends the run. In a
// goroutine a panic would end the program before anybody could tell of it. What
// the value of a panic holds nobody knows, so only the Go runtime's own words are
// kept, which are about types and numbers; nor are arguments, as in Go's own dump.
type Crash struct {
	Said  string
	Where []string // the functions that led to it, the innermost first
}

func (c *Crash) Error() string { return "this is a bug of mailhaul: " + c.Said }

// Permanent is always true.
func (c *Crash) Permanent() bool { return true }

// Guard runs do and gives its panic as a [*Crash]. Each goroutine that does
// something with what came from outside does it under Guard.
func Guard(do func() error) (err error) {
	defer func() {
		if crash := Caught(recover()); crash != nil {
			err = crash
		}
	}()
	return do()
}

// Caught makes a Crash of what recover gave, nil of nothing. A deferred function
// calls it while the stack still shows where the panic was. What was brought
// here from a goroutine of an internal package tells both by `Panic() (any, []uintptr)`.
func Caught(why any) *Crash {
	pcs := make([]uintptr, 64)
	switch what := why.(type) {
	case nil:
		return nil
	case *Crash:
		return what
	case interface{ Panic() (any, []uintptr) }:
		why, pcs = what.Panic()
	default:
		pcs = pcs[:runtime.Callers(3, pcs)]
	}
	c := &Crash{Said: fmt.Sprintf("a panic of type %T", why), Where: whereabouts(pcs)}
	if own, ok := why.(runtime.Error); ok {
		c.Said = own.Error()
	}
	return c
}

// whereabouts names functions without the Go runtime's.
func whereabouts(pcs []uintptr) (lines []string) {
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") {
			lines = append(lines, fmt.Sprintf("%s (%s:%d)", f.Function, filepath.Base(f.File), f.Line))
		}
		if !more {
			return lines
		}
	}
}
