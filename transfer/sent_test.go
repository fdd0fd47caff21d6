package transfer_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// late is a flow of 50 messages of which the last one is flagged. Its connection is
// lost when that one is sent, which does not land before [transfertest.Server.Land].
func late(t *testing.T, o transfertest.ServerOptions) (f *flow, ms []transfertest.MailMessage) {
	ms = messages(50)
	ms[49].Flags = []transfer.Flag{transfer.Flagged}
	f = newFlow(t, o, folder(inbox, ms...))
	f.server.Fail(transfertest.ServerFaults{Sent: 50, Late: -1})
	return f, ms
}

// flag lets the source have other flags on the last of the messages.
func (f *flow) flag(ms []transfertest.MailMessage, flags ...transfer.Flag) {
	ms[49].Flags = flags
	f.mail.Change(inbox, "50", func(m *transfertest.MailMessage) { m.Flags = flags })
}

// onRetry does one thing after the other, each when a connection was lost.
func (f *flow) onRetry(do ...func()) {
	f.job.Watch = func(e transfer.Event) {
		if e.Kind == transfer.EventRetry && len(do) > 0 {
			do[0]()
			do = do[1:]
		}
	}
}

// landOnSettle lets what is on its way land while the run waits for it.
func (f *flow) landOnSettle() {
	f.job.Watch = func(e transfer.Event) {
		if e.Kind == transfer.EventSettle {
			f.server.Land()
		}
	}
}

// Flags that the source has taken away do not come back with a first sending that
// lands late, and those that it has given do not go.
func TestLandingWithFlagsOfThatTime(t *testing.T) {
	lose := transfertest.ServerFaults{Sent: 1}
	for name, life := range map[string]func(f *flow, ms []transfertest.MailMessage){
		"changed when it had arrived": func(f *flow, ms []transfertest.MailMessage) {
			f.mustRun(transfer.Tally{Copied: 50})
			f.flag(ms, transfer.Seen)
			f.mustRun(transfer.Tally{Present: 50})
			f.server.Land()
			f.mustRun(transfer.Tally{Present: 50})
		},
		"changed before it was sent again": func(f *flow, ms []transfertest.MailMessage) {
			f.onRetry(func() { f.flag(ms, transfer.Seen) })
			f.mustRun(transfer.Tally{Copied: 50})
			f.server.Land()
			f.mustRun(transfer.Tally{Present: 50})
		},
		"the second sending was lost": func(f *flow, ms []transfertest.MailMessage) {
			f.onRetry(func() { f.flag(ms, transfer.Seen); f.server.Fail(lose) }, f.server.Land)
			f.mustRun(transfer.Tally{Copied: 50})
		},
		"the second and the third one": func(f *flow, ms []transfertest.MailMessage) {
			f.onRetry(func() { f.flag(ms, transfer.Seen); f.server.Fail(lose) },
				func() { f.flag(ms, transfer.Answered); f.server.Fail(lose) }, f.server.Land)
			f.mustRun(transfer.Tally{Copied: 50})
		},
		"changed before the next run, in which it lands": func(f *flow, ms []transfertest.MailMessage) {
			f.cutAndStop(transfertest.ServerFaults{Sent: 50, Late: -1})
			f.flag(ms, transfer.Seen)
			time.Sleep(time.Second) // on the bubble's clock: the next run is another one
			f.landOnSettle()
			f.mustRun(transfer.Tally{Present: 50})
		},
		"the user has deleted the second one": func(f *flow, ms []transfertest.MailMessage) {
			f.onRetry(func() { f.flag(ms) })
			f.mustRun(transfer.Tally{Copied: 50})
			there := f.server.Messages("INBOX")
			f.server.Take(inbox, there[len(there)-1].UID)
			f.server.Land()
			f.mustRun(transfer.Tally{Present: 50})
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				f, ms := late(t, transfertest.ServerOptions{})
				life(f, ms)
				f.same(inbox, ms...)
				f.mustRun(transfer.Tally{Present: 50})
				f.same(inbox, ms...)
			})
		})
	}
}

// What an earlier run has sent, and the source does not list any more, is none of
// its messages when it lands: it is not counted.
func TestLandingOfWhatTheSourceHasNoMore(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ms := messages(50)
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
		f.cutAndStop(transfertest.ServerFaults{Sent: 49, Late: -1})
		f.mail.Remove(inbox, "49")
		time.Sleep(time.Second) // on the bubble's clock: the next run is another one
		f.landOnSettle()
		f.mustRun(transfer.Tally{Present: 49})
		f.same(inbox, ms...)
		f.mustRun(transfer.Tally{Present: 49})
	})
}

// shut is a destination that opens no folder.
type shut struct{ transfer.Dest }

func (shut) Open(context.Context, transfer.Folder) (transfer.Mailbox, error) {
	return transfer.Mailbox{}, noEntry{}
}

type noEntry struct{}

func (noEntry) Error() string   { return "NO [NOPERM] not yours" }
func (noEntry) Permanent() bool { return true }

