package transfer_test

import (
	"slices"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// sifted is a Mapper that leaves out flagged messages, under its name.
type sifted struct {
	transfertest.Straight
	name string
}

func (sifted) Message(m transfer.Message) (transfer.Message, string) {
	if slices.Contains(m.Flags, transfer.Flagged) {
		return m, "flagged"
	}
	return m, ""
}
func (m sifted) Fingerprint() string { return m.name }

// What the mapper has left out stays left out, without a look.
func TestLeftOutStaysLeftOut(t *testing.T) {
	ms := messages(50)
	for i := range 10 {
		ms[i].Flags = []transfer.Flag{transfer.Flagged}
	}
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
	f.job.Mapper = sifted{name: "one"}
	c := f.watchLists()
	f.mustRun(transfer.Tally{Copied: 40, Skipped: 10})
	f.mail.Add(inbox, message("new", "Subject: new", "more"))
	c.gives = 0
	f.mustRun(transfer.Tally{Copied: 1, Present: 40, Skipped: 10})
	if c.brief == 0 || c.gives != 1 {
		t.Errorf("got %d listed briefly and %d fetched, want some and 1", c.brief, c.gives)
	}
	// One of them is wanted now.
	f.mail.Change(inbox, "3", func(m *transfertest.MailMessage) { m.Flags = nil })
	f.mustRun(transfer.Tally{Copied: 1, Present: 41, Skipped: 9})
	// Another mapper wants all.
	f.job.Mapper = transfertest.Straight{}
	f.mail.Add(inbox, message("newer", "Subject: newer", "more"))
	f.mustRun(transfer.Tally{Copied: 10, Present: 42})
}

// What is left out cannot be told from what nobody has seen where a source tells no
// state, or nothing has arrived yet; and who knows what its new flags make of it.
func TestLeftOutIsNoExcuse(t *testing.T) {
	for _, tc := range []struct {
		name      string
		stateless bool
		arrived   int
		forged    transfer.Message
	}{
		{"without a state", true, 5, asWas("new")},
		{"nothing arrived", false, 0, asWas("new")},
		{"other flags", false, 5, transfer.Message{ID: "new", Size: -1, Brief: transfer.Undated}},
	} {
		ms := messages(10 + tc.arrived)
		for i := range 10 {
			ms[i].Flags = []transfer.Flag{transfer.Flagged}
		}
		from := folder(inbox, ms...)
		from.Stateless = tc.stateless
		f := newFlow(t, transfertest.ServerOptions{}, from)
		f.job.Mapper = sifted{name: "one"}
		c := f.watchLists()
		f.mustRun(transfer.Tally{Copied: tc.arrived, Skipped: 10})
		f.mail.Remove(inbox, "1") // one that was left out
		f.mail.Add(inbox, message("new", "Subject: new", "more"))
		c.forge = func(ms []transfer.Message) []transfer.Message {
			ms[len(ms)-1] = tc.forged
			return ms
		}
		f.mustRun(transfer.Tally{Copied: 1, Present: tc.arrived, Skipped: 9})
		if c.since != "" {
			t.Errorf("%s: got a last list since %q, want a whole one", tc.name, c.since)
		}
	}
}
