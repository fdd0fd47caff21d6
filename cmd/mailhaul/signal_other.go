//go:build !unix

package main

import "os"

// onAsked does nothing where there is no SIGUSR1.
func onAsked(chan<- os.Signal) {}
