package transfer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

func TestVerifyNamesWhatDiffers(t *testing.T) {
	sub := []string{"Work", "2019"}
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, letters("in", 40)...), folder(sub, letters("work", 20)...), folder([]string{"Empty"}))
	f.mustRun(transfer.Tally{Copied: 60})
	for _, level := range []func(*transfer.Audit){nil, deep} {
		f.wantVerified(level)
	}
	f.server.Take(inbox, 1, 2)
	f.change(inbox, 5, func(m *transfertest.Stored) { m.Body = []byte(strings.Replace(string(m.Body), "body", "bodY", 1)) })
	f.change(inbox, 6, func(m *transfertest.Stored) { m.Flags = []transfer.Flag{transfer.Flagged} })
	f.change(inbox, 7, func(m *transfertest.Stored) { m.Flags = nil })
	f.change(inbox, 8, func(m *transfertest.Stored) { m.Date = m.Date.Add(time.Hour) })
	f.change(inbox, 9, func(m *transfertest.Stored) {
		m.Body = []byte(strings.Replace(string(m.Body), "Subject: in", "Subject: On", 1))
	})
	f.change(inbox, 10, func(m *transfertest.Stored) { m.Body = append([]byte("X-TUID: abc\r\n"), m.Body...) })
	moved := f.server.Messages(sub...)[3]
	f.server.Take(sub, moved.UID)
	f.server.Put([]string{"Mine"}, moved)
	f.server.Put(inbox, transfertest.Stored{Body: []byte("Subject: hello\r\n\r\nforeign\r\n"), Date: time.Unix(5, 0)})
	want := []string{
		"missing INBOX 1 (gone)", "missing INBOX 2 (gone)",
		`altered INBOX 6 flags -[] +[\Flagged] (changed)`,
		`altered INBOX 7 flags -[\Seen] +[] (changed)`,
		"altered INBOX 8 date (changed)",
		"altered INBOX 9 bytes (changed) (the header Subject differs)",
		"altered INBOX 10 bytes (changed) (the header X-TUID was added)",
		"misplaced Work/2019 4 in Mine (changed)",
		"surplus INBOX (foreign)",
	}
	f.wantVerified(nil, want...)
	f.wantVerified(deep, append(slices.Clone(want), "altered INBOX 5 bytes (changed) (the body differs)")...)
	f.wantVerified(func(a *transfer.Audit) { a.OneWay = true }, want[:len(want)-1]...)
	_, sum := f.verified(deep)
	if sum.Messages != 60 || sum.Equal != 60-9 || sum.Missing != 2 || sum.Digested != 60 || sum.Surplus != 1 {
		t.Errorf("got %+v", sum)
	}
}

// Without a journal nobody knows how it came; another program moved the mail.
func TestVerifyWithoutJournal(t *testing.T) {
	ms := letters("in", 30)
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
	for i, m := range ms[:25] {
		if i%2 == 0 {
			m.Body = append([]byte("X-TUID: abc\r\n"), m.Body...)
		}
		f.server.Put(inbox, transfertest.Stored{Body: m.Body, Flags: m.Flags, Date: m.Date})
	}
	for _, level := range []func(*transfer.Audit){func(*transfer.Audit) {}, deep} {
		got, sum := f.verified(func(a *transfer.Audit) {
			level(a)
			a.Journal = nil
		})
		if sum.Missing != 5 || sum.Altered != 13 || sum.Equal != 12 || sum.Surplus != 0 {
			t.Errorf("got %+v:\n%s", sum, strings.Join(got, "\n"))
		}
		if want := "altered INBOX 1 bytes (the header X-TUID was added)"; !slices.Contains(got, want) {
			t.Errorf("got no %q in:\n%s", want, strings.Join(got, "\n"))
		}
	}
}