// What was sent once may still land, whatever becomes of the message meanwhile: when
// a later run has carried it, its twin is looked for.
func TestLandingAfterAnotherEnd(t *testing.T) {
	fail := func(err error) func(*transfertest.MailMessage) {
		return func(m *transfertest.MailMessage) { m.Err = err }
	}
	for name, life := range map[string]func(f *flow, ms []transfertest.MailMessage){
		"not listed for a while": func(f *flow, ms []transfertest.MailMessage) {
			f.cutAndStop(transfertest.ServerFaults{Sent: 49, Late: -1})
			f.mail.Remove(inbox, "50")
			f.mustRun(transfer.Tally{Present: 48, Copied: 1, Vanished: 1})
			f.mail.Add(inbox, ms[49])
		},
		"listed and gone": func(f *flow, ms []transfertest.MailMessage) {
			f.onRetry(func() { f.mail.Change(inbox, "50", fail(transfer.ErrVanished)) })
			f.mustRun(transfer.Tally{Copied: 49, Vanished: 1})
			f.mail.Change(inbox, "50", fail(nil))
		},
		"refused, and then not given": func(f *flow, ms []transfertest.MailMessage) {
			f.mustRun(transfer.Tally{Copied: 49, Refused: 1})
			f.mail.Change(inbox, "50", fail(errors.New("not now")))
			f.mustRun(transfer.Tally{Present: 49, Refused: 1})
			f.mail.Change(inbox, "50", fail(nil))
		},
		"refused, and gone when it was looked at": func(f *flow, ms []transfertest.MailMessage) {
			f.mustRun(transfer.Tally{Copied: 49, Refused: 1})
			f.server.Put(inbox, transfertest.Stored{Body: []byte("Subject: foreign\r\n\r\n")})
			f.mail.Change(inbox, "50", fail(transfer.ErrVanished))
			f.mustRun(transfer.Tally{Present: 49, Vanished: 1})
			f.mail.Change(inbox, "50", fail(nil))
			f.server.Take(inbox, 50)
		},
		"refused, and then with its folder": func(f *flow, ms []transfertest.MailMessage) {
			f.mustRun(transfer.Tally{Copied: 49, Refused: 1})
			open := f.job.Dest.Open
			f.through(func(d transfer.Dest) transfer.Dest { return shut{d} })
			f.run(f.t.Context())
			f.job.Dest.Open = open
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				sent := 0
				refuse := func(_ transfer.Folder, l *transfer.Letter) error {
					if l.ID != "50" {
						return nil
					}
					if sent++; name[:7] == "refused" && sent == 1 {
						return errors.New("not now")
					}
					return nil
				}
				f, ms := late(t, transfertest.ServerOptions{Refuse: refuse})
				life(f, ms)
				f.mustRun(transfer.Tally{Present: 49, Copied: 1})
				f.server.Land()
				f.mustRun(transfer.Tally{Present: 50})
				f.same(inbox, ms...)
			})
		})
	}
}

// An equal message's first sending that lands for another one gets the flags of that.
func TestLandingOfATwinWithOtherFlags(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a := message("1", "Subject: x", "y")
		b := a
		a.Flags, b.ID = []transfer.Flag{transfer.Flagged}, "2"
		f := newFlow(t, transfertest.ServerOptions{NoUIDPlus: true}, folder(inbox, a))
		f.cutAndStop(transfertest.ServerFaults{Sent: 1, Late: -1})
		f.mustRun(transfer.Tally{Copied: 1})
		f.mail.Add(inbox, b)
		f.cutAndStop(transfertest.ServerFaults{Sent: 1})
		f.server.Land()
		time.Sleep(time.Second) // on the bubble's clock: the next run is another one
		f.mustRun(transfer.Tally{Present: 2})
		got := f.server.Messages(inbox...)
		if len(got) != 2 || len(got[0].Flags) != 1 || len(got[1].Flags) != 0 {
			t.Errorf("got %d messages, the flags of the last are %v, want 2 and none", len(got), got[len(got)-1].Flags)
		}
	})
}

// What was open when its source had it no more is told at once, and not only when a run
// has another reason to wait; if it lands late and is listed again, it gets the flags
// that it has by then.
func TestOpenMessageThatIsGone(t *testing.T) {
	for _, head := range []string{"Subject: x", sameName} {
		openMessageThatIsGone(t, head)
	}
}

func openMessageThatIsGone(t *testing.T, head string) {
	inBubble(t, func(t *testing.T) {
		m := message("1", head, "y")
		m.Flags = []transfer.Flag{transfer.Flagged}
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, m))
		f.cutAndStop(transfertest.ServerFaults{Sent: 1, Late: -1})
		f.mail.Remove(inbox, "1")
		f.mustRun(transfer.Tally{Vanished: 1})
		f.server.Land()
		m.Flags = []transfer.Flag{transfer.Seen}
		f.mail.Add(inbox, m)
		f.mustRun(transfer.Tally{Adopted: 1})
		f.mustRun(transfer.Tally{Present: 1})
		f.same(inbox, m)
	})
}
