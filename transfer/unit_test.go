package transfer

import (
	"sync"
	"testing"
)

// The appender tells what has arrived while the loader lists the folder again. The
// race detector looks.
func TestEventBesideTheLoader(t *testing.T) {
	p := &passage{from: Folder{Path: []string{"a", "b"}}}
	var loader sync.WaitGroup
	loader.Go(func() { p.from.Since, p.from.State = "7", "" })
	if e := p.event(EventMessages); e.From != "a/b" {
		t.Errorf("got %q, want a/b", e.From)
	}
	loader.Wait()
}
