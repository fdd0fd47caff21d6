package imap

import (
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
)

// What a folder costs in round trips decides the speed over a long way: one for
// the list, one for the texts.
func TestRoundTrips(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	mailtest.Load(t, server.IMAP, user, mailtest.Corpus(5, 60, mailtest.CorpusOptions{Small: true}))
	line := mailtest.Proxy(t, server.IMAP, mailtest.ProxyOptions{})
	s := open(t, line.Addr, user)
	fs, err := s.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	last := line.Traffic()[0].Turns
	turns := func() int {
		was := last
		last = line.Traffic()[0].Turns
		return last - was
	}
	for _, f := range fs {
		if f.Count == 0 {
			continue
		}
		var ms []transfer.Message
		for m, err := range s.List(t.Context(), f, "") {
			if err != nil {
				t.Fatal(err)
			}
			ms = append(ms, m)
		}
		if got := turns(); got != 1 {
			t.Errorf("%s: listing took %d round trips, want 1", f.Name(), got)
		}
		for x, err := range s.Fetch(t.Context(), f, ms) {
			if err != nil || x.Err != nil {
				t.Fatal(err, x.Err)
			}
		}
		if got := turns(); got != 1 {
			t.Errorf("%s: fetching took %d round trips, want 1", f.Name(), got)
		}
	}
}
