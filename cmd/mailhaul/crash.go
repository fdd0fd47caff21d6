package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/mailhaul/mailhaul/transfer"
)

// confess ends a panic, which is a bug of ours, with words and an exit code. It is
// deferred. One of a goroutine comes as an error, or comes here by its caller.
func (w *world) confess(code *int) {
	if crash := transfer.Caught(recover()); crash != nil {
		*code = exitError
		complain(w.talk, crash, exitError)
	}
}

// crashed is the panic in err, nil if there is none.
func crashed(err error) *transfer.Crash {
	var crash *transfer.Crash
	errors.As(err, &crash)
	return crash
}

// whereabouts shows where a panic was.
func whereabouts(w io.Writer, err error) {
	if crash := crashed(err); crash != nil {
		for _, line := range crash.Where {
			fmt.Fprintf(w, "    %s\n", Safe(line))
		}
	}
}

const (
	crashAdvice = "please report it with these lines, in which nothing is secret: https://github.com/mailhaul/mailhaul/issues"
	crashEffect = "what has arrived is written down; the same command goes on from there, and copies nothing twice"
)
