package transfer_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// stamps gives each message that is stored a line of its own at the top.
func stamps(uid uint32, body []byte) []byte {
	return append(fmt.Appendf(nil, "X-Stored-As: %d\r\n", uid), body...)
}

// rewrites does, and writes a header anew that tells who the message is.
func rewrites(uid uint32, body []byte) []byte {
	return stamps(uid, bytes.Replace(body, []byte("Subject: "), []byte("Subject: re-encoded "), 1))
}

// TestAlteredLanding: a line is lost, and what had landed is found though the
// destination has made something else of it, each time another.
func TestAlteredLanding(t *testing.T) {
	for _, tc := range []struct {
		name    string
		options transfertest.ServerOptions
		lost    transfertest.ServerFaults
		twins   int
	}{
		{"some have arrived before", transfertest.ServerOptions{Alter: stamps}, transfertest.ServerFaults{Stored: 20}, 0},
		{"and land within the settle time", transfertest.ServerOptions{Alter: stamps, Ahead: 2}, transfertest.ServerFaults{Sent: 20, Late: 3}, 0},
		{"all have landed", transfertest.ServerOptions{Alter: stamps, WindowReceipts: true}, transfertest.ServerFaults{Receipt: 1}, 0},
		{"one has", transfertest.ServerOptions{Alter: stamps}, transfertest.ServerFaults{Stored: 1}, 0},
		{"no UIDs are told", transfertest.ServerOptions{Alter: stamps, NoUIDPlus: true}, transfertest.ServerFaults{Stored: 20}, 0},
		{"headers are written anew: nobody can tell", transfertest.ServerOptions{Alter: rewrites}, transfertest.ServerFaults{Stored: 20}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				f := newFlow(t, tc.options, folder(inbox, dated(50)...))
				f.server.Fail(tc.lost)
				f.mustRun(transfer.Tally{Copied: 50})
				if got := len(f.server.Messages(inbox...)); got != 50+tc.twins {
					t.Errorf("got %d messages, want %d", got, 50+tc.twins)
				}
				f.mustRun(transfer.Tally{Present: 50})
			})
		})
	}
}

// TestLookAlikeWhileOpen: somebody puts mail into the folder with the headers and the
// date of what is open. That has not landed.
func TestLookAlikeWhileOpen(t *testing.T) {
	for name, tc := range map[string]struct {
		options transfertest.ServerOptions
		lost    transfertest.ServerFaults
		own     int // of what is open, landed
	}{
		"others have arrived": {transfertest.ServerOptions{}, transfertest.ServerFaults{Sent: 20}, 0},
		"one has landed":      {transfertest.ServerOptions{}, transfertest.ServerFaults{Sent: 1}, 1},
		"it alters":           {transfertest.ServerOptions{Alter: stamps}, transfertest.ServerFaults{Sent: 20}, 0},
		"it alters, at once":  {transfertest.ServerOptions{Alter: stamps}, transfertest.ServerFaults{Sent: 1}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				ms := dated(50)
				f := newFlow(t, tc.options, folder(inbox, ms...))
				f.server.Fail(tc.lost)
				f.onRetry(func() {
					for i, m := range ms {
						body := append(bytes.Clone(m.Body), "changed\r\n"...)
						if i < tc.own {
							body = m.Body
						}
						f.server.Put(inbox, transfertest.Stored{Body: body, Date: m.Date})
					}
				})
				f.mustRun(transfer.Tally{Copied: 50})
				f.hasAll(ms)
			})
		})
	}
}

// hasAll demands each message, below a line of the destination's or without.
func (f *flow) hasAll(ms []transfertest.MailMessage) {
	f.t.Helper()
	for _, m := range ms {
		if !slices.ContainsFunc(f.server.Messages(inbox...), func(s transfertest.Stored) bool {
			_, text, cut := bytes.Cut(s.Body, []byte("\r\n"))
			return bytes.Equal(s.Body, m.Body) || cut && bytes.HasPrefix(s.Body, []byte("X-Stored-As")) && bytes.Equal(text, m.Body)
		}) {
			f.t.Errorf("message %s is lost", m.ID)
		}
	}
}

