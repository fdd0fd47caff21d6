package transfer_test

import (
	"context"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// lastUID is that of the newest message in INBOX.
func (f *flow) lastUID() uint32 {
	there := f.server.Messages(inbox...)
	return there[len(there)-1].UID
}

// mark sets flags on a message at the destination, as its user does.
func (f *flow) mark(uid uint32, flags ...transfer.Flag) {
	f.server.Change(inbox, uid, func(s *transfertest.Stored) { s.Flags = flags })
}

// Of two equal messages with other flags both have landed when the user gives one those
// of the other: he keeps them.
func TestUserMarksLikeTheTwin(t *testing.T) {
	for name, arrive := range map[string]func(f *flow, a, b transfertest.MailMessage){
		"both open": func(f *flow, a, b transfertest.MailMessage) {
			f.mail.Add(inbox, a, b)
			f.cutAndStop(transfertest.ServerFaults{Stored: 2})
		},
		"the other sent twice long ago": func(f *flow, a, b transfertest.MailMessage) {
			f.mail.Add(inbox, a)
			f.server.Fail(transfertest.ServerFaults{Sent: 1})
			f.mustRun(transfer.Tally{Copied: 1})
			time.Sleep(2 * time.Hour)
			f.mail.Add(inbox, b)
			f.cutAndStop(transfertest.ServerFaults{Stored: 1})
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a := message("1", "Subject: x", "y")
				b := a
				a.Flags, b.ID = []transfer.Flag{transfer.Flagged}, "2"
				f := newFlow(t, transfertest.ServerOptions{WindowReceipts: true}, folder(inbox))
				arrive(f, a, b)
				f.mark(f.lastUID(), transfer.Flagged)
				time.Sleep(time.Second)
				f.mustRun(transfer.Tally{Present: 2})
				b.Flags = a.Flags
				f.same(inbox, a, b)
			})
		})
	}
}

// twice is a flow whose message stands there a second time, since its first sending has
// landed late.
func twice(t *testing.T, m transfertest.MailMessage) *flow {
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, m))
	f.server.Fail(transfertest.ServerFaults{Sent: 1, Late: -1})
	f.mustRun(transfer.Tally{Copied: 1})
	f.server.Land()
	return f
}

// marking is a session whose line is lost, so many times, when the messages to be
// removed are marked and not removed yet.
type marking struct {
	transfer.Dest
	times *int
}

func (d marking) Remove(ctx context.Context, f transfer.Folder, uids []uint32) error {
	if *d.times == 0 {
		return d.Dest.(transfer.Remover).Remove(ctx, f, uids)
	}
	*d.times--
	var marks []transfer.Reflag
	for _, uid := range uids {
		marks = append(marks, transfer.Reflag{UID: uid, Add: []transfer.Flag{transfer.Deleted}})
	}
	if _, err := d.Dest.(transfer.Reflagger).Reflag(ctx, f, marks); err != nil {
		return err
	}
	return transfertest.ErrLost
}

func (d marking) Reflag(ctx context.Context, f transfer.Folder, changes []transfer.Reflag) ([]string, error) {
	return d.Dest.(transfer.Reflagger).Reflag(ctx, f, changes)
}

// What is left of two copies is not the one that was marked to be removed.
func TestNothingMarkedIsLeft(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		m := message("1", "Subject: x", "y")
		f := twice(t, m)
		times := 3
		f.through(func(d transfer.Dest) transfer.Dest { return marking{d, &times} })
		f.mustRun(transfer.Tally{Present: 1})
		f.same(inbox, m)
	})
}

// lazy is a session that removes nothing, though it says so.
type lazy struct {
	transfer.Dest
	calls *int
}

func (d lazy) Remove(context.Context, transfer.Folder, []uint32) error { *d.calls++; return nil }

// A server that lets stand what it says is gone is asked once a run.
func TestRemovedMessageStillThere(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := twice(t, message("1", "Subject: x", "y"))
		calls := 0
		f.through(func(d transfer.Dest) transfer.Dest { return lazy{d, &calls} })
		f.mustRun(transfer.Tally{Present: 1})
		if calls != 1 {
			t.Errorf("got %d calls, want 1", calls)
		}
	})
}

// crashing is a session at whose first removal the program is killed: what the
// checkpoint has not made durable is gone.
type crashing struct {
	transfer.Dest
	f    *flow
	left **transfertest.MemCheckpoint
}

func (d crashing) Remove(ctx context.Context, f transfer.Folder, uids []uint32) error {
	if *d.left == nil {
		*d.left = d.f.cp.Crash()
	}
	return d.Dest.(transfer.Remover).Remove(ctx, f, uids)
}

// A run that is killed as it takes a copy back has written down for good what stands for
// the message.
func TestKilledWhileTakingBack(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		m := message("1", "Subject: x", "y")
		f := twice(t, m)
		var left *transfertest.MemCheckpoint
		f.through(func(d transfer.Dest) transfer.Dest { return crashing{d, f, &left} })
		f.mustRun(transfer.Tally{Present: 1})
		doubtful, err := left.Doubtful(t.Context(), transfer.Folder{Path: inbox})
		if err != nil || len(doubtful) != 1 || doubtful[0].UID != f.lastUID() {
			t.Errorf("got %+v, %v, want the UID %d of the copy that is left", doubtful, err, f.lastUID())
		}
	})
}

// A second copy of one message that an equal one gets for its own loses the flags which
// only the first was sent with.
func TestSecondCopyOfTheTwin(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a := message("1", "Subject: x", "y")
		b := a
		a.Flags, b.ID = []transfer.Flag{transfer.Flagged}, "2"
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, a, b))
		lose := transfertest.ServerFaults{Sent: 1, Late: -1}
		f.server.Fail(lose)
		f.onRetry(func() { f.server.Fail(lose) })
		f.mustRun(transfer.Tally{Copied: 2})
		before := f.lastUID()
		f.server.Land()
		for _, s := range f.server.Messages(inbox...) {
			if s.UID > before && len(s.Flags) == 0 { // only the first message lands again
				f.server.Take(inbox, s.UID)
			}
		}
		f.job.Watch = nil
		f.mustRun(transfer.Tally{Present: 2})
		f.same(inbox, a, b)
	})
}
