package transfer_test

import (
	"context"
	"errors"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// cutAndStop loses the connection at the letter of that number and interrupts
// the run then.
func (f *flow) cutAndStop(faults transfertest.ServerFaults) {
	ctx, cancel := context.WithCancel(f.t.Context())
	f.server.Fail(faults)
	f.job.Watch = func(e transfer.Event) {
		if e.Kind == transfer.EventRetry {
			cancel()
		}
	}
	f.run(ctx)
	f.job.Watch = nil
}

func TestInterruptedRunGoesOn(t *testing.T) {
	ms := messages(1000)
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
	ctx, cancel := context.WithCancel(t.Context())
	f.job.Watch = func(e transfer.Event) {
		if e.Fate == transfer.Copied {
			cancel()
		}
	}
	rep, err := f.run(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got error %v, want context.Canceled", err)
	}
	if got := len(f.server.Messages("INBOX")); got != rep.Tally.Copied || got == 1000 {
		t.Errorf("got %d messages there and %d counted, want them equal and fewer than 1000", got, rep.Tally.Copied)
	}
	f.mustRun(transfer.Tally{Present: rep.Tally.Copied, Copied: 1000 - rep.Tally.Copied})
	f.same(inbox, ms...)
}

func TestOpenMessageGoneFromTheSourceVanishes(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(50)...))
		f.server.Fail(transfertest.ServerFaults{Sent: 20})
		f.job.Watch = func(e transfer.Event) {
			if e.Kind == transfer.EventRetry {
				f.mail.Remove(inbox, "25")
			}
		}
		f.mustRun(transfer.Tally{Copied: 49, Vanished: 1})
		f.mustRun(transfer.Tally{Present: 49})
	})
}

// oneDigit carries only messages whose ID has one digit.
type oneDigit struct{ transfertest.Straight }

func (oneDigit) Message(m transfer.Message) (transfer.Message, string) {
	if len(m.ID) > 1 {
		return m, "has two digits"
	}
	return m, ""
}
func (oneDigit) Fingerprint() string { return "one digit" }

func TestOpenMessageThatIsNotWantedAnyMore(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(30)...))
		f.cutAndStop(transfertest.ServerFaults{Sent: 5})
		f.job.Mapper = oneDigit{}
		f.mustRun(transfer.Tally{Present: 4, Copied: 5, Skipped: 21})
		f.mustRun(transfer.Tally{Present: 9, Skipped: 21})
		f.job.Mapper = transfertest.Straight{}
		f.mustRun(transfer.Tally{Present: 9, Copied: 21})
		f.same(inbox, messages(30)...)
	})
}

func TestWhatIsOpenIsSettledWhereItWasSent(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{WindowReceipts: true}, folder(inbox, messages(30)...))
		f.cutAndStop(transfertest.ServerFaults{Stored: 20})
		f.job.Mapper = elsewhere{}
		if rep, err := f.run(t.Context()); err != nil || rep.Tally.Messages != 30 {
			t.Errorf("got %+v, %v, want 30 messages", rep.Tally, err)
		}
		if got := len(f.server.Messages("INBOX")) + len(f.server.Messages("Other")); got != 30 {
			t.Errorf("got %d messages in both folders, want 30", got)
		}
		f.mail.Add(inbox, message("new", "Subject: new", "x"))
		f.mustRun(transfer.Tally{Present: 30, Copied: 1})
		if got := len(f.server.Messages("Other")); got != 1 {
			t.Errorf("got %d messages in Other, want the new one", got)
		}
	})
}
