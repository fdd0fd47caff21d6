//go:build !linux

package mailtest

import (
	"os/exec"
	"testing"
)

// Terminal is one at which a program runs: on Linux only.
type Terminal struct{}

// AtTerminal skips the test.
func AtTerminal(t testing.TB, _ *exec.Cmd) *Terminal {
	Skip(t, "terminals are made on Linux only")
	return nil
}

// AtTerminalOf skips the test.
func AtTerminalOf(t testing.TB, cmd *exec.Cmd, _, _ uint16) *Terminal { return AtTerminal(t, cmd) }

// Shown shows nothing.
func (*Terminal) Shown() string { return "" }

// Wait does nothing.
func (*Terminal) Wait(string) {}

// Next does nothing.
func (*Terminal) Next(string) {}

// Type does nothing.
func (*Terminal) Type(string) {}

// Press does nothing.
func (*Terminal) Press(string) {}

// WaitForEnd does nothing.
func (*Terminal) WaitForEnd() {}
