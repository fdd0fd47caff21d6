//go:build !windows

package checkpoint

import (
	"errors"
	"os"
	"syscall"
)

// errLocked is how the system says that somebody else has the lock.
var errLocked = error(syscall.EWOULDBLOCK)

// lockFile takes the lock without waiting, alone or together with others. It
// ends when f is closed.
func lockFile(f *os.File, alone bool) error {
	how := syscall.LOCK_NB | syscall.LOCK_SH
	if alone {
		how = syscall.LOCK_NB | syscall.LOCK_EX
	}
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if err == nil || err == syscall.EWOULDBLOCK {
			return err
		}
		if err != syscall.EINTR {
			return &os.PathError{Op: "lock", Path: f.Name(), Err: err}
		}
	}
}

// noRoom reports whether the disk or the user's share of it is full.
func noRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