// Look-alikes: equal headers and sizes, several true duplicates, bytes that are
// equal but for line ends.
func TestVerifyLookAlikes(t *testing.T) {
	const same = "Subject: same\r\nMessage-ID: <2@x>\r\nDate: d\r\nFrom: f"
	ms := []transfertest.MailMessage{
		message("1", "Subject: none", "b"), message("2", "Subject: none", "c"),
		message("3", same, "d"), message("4", same, "e"), message("5", same, "e"), message("6", same, "e"),
		{ID: "7", Body: []byte("Message-ID: <7@x>\nDate: d\n\nbare\nline\nends\n"), Date: time.Unix(9, 0)},
	}
	f := newFlow(t, transfertest.ServerOptions{Canonical: true}, folder(inbox, ms...))
	f.mustRun(transfer.Tally{Copied: 7})
	for _, level := range []func(*transfer.Audit){nil, deep} {
		f.wantVerified(level)
	}
	f.server.Take(inbox, 1, 4)
	for _, level := range []func(*transfer.Audit){nil, deep} {
		_, sum := f.verified(level)
		if sum.Missing != 2 || sum.Equal != 5 || sum.Altered+sum.Surplus != 0 {
			t.Errorf("got %+v, want 2 missing of 7", sum)
		}
	}
	f.wantVerified(nil, "missing INBOX 1 (gone)", "missing INBOX 6 (gone)")
}

// A line that breaks is taken up again, and nothing is counted twice.
func TestVerifyOverLostLines(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, letters("in", 1100)...))
	f.mustRun(transfer.Tally{Copied: 1100})
	f.server.Take(inbox, 77)
	for _, faults := range []transfertest.MailFaults{{List: 1060}, {Message: 900}, {Byte: 30000}, {Open: 1}} {
		f.mail.Fail(faults)
		there := f.there()
		there.Fail(faults)
		f.wantVerified(func(a *transfer.Audit) {
			a.Bytes = true
			a.There.Open = there.Open
		}, "missing INBOX 77 (gone)")
	}
}

// More than fits into memory goes through a temporary file, with the same result.
func TestVerifyManyMessages(t *testing.T) {
	ms := letters("in", 600)
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...), folder([]string{"Sub"}, letters("sub", 600)...))
	for i, m := range ms {
		if i%100 != 50 {
			f.server.Put([]string{"Sub"}, transfertest.Stored{Body: m.Body, Flags: m.Flags, Date: m.Date})
		}
	}
	few := func(a *transfer.Audit) { a.InMemory = 20 }
	got, sum := f.verified(few)
	if sum.Missing != 600+6 || sum.Misplaced != 600-6 || sum.Surplus != 0 || !slices.Contains(got, "missing INBOX 151 (not-carried)") {
		t.Errorf("got %+v: %q", sum, got)
	}
	if whole, _ := f.verified(nil); !slices.Equal(got, whole) {
		t.Errorf("got other differences with little memory than with much")
	}
}

// A folder that is not there is told, and made by nobody.
func TestVerifyMissingFolder(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{}, folder([]string{"Gone"}, letters("g", 3)...))
	_, sum := f.verified(nil)
	if sum.NoFolder != 1 || sum.Missing != 3 {
		t.Errorf("got %+v", sum)
	}
	if f.server.Messages("Gone") != nil || len(f.server.Paths()) != 1 {
		t.Errorf("got the folders %v, want none made", f.server.Paths())
	}
}

// What a side would not give is told, and neither equal nor missing.
func TestVerifyUnread(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, letters("in", 5)...))
	f.mustRun(transfer.Tally{Copied: 5})
	f.mail.Change(inbox, "2", func(m *transfertest.MailMessage) { m.Err = fmt.Errorf("the disk is broken") })
	got, sum := f.verified(deep)
	if sum.Unread != 1 || sum.Equal != 4 || len(got) == 0 || !strings.Contains(strings.Join(got, "\n"), "the disk is broken") {
		t.Errorf("got %+v: %q", sum, got)
	}
}

// sparing is a Mapper that leaves out what has a flag.
type sparing struct{ transfertest.Straight }

func (sparing) Message(m transfer.Message) (transfer.Message, string) {
	if slices.Contains(m.Flags, transfer.Seen) {
		return m, "it was read"
	}
	return m, ""
}

// What the user's filter leaves out is neither missing, nor surplus where an
// earlier run has brought it.
func TestVerifyFilter(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, letters("in", 9)...))
	f.mustRun(transfer.Tally{Copied: 9})
	f.server.Take(inbox, 1) // 1, 4 and 7 were read
	f.job.Mapper = sparing{}
	got, sum := f.verified(nil)
	if len(got) > 0 || sum.Messages != 6 || sum.Equal != 6 || sum.Skipped != 3 {
		t.Errorf("got %+v: %q, want 6 equal and 3 left out", sum, got)
	}
}
