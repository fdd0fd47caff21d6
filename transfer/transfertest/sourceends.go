package transfertest

import (
	"context"
	"slices"

	"github.com/mailhaul/mailhaul/transfer"
)

func (t *sourceTest) cancelled() {
	f, ms, _ := t.largest()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	t.prompt("folders with a cancelled context", func() {
		if _, err := t.src.Folders(ctx); err == nil {
			t.Error("folders with a cancelled context: got no error")
		}
	})
	t.src = t.open()
	t.prompt("list with a cancelled context", func() {
		if err := drainMessages(t.src.List(ctx, f, "")); err == nil {
			t.Error("list with a cancelled context: got no error")
		}
	})
	t.src = t.open()
	t.prompt("fetch with a cancelled context", func() {
		if err := drainFetched(t.src.Fetch(ctx, f, ms), func() {}); err == nil {
			t.Error("fetch with a cancelled context: got no error")
		}
	})
	t.src = t.open()
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	n := 0
	t.prompt("fetch cancelled in the middle", func() {
		err := drainFetched(t.src.Fetch(ctx, f, ms), func() {
			n++
			cancel()
		})
		if err == nil && n < len(ms) {
			t.Errorf("fetch cancelled in the middle: got no error and %d of %d messages", n, len(ms))
		}
	})
}

func (t *sourceTest) closed() {
	f, _, _ := t.largest()
	if err := t.src.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	t.prompt("list after close", func() {
		if err := drainMessages(t.src.List(context.Background(), f, "")); err == nil {
			t.Error("list after close: got no error")
		}
	})
}

func (t *sourceTest) closeBlocked() {
	if t.store.Stalled == nil {
		t.Skip("nothing blocks in this source")
	}
	src := t.store.Stalled(t.T)
	t.prompt("a blocked call when its session closes", func() {
		done := make(chan error)
		go func() {
			_, err := src.Folders(context.Background())
			done <- err
		}()
		src.Close()
		if err := <-done; err == nil {
			t.Error("folders while the session closes: got no error")
		}
	})
}

// vanished removes a message after it was listed.
func (t *sourceTest) vanished() {
	if t.store.Remove == nil {
		t.Skip("this store cannot lose a message")
	}
	f, ms, want := t.largest()
	t.store.Remove(t.T, f, ms[1])
	t.src = t.open()
	gs := t.fetch(f, ms)
	for i, g := range gs {
		if i == 1 {
			t.wantGone(f, g)
			continue
		}
		t.wantBody(f, g, want.Messages[i])
	}
	left := append([]string{ms[0].ID}, idsOf(ms[2:])...)
	if got := idsOf(t.listFrom(f, "", -1)); !slices.Equal(got, left) {
		t.Errorf("list after a removal: got %q, want %q", got, left)
	}
	t.goOnAfter(f, ms[1].ID, left[1:])
	t.identifyVanished(f, ms, left)
}

// goOnAfter lists from where a message is gone: it goes on there, or says that
// it cannot. It never starts over.
func (t *sourceTest) goOnAfter(f transfer.Folder, gone string, want []string) {
	var got []string
	for m, err := range t.src.List(t.Context(), f, gone) {
		if err != nil {
			if transfer.Permanent(err) || len(got) > 0 {
				t.Errorf("list after %q, which is gone: got %q and %v, want all or a passing error", gone, got, err)
			}
			return
		}
		got = append(got, m.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("list after %q, which is gone: got %q, want %q", gone, got, want)
	}
}

func (t *sourceTest) identifyVanished(f transfer.Folder, ms []transfer.Message, left []string) {
	id, ok := t.src.(transfer.Identifier)
	if !ok {
		return
	}
	var got []string
	for m, err := range id.Identify(t.Context(), f, ms) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m.ID)
	}
	if !slices.Equal(got, left) {
		t.Errorf("identify with one gone: got %q, want %q", got, left)
	}
}

func idsOf(ms []transfer.Message) []string {
	var out []string
	for _, m := range ms {
		out = append(out, m.ID)
	}
	return out
}
