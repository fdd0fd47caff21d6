package transfertest

import (
	"context"

	"github.com/mailhaul/mailhaul/transfer"
)

// cancelled ends the context while the next window is awaited. The pull only
// ends when the error pair is out.
func (t *destTest) cancelled() {
	t.mustOpen(t.folder)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ls := letters(0, 2)
	var last error
	soon(t.T, "append with a context that ends", func() {
		over := make(chan struct{})
		for _, last = range t.dst.Append(ctx, t.folder, func(yield func([]*transfer.Letter) bool) {
			if yield(ls) {
				<-over
			}
		}) {
			cancel()
			if last != nil {
				close(over)
			}
		}
	})
	if last == nil {
		t.Error("append with a context that ends: the last pair is no error")
	}
	if got := len(t.store.Inspect(t.T, t.folder.Path)); got > len(ls) {
		t.Errorf("append cut by its context: got %d messages, want %d or fewer", got, len(ls))
	}
	soon(t.T, "site with a cancelled context", func() {
		if _, err := t.dst.Site(ctx); err == nil {
			t.Error("site with a cancelled context: got no error")
		}
	})
}

func (t *destTest) closed() {
	t.mustOpen(t.folder)
	if err := t.dst.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	soon(t.T, "append after close", func() {
		var last error
		for _, last = range t.dst.Append(context.Background(), t.folder, each([][]*transfer.Letter{letters(0, 1)})) {
			if last == nil {
				t.Error("append after close: got a receipt")
			}
		}
		if last == nil {
			t.Error("append after close: got no error")
		}
	})
}

func (t *destTest) closeBlocked() {
	if t.store.Stalled == nil {
		t.Skip("the test has no session that blocks")
	}
	dst := t.store.Stalled(t.T)
	soon(t.T, "a blocked call when its session closes", func() {
		done := make(chan error)
		go func() {
			_, err := dst.Site(context.Background())
			done <- err
		}()
		dst.Close()
		if err := <-done; err == nil {
			t.Error("site while the session closes: got no error")
		}
	})
}
