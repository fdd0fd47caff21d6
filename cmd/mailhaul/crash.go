package main

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// confess ends a panic, which is a bug of ours, with words and an exit code. It is
// deferred. What the value of a panic holds nobody knows, so only the Go runtime's
// own words are repeated, which are about types and numbers; nor are arguments told,
// as Go's own dump does.
func (w *world) confess(code *int) {
	why := recover()
	if why == nil {
		return
	}
	*code = exitError
	said := fmt.Sprintf("a panic of type %T", why)
	if own, ok := why.(runtime.Error); ok {
		said = own.Error()
	}
	fmt.Fprintf(w.talk, "mailhaul: error: this is a bug of mailhaul: %s\n", Safe(said))
	for _, line := range whereabouts() {
		fmt.Fprintf(w.talk, "    %s\n", Safe(line))
	}
	fmt.Fprintf(w.talk, "mailhaul: hint: please report it with these lines, in which nothing is secret: https://github.com/mailhaul/mailhaul/issues\n"+
		"mailhaul: what has arrived is written down; the same command goes on from there, and copies nothing twice (exit %d)\n", exitError)
}

// whereabouts are the functions that led to a panic, the innermost first.
func whereabouts() (lines []string) {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
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
