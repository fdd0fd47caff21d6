package checkpoint

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// errLocked is how the system says that somebody else has the lock.
var errLocked = error(windows.ERROR_LOCK_VIOLATION)

// lockFile takes the lock without waiting, alone or together with others. It
// ends when f is closed. What is locked is one byte far behind the end:
// nobody else could read locked ones.
func lockFile(f *os.File, alone bool) error {
	flags := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY)
	if alone {
		flags |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{OffsetHigh: 1})
	if err == nil || errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return err
	}
	return &os.PathError{Op: "lock", Path: f.Name(), Err: err}
}

// noRoom reports whether the disk or the user's share of it is full.
func noRoom(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) ||
		errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}
