package imap

import (
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
)

// What a folder costs in round trips decides the speed over a long way.
func TestRoundTrips(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	line := mailtest.Proxy(t, server.IMAP, mailtest.ProxyOptions{})
	d := open(t, line.Addr, server.NewUser())
	opening := func(f transfer.Folder) func() error {
		return func() error {
			_, err := d.Open(t.Context(), f)
			return err
		}
	}
	stored := func(from uint32) func() error {
		return func() (last error) {
			for _, last = range d.Stored(t.Context(), box, from, nil) {
			}
			return last
		}
	}
	steps := []struct {
		name string
		do   func() error
		want int
	}{
		{"open a new folder", opening(box), 1},
		{"append", func() error { _, err := sendOpen(t, d, some(0, 20)); return err }, 1},
		{"stored from 1", stored(1), 2},
		{"stored from the middle", stored(9), 3},
		{"stored from the end", stored(100), 1},
		{"open another one", opening(transfer.Folder{Path: []string{"INBOX"}}), 1},
		{"open the first again", opening(box), 1},
		{"change flags", func() error {
			_, err := d.(transfer.Reflagger).Reflag(t.Context(), box, []transfer.Reflag{{UID: 1, Add: []transfer.Flag{transfer.Seen}}})
			return err
		}, 1},
		{"remove", func() error { return d.(transfer.Remover).Remove(t.Context(), box, []uint32{1}) }, 1},
	}
	if _, err := d.Site(t.Context()); err != nil {
		t.Fatal(err)
	}
	last := line.Traffic()[0].Turns
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		was := last
		last = line.Traffic()[0].Turns
		if got := last - was; got != step.want {
			t.Errorf("%s: got %d round trips, want %d", step.name, got, step.want)
		}
	}
}