// TestAlteredLookAlikes: of two messages with equal headers and one date the second one
// has landed.
func TestAlteredLookAlikes(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ms := dated(12)
		for i := range 2 {
			ms[10+i].Body = append(bytes.Clone(ms[9].Body), fmt.Sprintf("version %d\r\n", i)...)
			ms[10+i].Date = ms[9].Date.Add(1000)
		}
		f := newFlow(t, transfertest.ServerOptions{Alter: stamps}, folder(inbox, ms...))
		f.server.Fail(transfertest.ServerFaults{Sent: 11})
		f.onRetry(func() { f.server.Put(inbox, transfertest.Stored{Body: ms[11].Body, Date: ms[11].Date}) })
		f.mustRun(transfer.Tally{Copied: 12})
		if got := len(f.server.Messages(inbox...)); got != 12 {
			t.Errorf("got %d messages, want 12", got)
		}
		f.hasAll(ms)
	})
}

// TestAlteredTwinOfOther: what lands late of a message that has arrived by then stands
// for an equal one that is open. There are as many as there should be.
func TestAlteredTwinOfOther(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ms := dated(10)
		twin := ms[9]
		twin.ID = "twin"
		f := newFlow(t, transfertest.ServerOptions{Alter: stamps}, folder(inbox, ms...))
		f.server.Fail(transfertest.ServerFaults{Sent: 10, Late: -1})
		f.mustRun(transfer.Tally{Copied: 10})
		f.mail.Add(inbox, twin)
		f.server.Fail(transfertest.ServerFaults{Sent: 1})
		f.onRetry(f.server.Land)
		f.mustRun(transfer.Tally{Copied: 1, Present: 10})
		if got := len(f.server.Messages(inbox...)); got != 11 {
			t.Errorf("got %d messages, want 11", got)
		}
	})
}

// TestUnlikeTwinIsTold: a first sending that lands late, and is not what the second one
// became, stays, and is told.
func TestUnlikeTwinIsTold(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{Alter: stamps}, folder(inbox, dated(50)...))
		f.server.Fail(transfertest.ServerFaults{Sent: 49, Late: -1})
		f.mustRun(transfer.Tally{Copied: 50})
		f.server.Land()
		for i, want := range []int{1, 1} {
			if rep := f.mustRun(transfer.Tally{Present: 50}); len(rep.Flaws) != want {
				t.Errorf("run %d: got flaws %q, want %d", i+2, rep.Flaws, want)
			}
		}
		if got := len(f.server.Messages(inbox...)); got != 52 {
			t.Errorf("got %d messages, want 52", got)
		}
		time.Sleep(2 * time.Hour)
		for i, want := range []int{1, 0} {
			if rep := f.mustRun(transfer.Tally{Present: 50}); len(rep.Flaws) != want {
				t.Errorf("run %d: got flaws %q, want %d", i+4, rep.Flaws, want)
			}
		}
	})
}

// TestLookAlikeIsNoTwin: what has the headers and the date of what was sent twice is
// another message, whether the destination alters what it gets or not.
func TestLookAlikeIsNoTwin(t *testing.T) {
	for _, alter := range []func(uint32, []byte) []byte{nil, stamps} {
		inBubble(t, func(t *testing.T) {
			ms := dated(50)
			f := newFlow(t, transfertest.ServerOptions{Alter: alter}, folder(inbox, ms...))
			f.server.Fail(transfertest.ServerFaults{Sent: 49})
			f.mustRun(transfer.Tally{Copied: 50})
			f.server.Put(inbox, transfertest.Stored{Body: append(bytes.Clone(ms[49].Body), "changed\r\n"...), Date: ms[49].Date})
			if rep := f.mustRun(transfer.Tally{Present: 50}); len(rep.Flaws) > 0 {
				t.Errorf("got flaws %q, want none", rep.Flaws)
			}
		})
	}
}

