package transfer_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// by is a message as it comes by one way.
func by(way string, m transfertest.MailMessage) transfertest.MailMessage {
	m.ID = way + m.ID
	m.Body = append([]byte("Received: from a by "+way+"; x\r\nDelivered-To: anna@"+way+"\r\n"), m.Body...)
	return m
}

// dated are messages with Message-ID and Date.
func dated(n int) []transfertest.MailMessage {
	ms := messages(n)
	for i := range ms {
		ms[i].Body = append([]byte("Date: Mon, 6 Jan 2020 10:00:00 +0100\r\n"), ms[i].Body...)
		ms[i].Flags = nil
	}
	return ms
}

func stored(ms ...transfertest.MailMessage) (out []transfertest.Stored) {
	for _, m := range ms {
		out = append(out, transfertest.Stored{Body: m.Body, Date: m.Date.Add(time.Hour)})
	}
	return out
}

// bodies are what the folder holds, sorted.
func (f *flow) bodies(path ...string) (out []string) {
	for _, m := range f.server.Messages(path...) {
		out = append(out, string(m.Body))
	}
	slices.Sort(out)
	return out
}

func (f *flow) holds(want ...transfertest.MailMessage) {
	f.t.Helper()
	var bodies []string
	for _, m := range want {
		bodies = append(bodies, string(m.Body))
	}
	slices.Sort(bodies)
	if got := f.bodies(inbox...); !slices.Equal(got, bodies) {
		f.t.Errorf("got %d messages, want %d:\n%q\n%q", len(got), len(bodies), got, bodies)
	}
}

// TestCameByAnotherWay: half of the mail is there with other Received lines.
func TestCameByAnotherWay(t *testing.T) {
	ms := dated(10)
	var here, there []transfertest.MailMessage
	for i, m := range ms {
		here = append(here, by("old", m))
		if i < 5 {
			there = append(there, by("new", m))
		}
	}
	like := by("old", ms[0])
	like.ID, like.Body = "like", append(slices.Clone(like.Body), "PS\r\n"...)
	other := by("new", ms[7])
	other.Body = []byte(strings.Replace(string(other.Body), "Subject: ", "Cc: b@x\r\nSubject: ", 1))
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, append(slices.Clone(here), like)...))
	f.server.Put(inbox, stored(append(slices.Clone(there), other)...)...)
	rep := f.mustRun(transfer.Tally{Adopted: 5, Copied: 6})
	all := slices.Concat(there, here[5:], []transfertest.MailMessage{like, other})
	f.holds(all...)
	notes := strings.Join(rep.Notes, "\n")
	for _, want := range []string{"5 messages came here by another way before", `message <7@example.org> (2001-09-09, "number 7") looks like one that is there already and is not the same`} {
		if !strings.Contains(notes, want) {
			t.Errorf("got the notes %q, want %q", notes, want)
		}
	}
	f.mustRun(transfer.Tally{Present: 11})
	f.server.Renumber(inbox...)
	f.mail.Add(inbox, by("old", message("new", "Subject: new", "more")))
	f.mustRun(transfer.Tally{Present: 11, Copied: 1})
	if got := len(f.bodies(inbox...)); got != 13 {
		t.Errorf("got %d messages after the destination was renumbered, want 13", got)
	}
}

// TestOwnCopiesStandForNobodyElse: what we have sent ourselves, and may find there
// again, is not taken for another message that came by another way: it has a message
// of its own.
func TestOwnCopiesStandForNobodyElse(t *testing.T) {
	t.Run("sent twice, and both have landed", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			ms := dated(3)
			f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
			f.server.Fail(transfertest.ServerFaults{Sent: 3, Late: -1})
			f.mustRun(transfer.Tally{Copied: 3})
			f.server.Land()
			other := by("late", ms[2])
			f.mail.Add(inbox, other)
			f.mustRun(transfer.Tally{Present: 3, Copied: 1})
			f.holds(append(slices.Clone(ms), other)...)
			f.mustRun(transfer.Tally{Present: 4})
		})
	})
	t.Run("sent, and nobody knows whether it landed", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			m := dated(1)[0]
			f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, m))
			f.cutAndStop(transfertest.ServerFaults{Sent: 1, Late: -1})
			there, other := by("new", m), by("late", m)
			f.server.Put(inbox, stored(there)...)
			f.mail.Add(inbox, other)
			f.mustRun(transfer.Tally{Copied: 2})
			f.holds(m, there, other)
			f.server.Land()
			f.mustRun(transfer.Tally{Present: 2})
			f.holds(m, there, other)
		})
	})
}

// TestWeakIdentityIsNoProof: without Message-ID or Date the bytes decide alone.
func TestWeakIdentityIsNoProof(t *testing.T) {
	m := message("a", "Subject: disk full", "df: 99%")
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, by("old", m)))
	f.server.Put(inbox, stored(by("new", m))...)
	rep := f.mustRun(transfer.Tally{Copied: 1})
	f.holds(by("old", m), by("new", m))
	if notes := strings.Join(rep.Notes, "\n"); !strings.Contains(notes, "message olda (2001-09-09, \"disk full\") looks like one") {
		t.Errorf("got the notes %q, want the doubt told", notes)
	}
}

