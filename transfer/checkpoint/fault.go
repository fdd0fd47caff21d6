package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/mailhaul/mailhaul/transfer"
)

// What can be wrong with the file. [transfer.Hint] of the error that wraps one
// of them tells what to do about it.
var (
	ErrFull    = errors.New("the disk is full")
	ErrDamaged = errors.New("the file is damaged")
	ErrNewer   = errors.New("a newer mailhaul made the file")
)

// Fault is an error about the checkpoint's file.
type Fault struct {
	Path  string
	Doing string // "open", "read", "write"
	Err   error
}

// Error names the file.
func (e *Fault) Error() string { return fmt.Sprintf("%s %s: %v", e.Doing, e.Path, e.Err) }

// Unwrap gives the cause.
func (e *Fault) Unwrap() error { return e.Err }

// Permanent tells that trying again at once is of no use.
func (e *Fault) Permanent() bool { return true }

// Hint tells what the user can do.
func (e *Fault) Hint() string {
	switch {
	case errors.Is(e.Err, transfer.ErrHeld):
		return "Wait until the other run has ended, or stop it; then run the same command again."
	case errors.Is(e.Err, ErrFull):
		return "Make room on the disk of " + e.Path + ", or choose another folder with --state-dir, then run the same command again: it goes on."
	case errors.Is(e.Err, ErrDamaged):
		return "Move " + e.Path + " and the files beside it that begin with the same name away, then run the same command again: mail that has arrived is recognised at the destination."
	case errors.Is(e.Err, ErrNewer):
		return "Use the newer mailhaul that wrote " + e.Path + "."
	case errors.Is(e.Err, fs.ErrPermission), errors.Is(e.Err, syscall.EROFS), errors.Is(e.Err, syscall.ENOTDIR):
		return "Make the folder of " + e.Path + " writable, or choose another one with --state-dir."
	}
	return ""
}

// fault wraps err, whose cause it names in our own words where it knows it;
// nil stays nil, and a Fault stays as it is.
func fault(path, doing string, err error) error {
	var known *Fault
	if err == nil || errors.As(err, &known) {
		return err
	}
	switch code := sqliteCode(err); {
	case isFull(err):
		err = fmt.Errorf("%w (%w)", ErrFull, err)
	case code == codes.SQLITE_CORRUPT, code == codes.SQLITE_NOTADB,
		code == codes.SQLITE_ERROR: // our words name what the file's own table of contents does not
		err = fmt.Errorf("%w (%w)", ErrDamaged, err)
	case code == codes.SQLITE_READONLY, code == codes.SQLITE_PERM:
		err = fmt.Errorf("%w (%w)", fs.ErrPermission, err)
	}
	return &Fault{path, doing, err}
}

// sqliteCode is SQLite's primary result code, 0 if err is none of its.
func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

// isFull reports whether there is no room on the disk, or not for this user.
func isFull(err error) bool {
	var e *sqlite.Error
	if errors.As(err, &e) {
		// SHMSIZE: there is no room for the index of the write-ahead log.
		return e.Code()&0xff == codes.SQLITE_FULL || e.Code() == codes.SQLITE_IOERR_SHMSIZE
	}
	return noRoom(err)
}
