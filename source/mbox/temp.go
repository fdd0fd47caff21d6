package mbox

import (
	"os"
	"sync"
)

// tempFiles are those of one session, in the system's folder for them. They have no
// name where the system can do without, so that a crash leaves nothing behind.
type tempFiles struct {
	mu     sync.Mutex
	open   map[*os.File]bool // true: its name is still there
	closed bool
}

// begin makes one.
func (t *tempFiles) begin() (*os.File, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, errClosed
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

// end gives one back.
func (t *tempFiles) end(f *os.File) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(f)
}

// close gives all back. Who reads one meanwhile gets an error.
func (t *tempFiles) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for f := range t.open {
		t.remove(f)
	}
}

func (t *tempFiles) remove(f *os.File) {
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
