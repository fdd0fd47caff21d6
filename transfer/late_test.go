package transfer_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// What lands when the run is over already is found by the next one.
func TestLandingAfterTheRun(t *testing.T) {
	tests := []struct {
		name    string
		options transfertest.ServerOptions
		pause   time.Duration // between the runs
		twins   int           // that stay
		flaws   []int         // of the runs that follow
	}{
		{"soon", transfertest.ServerOptions{}, 10 * time.Millisecond, 0, []int{0, 0}},
		{"within the hour", transfertest.ServerOptions{}, 50 * time.Minute, 0, []int{0, 0}},
		{"the next day it may be the user's", transfertest.ServerOptions{}, 24 * time.Hour, 1, []int{1, 0}},
		{"without UIDPLUS", transfertest.ServerOptions{NoUIDPlus: true}, time.Second, 1, []int{1, 1}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				f := newFlow(t, tc.options, folder(inbox, messages(50)...))
				f.server.Fail(transfertest.ServerFaults{Sent: 50, Late: -1})
				f.mustRun(transfer.Tally{Copied: 50})
				f.server.Land()
				time.Sleep(tc.pause)
				for i, want := range tc.flaws {
					if rep := f.mustRun(transfer.Tally{Present: 50}); len(rep.Flaws) != want {
						t.Errorf("run %d: got flaws %q, want %d", i+2, rep.Flaws, want)
					}
				}
				if got := len(f.server.Messages("INBOX")) - 50; got != tc.twins {
					t.Errorf("got %d messages too many, want %d", got, tc.twins)
				}
			})
		})
	}
}

// Without UIDPLUS the user removes the second copy; then all is well.
func TestUserRemovesTheSecondCopy(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{NoUIDPlus: true}, folder(inbox, messages(50)...))
		f.server.Fail(transfertest.ServerFaults{Sent: 50, Late: -1})
		f.mustRun(transfer.Tally{Copied: 50})
		f.server.Land()
		f.mustRun(transfer.Tally{Present: 50})
		there := f.server.Messages("INBOX")
		f.server.Take(inbox, there[len(there)-1].UID)
		for range 2 {
			if rep := f.mustRun(transfer.Tally{Present: 50}); len(rep.Flaws) > 0 {
				t.Errorf("got flaws %q, want none", rep.Flaws)
			}
			time.Sleep(time.Hour)
		}
		if rs, err := f.cp.Doubtful(t.Context(), transfer.Folder{Path: inbox}); err != nil || len(rs) > 0 {
			t.Errorf("got %d messages in doubt, %v, want none", len(rs), err)
		}
	})
}

// A message that was sent three times may land three times.
func TestHealingOfTwoTwins(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(50)...))
		f.server.Fail(transfertest.ServerFaults{Sent: 50, Late: -1})
		lost := 0
		f.job.Watch = func(e transfer.Event) {
			if e.Kind == transfer.EventRetry {
				if lost++; lost == 1 {
					f.server.Fail(transfertest.ServerFaults{Sent: 1, Late: -1})
				}
			}
		}
		f.mustRun(transfer.Tally{Copied: 50})
		f.server.Land()
		if got := len(f.server.Messages("INBOX")); got != 52 {
			t.Fatalf("got %d messages, want the last one three times", got)
		}
		f.mustRun(transfer.Tally{Present: 50})
		f.same(inbox, messages(50)...)
	})
}

// removing loses the connection once, after it has removed what it should.
type removing struct {
	transfer.Dest
	lost *bool
}

func (d removing) Remove(ctx context.Context, f transfer.Folder, uids []uint32) error {
	if err := d.Dest.(transfer.Remover).Remove(ctx, f, uids); err != nil || *d.lost {
		return err
	}
	*d.lost = true
	return transfertest.ErrLost
}

// through has the flow reach its destination by way of what wrap makes of a session.
func (f *flow) through(wrap func(transfer.Dest) transfer.Dest) {
	open := f.job.Dest.Open
	f.job.Dest.Open = func(ctx context.Context) (transfer.Dest, error) {
		d, err := open(ctx)
		if err != nil {
			return nil, err
		}
		return wrap(d), nil
	}
}

// What was taken back before the line was lost is not missed, dated or not.
func TestLineLostWhileHealing(t *testing.T) {
	for _, dated := range []bool{true, false} {
		inBubble(t, func(t *testing.T) {
			ms := messages(50)
			for i := range ms {
				if !dated {
					ms[i].Date = time.Time{}
				}
			}
			f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
			f.server.Fail(transfertest.ServerFaults{Sent: 50, Late: -1})
			f.mustRun(transfer.Tally{Copied: 50})
			f.server.Land()
			lost := false
			f.through(func(d transfer.Dest) transfer.Dest { return removing{d, &lost} })
			for range 2 {
				if rep := f.mustRun(transfer.Tally{Present: 50}); len(rep.Flaws) > 0 {
					t.Errorf("dated %t: got flaws %q, want none", dated, rep.Flaws)
				}
				f.same(inbox, ms...)
			}
		})
	}
}

