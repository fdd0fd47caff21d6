package transfer_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

type refusedSignIn struct{}

func (refusedSignIn) Error() string       { return "NO wrong password" }
func (refusedSignIn) SignInRefused() bool { return true }

func TestTroubleOpening(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(3)...))
	f.server.Fail(transfertest.ServerFaults{Open: 1})
	f.mail.Fail(transfertest.MailFaults{Open: 1})
	f.mustRun(transfer.Tally{Copied: 3})

	f.mail.Fail(transfertest.MailFaults{Open: 99, OpenErr: refusedSignIn{}})
	before := f.mail.Opened()
	_, err := f.run(t.Context())
	var side *transfer.SideError
	if !transfer.SignInRefused(err) || !errors.As(err, &side) || side.Side != transfer.AtSource {
		t.Errorf("got error %v, want a refused sign-in at the source", err)
	}
	if f.mail.Opened()-before > 1 {
		t.Errorf("a refused sign-in was tried again")
	}
}

// away is a server that wants to be left alone for years.
type away struct{}

func (away) Error() string             { return "Backoff Time: 999999999 seconds" }
func (away) RetryAfter() time.Duration { return 999999999 * time.Second }

func TestNoServerKeepsUsWaitingForYears(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(3)...))
		f.mail.Fail(transfertest.MailFaults{Open: 1, OpenErr: away{}})
		start := time.Now()
		if _, err := f.run(t.Context()); err == nil || time.Since(start) > time.Hour {
			t.Errorf("got error %v after %v, want one at once", err, time.Since(start))
		}
	})
}

func TestGivesUpInTheEnd(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(3)...))
	f.job.Tries = 2
	f.job.Sources[0].Open = func(context.Context) (transfer.Source, error) { return nil, transfertest.ErrLost }
	if _, err := f.run(t.Context()); !errors.Is(err, transfertest.ErrLost) {
		t.Errorf("got error %v, want %v", err, transfertest.ErrLost)
	}
}
