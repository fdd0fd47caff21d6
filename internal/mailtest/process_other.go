//go:build !linux

package mailtest

import (
	"os"
	"os/exec"
)

func own(*exec.Cmd) {}

// end asks Dovecot to end, which then ends its children.
func end(cmd *exec.Cmd) { _ = cmd.Process.Signal(os.Interrupt) }

func alive(*exec.Cmd) bool { return false }
