//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// onAsked has SIGUSR1 ask for a line of progress, on Unix.
func onAsked(asked chan<- os.Signal) { signal.Notify(asked, syscall.SIGUSR1) }
