package mailtest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

// own makes the command the head of a process group of its own, which ends with
// us even if we are killed.
func own(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

// lower makes the command run as another user from its start, so that it ends
// with us: a process that gives up root by itself forgets that. Cyrus does not
// end when it is only asked to; its idle children end after a minute.
func lower(cmd *exec.Cmd, o owner) {
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	if o.root {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(o.uid), Gid: uint32(o.gid)}
	}
}

// end kills the command and all of its group. Dovecot would take a second to
// end when asked, to save what is thrown away here.
func end(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

// alive reports whether any process of the command's group still runs. One that
// only waits to be reaped by init does not.
func alive(cmd *exec.Cmd) bool {
	if syscall.Kill(-cmd.Process.Pid, 0) == syscall.ESRCH {
		return false
	}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		// "pid (name) state parent group ...": the name may hold anything.
		f := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(f) > 2 && string(f[2]) == strconv.Itoa(cmd.Process.Pid) && string(f[0]) != "Z" {
			return true
		}
	}
	return false
}
