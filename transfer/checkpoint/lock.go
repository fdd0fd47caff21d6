package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/mailhaul/mailhaul/transfer"
)

// lock is a lock of the operating system on a file, which holds the number of
// the process that has it. It ends with the process, however that ends. The
// file stays: removing it would let two processes lock two files of one name.
type lock struct {
	file *os.File
}

// takeLock answers an error that wraps [transfer.ErrHeld] if another has it.
func takeLock(path string) (*lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockFile(f, true); err != nil {
		if errors.Is(err, errLocked) {
			err = heldBy(f)
		}
		return nil, errors.Join(err, f.Close())
	}
	l := &lock{f}
	if err := l.sign(strconv.Itoa(os.Getpid()) + "\n"); err != nil {
		return nil, errors.Join(err, l.release())
	}
	return l, nil
}

// sign makes text the file's only content.
func (l *lock) sign(text string) error {
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err := l.file.WriteAt([]byte(text), 0)
	return err
}

// release lets go of it and of the process number.
func (l *lock) release() error {
	return errors.Join(l.file.Truncate(0), l.file.Close())
}

// heldBy is ErrHeld with the process that f names.
func heldBy(f *os.File) error {
	if pid := readPID(f); pid != 0 {
		return fmt.Errorf("%w (process %d)", transfer.ErrHeld, pid)
	}
	return transfer.ErrHeld
}

// readPID is 0 if the file names none.
func readPID(f *os.File) int {
	p, err := io.ReadAll(io.NewSectionReader(f, 0, 32))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(p)))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}

// holder is the process that has the lock at path, 0 if none has. A number
// that a crash has left there is told from a living one by the lock.
func holder(path string) int {
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	pid := readPID(f)
	if pid == 0 || !errors.Is(lockFile(f, false), errLocked) {
		return 0
	}
	return pid
}
