//go:build !linux

package mailtest

import (
	"os"
	"os/exec"
)

func own(*exec.Cmd) {}

func lower(*exec.Cmd, owner) {}

// end asks the server to end, which then ends its children.
func end(cmd *exec.Cmd) { _ = cmd.Process.Signal(os.Interrupt) }

func alive(*exec.Cmd) bool { return false }