// TestOtherWayIsNoTwin: nor is the same message a second copy that came by another way,
// where ours stands as it was sent.
func TestOtherWayIsNoTwin(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ms := dated(50)
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
		f.server.Fail(transfertest.ServerFaults{Sent: 49})
		f.mustRun(transfer.Tally{Copied: 50})
		f.server.Put(inbox, transfertest.Stored{Body: append([]byte("Received: by another\r\n"), ms[49].Body...), Date: ms[49].Date})
		if rep := f.mustRun(transfer.Tally{Present: 50}); len(rep.Flaws) > 0 {
			t.Errorf("got flaws %q, want none", rep.Flaws)
		}
	})
}

// TestLookAlikeOfTheDeleted: the user has deleted what was sent twice; what looks like it
// is none of ours, and keeps its flags.
func TestLookAlikeOfTheDeleted(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ms := dated(50)
		f := newFlow(t, transfertest.ServerOptions{Alter: stamps}, folder(inbox, ms...))
		f.server.Fail(transfertest.ServerFaults{Sent: 50})
		f.mustRun(transfer.Tally{Copied: 50})
		f.server.Take(inbox, f.lastUID())
		f.server.Put(inbox, transfertest.Stored{Body: append(bytes.Clone(ms[49].Body), "changed\r\n"...), Date: ms[49].Date})
		f.mustRun(transfer.Tally{Present: 50})
		f.flag(ms, transfer.Flagged)
		f.mustRun(transfer.Tally{Present: 50})
		there := f.server.Messages(inbox...)
		if got := there[len(there)-1]; len(got.Flags) > 0 {
			t.Errorf("got flags %v for what somebody else has put there, want none", got.Flags)
		}
	})
}

// TestAlteredAndArrived: where no UIDs are told, the copy of a message that has arrived is
// not taken for an equal one that is open.
func TestAlteredAndArrived(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ms := dated(10)
		twin := ms[8]
		twin.ID = "10"
		ms[9] = twin
		f := newFlow(t, transfertest.ServerOptions{Alter: stamps, NoUIDPlus: true}, folder(inbox, ms...))
		f.server.Fail(transfertest.ServerFaults{Sent: 10})
		f.mustRun(transfer.Tally{Copied: 10})
		if got := len(f.server.Messages(inbox...)); got != 10 {
			t.Errorf("got %d messages, want 10", got)
		}
	})
}

// TestAlteredCannotBeRead: where the source breaks while it is looked at again, that is not
// tried once more, and holds nothing up; its message is sent again.
func TestAlteredCannotBeRead(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{Alter: stamps}, folder(inbox, dated(50)...))
		f.server.Fail(transfertest.ServerFaults{Stored: 20})
		f.onRetry(func() { f.mail.Fail(transfertest.MailFaults{Message: 1}) })
		f.mustRun(transfer.Tally{Copied: 50})
		if got := len(f.server.Messages(inbox...)); got != 51 {
			t.Errorf("got %d messages, want 51", got)
		}
	})
}

// TestAlteredAtTheSource: what the source holds by then under the ID of what was sent
// tells nothing.
func TestAlteredAtTheSource(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ms := dated(50)
		f := newFlow(t, transfertest.ServerOptions{Alter: stamps}, folder(inbox, ms...))
		f.server.Fail(transfertest.ServerFaults{Sent: 20})
		other := append(bytes.Clone(ms[19].Body), "another\r\n"...)
		f.onRetry(func() {
			f.mail.Change(inbox, "20", func(m *transfertest.MailMessage) { m.Body = other })
			f.server.Put(inbox, transfertest.Stored{Body: other, Date: ms[19].Date})
		})
		f.mustRun(transfer.Tally{Copied: 50})
		if got := len(f.server.Messages(inbox...)); got != 51 {
			t.Errorf("got %d messages, want 51: one that somebody has put there", got)
		}
	})
}
