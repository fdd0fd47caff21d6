package transfer_test

import (
	"context"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

func TestOwnCopyIsNoTwin(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{NoUIDPlus: true}, folder(inbox, messages(50)...))
		f.server.Fail(transfertest.ServerFaults{Sent: 20})
		if rep := f.mustRun(transfer.Tally{Copied: 50}); len(rep.Notes) > 0 {
			t.Errorf("got notes %q, want none", rep.Notes)
		}
	})
}

func TestHealingOutlivesACutOfTheTail(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(50)...))
		f.server.Fail(transfertest.ServerFaults{Sent: 20, Late: -1})
		copied, done := 0, false
		f.job.Watch = func(e transfer.Event) {
			if e.Fate == transfer.Copied {
				if copied += e.Count; copied == 30 {
					done = true
					f.server.Fail(transfertest.ServerFaults{Sent: 5})
				}
			}
			if e.Kind == transfer.EventRetry && done {
				f.server.Land()
			}
		}
		f.mustRun(transfer.Tally{Copied: 50})
		f.same(inbox, messages(50)...)
	})
}

func TestHealingOutlivesAnInterrupt(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(50)...))
		f.server.Fail(transfertest.ServerFaults{Sent: 20, Late: -1})
		ctx, cancel := context.WithCancel(t.Context())
		f.atCopied(50, func() {
			f.server.Land()
			cancel()
		})
		f.run(ctx)
		f.job.Watch = nil
		f.mustRun(transfer.Tally{Present: 50})
		f.same(inbox, messages(50)...)
		f.mustRun(transfer.Tally{Present: 50})
	})
}

func TestTooLateLandingIsHealed(t *testing.T) {
	ms := messages(50)
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
	f.server.Fail(transfertest.ServerFaults{Sent: 20, Late: -1})
	copied := 0
	f.job.Watch = func(e transfer.Event) { // lands when everything was sent again
		if e.Fate == transfer.Copied {
			if copied += e.Count; copied == 50 {
				f.server.Land()
			}
		}
	}
	f.mustRun(transfer.Tally{Copied: 50})
	f.same(inbox, ms...)
}

// TestAlteredCopyIsNoTwin: what the destination has altered of one message, and whose
// record is not linked, is not the second copy of another one with the same bytes.
func TestAlteredCopyIsNoTwin(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		m := dated(1)[0]
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, m))
		f.mustRun(transfer.Tally{Copied: 1})
		f.alter()
		f.server.Renumber("INBOX")
		twin := m
		twin.ID = "twin"
		f.mail.Add(inbox, twin)
		f.server.Fail(transfertest.ServerFaults{Sent: 1})
		f.mustRun(transfer.Tally{Present: 1, Copied: 1})
		f.alter()
		f.mustRun(transfer.Tally{Present: 2})
		if got := len(f.server.Messages(inbox...)); got != 2 {
			t.Errorf("got %d messages, want 2", got)
		}
	})
}

// TestTakenBackOnce: two equal messages that the destination has altered were sent
// twice, and of one the first sending has landed as well. When the line is lost as its
// second copy goes, what is left is not taken for the second copy of the other.
func TestTakenBackOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		m := dated(1)[0]
		twin := m
		twin.ID = "twin"
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, m, twin))
		f.server.Fail(transfertest.ServerFaults{Sent: 1, Late: -1})
		f.mustRun(transfer.Tally{Copied: 2})
		f.server.Land()
		there := f.server.Messages(inbox...)
		f.server.Take(inbox, there[len(there)-1].UID) // one was lost with the line
		f.alter()
		lost := false
		f.through(func(d transfer.Dest) transfer.Dest { return removing{d, &lost} })
		for range 3 {
			f.mustRun(transfer.Tally{Present: 2})
		}
		if got := len(f.server.Messages(inbox...)); got != 2 || !lost {
			t.Errorf("got %d messages, line lost %t, want 2 and true", got, lost)
		}
	})
}