// TestSameMailInTwoSources: what two sources of a job hold is there once, a true
// duplicate as often as one of them has it, whichever comes first.
func TestSameMailInTwoSources(t *testing.T) {
	ms := dated(6)
	twice := func(way string) []transfertest.MailMessage {
		a := by(way, ms[0])
		a.ID += "again"
		return []transfertest.MailMessage{by(way, ms[0]), a}
	}
	pop := slices.Concat(twice("pop"), []transfertest.MailMessage{by("pop", ms[1]), ms[2], ms[3]})
	imap := slices.Concat(twice("imap"), twice("imap")[:1], []transfertest.MailMessage{by("imap", ms[1]), ms[2], ms[4]})
	imap[2].ID = "third"
	for _, order := range []string{"pop first", "imap first"} {
		t.Run(order, func(t *testing.T) {
			a, b := pop, imap
			if order == "imap first" {
				a, b = imap, pop
			}
			f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, a...))
			second := transfertest.NewMail(folder(inbox, b...))
			f.job.Sources = append(f.job.Sources, transfer.From{Name: "mem://second", Open: second.Open, Sessions: 1})
			shared := min(len(twice("")), 2) + 2
			f.mustRun(transfer.Tally{Copied: len(a) + len(b) - shared, Adopted: shared})
			if got, want := len(f.bodies(inbox...)), len(a)+len(b)-shared; got != want {
				t.Errorf("got %d messages, want %d", got, want)
			}
			f.mustRun(transfer.Tally{Present: len(a) + len(b)})
			// What only one of them gets later is carried; what both get, once.
			f.mail.Add(inbox, by("late", ms[5]))
			second.Add(inbox, by("later", ms[5]))
			f.mustRun(transfer.Tally{Present: len(a) + len(b), Copied: 1, Adopted: 1})
			second.Add(inbox, message("alone", "Subject: alone", "x"))
			f.mustRun(transfer.Tally{Present: len(a) + len(b) + 2, Copied: 1})
			// Each copy there stands for one message of a source.
			twin := by("later", ms[5])
			twin.ID = "twin"
			second.Add(inbox, twin)
			f.mustRun(transfer.Tally{Present: len(a) + len(b) + 3, Copied: 1})
		})
	}
}

// TestSameMailInTwoSourcesCut: the line breaks while the first one is copied.
func TestSameMailInTwoSourcesCut(t *testing.T) {
	ms := dated(40)
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
	second := transfertest.NewMail(folder(inbox, append(slices.Clone(ms[10:]), message("alone", "Subject: alone", "x"))...))
	f.job.Sources = append(f.job.Sources, transfer.From{Name: "mem://second", Open: second.Open, Sessions: 1})
	f.job.Window = 4
	f.server.Fail(transfertest.ServerFaults{Stored: 10})
	f.mustRun(transfer.Tally{Copied: 41, Adopted: 30})
	f.holds(append(slices.Clone(ms), message("alone", "Subject: alone", "x"))...)
	f.mustRun(transfer.Tally{Present: 71})
}

// TestSameMailInTwoSourcesRenumbered: the one copy stands for both of them still when
// the destination has given it another number.
func TestSameMailInTwoSourcesRenumbered(t *testing.T) {
	m := dated(1)[0]
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, m))
	second := transfertest.NewMail(folder(inbox, m))
	f.job.Sources = append(f.job.Sources, transfer.From{Name: "mem://second", Open: second.Open, Sessions: 1})
	f.mustRun(transfer.Tally{Copied: 1, Adopted: 1})
	f.server.Renumber("INBOX")
	twin := m
	twin.ID = "twin"
	second.Add(inbox, twin)
	f.mustRun(transfer.Tally{Present: 2, Copied: 1})
	f.holds(m, twin)
	f.mustRun(transfer.Tally{Present: 3})
}

// TestSecondSourceAfterAlteringRenumbered: what the destination has altered of one source
// is there for another that joins when the destination has numbered its mail anew.
func TestSecondSourceAfterAlteringRenumbered(t *testing.T) {
	m := dated(1)[0]
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, m))
	f.mustRun(transfer.Tally{Copied: 1})
	f.server.Change(inbox, f.server.Messages(inbox...)[0].UID, func(s *transfertest.Stored) {
		s.Body = append([]byte("X-Spam: no\r\n"), s.Body...)
	})
	f.server.Renumber("INBOX")
	second := transfertest.NewMail(folder(inbox, m))
	f.job.Sources = append(f.job.Sources, transfer.From{Name: "mem://second", Open: second.Open, Sessions: 1})
	f.mustRun(transfer.Tally{Present: 1, Adopted: 1})
	if got := len(f.server.Messages(inbox...)); got != 1 {
		t.Errorf("got %d messages, want 1", got)
	}
}

// TestOneCopyForTwoSourcesAndATwin: what the destination has altered, so that its record
// has lost it, stands for another source as well, and not for a twin at the first.
func TestOneCopyForTwoSourcesAndATwin(t *testing.T) {
	m := dated(1)[0]
	twin := m
	twin.ID = "twin"
	f := newFlow(t, transfertest.ServerOptions{NoUIDPlus: true}, folder(inbox, m))
	f.mustRun(transfer.Tally{Copied: 1})
	f.alter()
	second := transfertest.NewMail(folder(inbox, m))
	f.job.Sources = append(f.job.Sources, transfer.From{Name: "mem://second", Open: second.Open, Sessions: 1})
	f.mustRun(transfer.Tally{Present: 1, Adopted: 1})
	f.mail.Add(inbox, twin)
	f.mustRun(transfer.Tally{Present: 2, Copied: 1})
	if got := len(f.server.Messages(inbox...)); got != 2 {
		t.Errorf("got %d messages, want 2", got)
	}
}