// Of two equal messages the user has deleted one and the other landed before the
// folder was renumbered: the deleted one does not take what landed.
func TestLandedTwinOfWhatTheUserDeleted(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		one, two := message("1", "Subject: x", "y"), message("2", "Subject: x", "y")
		two.Date = one.Date.AddDate(1, 0, 0)
		f := newFlow(t, transfertest.ServerOptions{WindowReceipts: true}, folder(inbox, one))
		f.mustRun(transfer.Tally{Copied: 1})
		f.server.Take(inbox, 1)
		f.mail.Add(inbox, two)
		f.cutAndStop(transfertest.ServerFaults{Stored: 1})
		f.server.Renumber("INBOX")
		time.Sleep(time.Second) // on the bubble's clock: the next run is another one
		f.mustRun(transfer.Tally{Present: 2})
		f.same(inbox, two)
	})
}

// dying is a checkpoint of which a crash leaves what was durable when it was last
// told to sync.
type dying struct {
	*transfertest.MemCheckpoint
	left *transfertest.MemCheckpoint
}

func (d *dying) Sync(ctx context.Context) error {
	err := d.MemCheckpoint.Sync(ctx)
	d.left = d.Crash()
	return err
}

// A run that is killed when all is done, and before its report is out, has told
// nobody: the next one tells of the second copy.
func TestKilledBeforeTheSecondCopyWasTold(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(50)...))
		f.server.Fail(transfertest.ServerFaults{Sent: 50, Late: -1})
		f.mustRun(transfer.Tally{Copied: 50})
		f.server.Land()
		time.Sleep(24 * time.Hour)
		cp := &dying{MemCheckpoint: f.cp}
		f.job.Checkpoint = cp
		if _, err := transfer.Run(t.Context(), f.job); err != nil {
			t.Fatal(err)
		}
		f.cp = cp.left
		for i, want := range []int{1, 0} {
			if rep := f.mustRun(transfer.Tally{Present: 50}); len(rep.Flaws) != want {
				t.Errorf("run %d after the kill: got flaws %q, want %d", i+1, rep.Flaws, want)
			}
		}
	})
}

// What was refused when it was sent again may still land from the first time, also
// when a later run has carried it.
func TestLandingOfWhatWasRefusedMeanwhile(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		refusing := true
		refuse := func(_ transfer.Folder, l *transfer.Letter) error {
			if refusing && l.ID == "50" {
				return fmt.Errorf("not now")
			}
			return nil
		}
		f := newFlow(t, transfertest.ServerOptions{Refuse: refuse}, folder(inbox, messages(50)...))
		f.server.Fail(transfertest.ServerFaults{Sent: 50, Late: -1})
		f.mustRun(transfer.Tally{Copied: 49, Refused: 1})
		refusing = false
		f.mustRun(transfer.Tally{Present: 49, Copied: 1})
		f.server.Land()
		f.mustRun(transfer.Tally{Present: 50})
		f.same(inbox, messages(50)...)
	})
}

// Of two equal messages one was sent twice long ago and the other just now: what stands
// there too many, altered, goes at once, and not in the run after the one that told of it.
func TestYoungDoubtHealsFirst(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		one, two := message("1", "Subject: x", "y"), message("2", "Subject: x", "y")
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, one))
		f.server.Fail(transfertest.ServerFaults{Sent: 1, Late: -1})
		f.mustRun(transfer.Tally{Copied: 1})
		f.alter()
		time.Sleep(2 * time.Hour)
		f.mail.Add(inbox, two)
		f.server.Fail(transfertest.ServerFaults{Sent: 1})
		f.job.Watch = func(e transfer.Event) {
			if e.Kind == transfer.EventRetry {
				f.server.Land()
			}
			f.alter()
		}
		for _, want := range []transfer.Tally{{Present: 1, Copied: 1}, {Present: 2}} {
			if rep := f.mustRun(want); len(rep.Flaws) > 0 {
				t.Errorf("got flaws %q, want none", rep.Flaws)
			}
			if got := len(f.server.Messages(inbox...)); got != 2 {
				t.Errorf("got %d messages, want 2", got)
			}
		}
	})
}

// alter adds a line to what stands in INBOX and has none, as a scanner does.
func (f *flow) alter() {
	for _, s := range f.server.Messages(inbox...) {
		f.server.Change(inbox, s.UID, func(s *transfertest.Stored) {
			if line := []byte("X-Spam: no\r\n"); !bytes.HasPrefix(s.Body, line) {
				s.Body = append(line, s.Body...)
			}
		})
	}
}
