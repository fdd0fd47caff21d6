package checkpoint

import (
	"errors"
	"os"
)

// reserveSize is room for some thousand settled messages.
const reserveSize = 1 << 20

// reserve is a file of zeros that keeps room on the disk for the time when
// there is no more: what the destination has confirmed must still be
// recorded.
type reserve struct {
	path string
}

// fill makes the file if it is missing or too short.
func (r reserve) fill() error {
	if info, err := os.Stat(r.path); err == nil && info.Size() >= reserveSize {
		return nil
	}
	f, err := os.OpenFile(r.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, reserveSize))
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(r.path))
	}
	return nil
}

// release gives the room back. It reports whether there was any.
func (r reserve) release() bool { return os.Remove(r.path) == nil }
