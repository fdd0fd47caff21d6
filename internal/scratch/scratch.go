// Package scratch lends the temporary files in which sources of long folders keep
// what they know of each message.
package scratch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// ErrTorn is for who reads something else than was written.
var ErrTorn = errors.New("a temporary file does not hold what was written")

// Files are the open ones of one session, in the system's folder for such. They have
// no name where the system can do without, so that a crash leaves nothing behind. The
// zero value is ready; who made it closes it. Several goroutines may use it.
type Files struct {
	mu     sync.Mutex
	open   map[*os.File]bool // true: its name is still there
	closed bool
}

// New makes a file. The error is that of the system, or [fs.ErrClosed].
func (t *Files) New() (*os.File, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, fmt.Errorf("make a temporary file: %w", fs.ErrClosed)
	}
	f, err := os.CreateTemp("", "mailhaul-*")
	if err != nil {
		return nil, err
	}
	named := os.Remove(f.Name()) != nil // Windows lets an open file stand
	if t.open == nil {
		t.open = map[*os.File]bool{}
	}
	t.open[f] = named
	return f, nil
}

// End gives one back. It may be nil, or given back before.
func (t *Files) End(f *os.File) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(f)
}

// Close gives all back. Who reads one meanwhile gets an error.
func (t *Files) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for f := range t.open {
		t.remove(f)
	}
}

func (t *Files) remove(f *os.File) {
	named, open := t.open[f]
	if !open {
		return
	}
	delete(t.open, f)
	_ = f.Close()
	if named {
		_ = os.Remove(f.Name())
	}
}
