package transfer_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// bookJournal is a [transfer.Journal] over the checkpoint of a test.
type bookJournal struct{ *transfertest.MemCheckpoint }

func (j bookJournal) Linked(ctx context.Context, to transfer.Folder, epoch string) ([]uint32, error) {
	all := []transfer.Span{{Low: 1, High: math.MaxUint32}}
	foreign, err := j.Foreign(ctx, to, epoch, all)
	if err != nil {
		return nil, err
	}
	return slices.Collect(transfer.Numbers(transfer.Less(all, foreign))), nil
}

func (j bookJournal) Carried(ctx context.Context, source string, from transfer.Folder, ids []string) (map[string]transfer.Record, error) {
	book, err := j.Enter(ctx, source, from, transfer.Folder{Path: from.Path})
	if err != nil {
		return nil, err
	}
	return j.Known(ctx, book.ID, ids)
}

// there is what stands at the destination now, to be read.
func (f *flow) there() *transfertest.Mail {
	f.t.Helper()
	dest, err := f.server.Open(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	defer dest.Close()
	site, err := dest.Site(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	var folders []transfertest.MailFolder
	for _, s := range site.Folders {
		folder := transfertest.MailFolder{Path: s.Path, Role: s.Role, Epoch: s.Epoch}
		for _, m := range f.server.Messages(s.Path...) {
			folder.Messages = append(folder.Messages, transfertest.MailMessage{ID: fmt.Sprint(m.UID), Body: m.Body, Flags: m.Flags, Date: m.Date})
		}
		folders = append(folders, folder)
	}
	return transfertest.NewMail(folders...)
}

// verified is what an audit told, a line for each difference, sorted.
func (f *flow) verified(change func(*transfer.Audit)) (lines []string, sum transfer.Differences) {
	f.t.Helper()
	a := transfer.Audit{Job: f.job, Journal: bookJournal{f.cp}}
	a.There = transfer.From{Name: "mem://dest", Open: f.there().Open}
	a.TempDir = f.t.TempDir()
	a.Found = func(d transfer.Difference) error {
		lines = append(lines, told(d))
		return nil
	}
	if change != nil {
		change(&a)
	}
	sum, err := transfer.Verify(f.t.Context(), a)
	if err != nil {
		f.t.Fatalf("got error %v, want none", err)
	}
	if n := sum.Equal + sum.Missing + sum.Altered + sum.Misplaced + sum.Unread + sum.Merged; n != sum.Messages {
		f.t.Errorf("the numbers do not add up: %+v", sum)
	}
	if left, err := os.ReadDir(a.TempDir); err != nil || len(left) > 0 {
		f.t.Errorf("got %v, %v left in the folder for temporary files, want nothing", left, err)
	}
	slices.Sort(lines)
	return lines, sum
}

func told(d transfer.Difference) string {
	line := fmt.Sprintf("%s %s", d.Kind, d.To)
	if d.ID != "" {
		line += " " + d.ID
	}
	if d.Kind == transfer.Misplaced {
		line += " in " + d.There
	}
	if d.Bytes {
		line += " bytes"
	}
	if !d.DateThere.IsZero() {
		line += " date"
	}
	if len(d.Lacks)+len(d.Extra) > 0 {
		line += fmt.Sprintf(" flags -%v +%v", d.Lacks, d.Extra)
	}
	for _, more := range []string{string(d.Cause), d.Words} {
		if more != "" {
			line += " (" + more + ")"
		}
	}
	return line
}

func (f *flow) wantVerified(change func(*transfer.Audit), want ...string) {
	f.t.Helper()
	slices.Sort(want)
	if got, _ := f.verified(change); !slices.Equal(got, want) {
		f.t.Errorf("got:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func deep(a *transfer.Audit) { a.Bytes = true }

// change replaces one message at the destination, under its UID.
func (f *flow) change(path []string, uid uint32, do func(*transfertest.Stored)) {
	f.t.Helper()
	if !f.server.Change(path, uid, do) {
		f.t.Fatalf("there is no message %d in %v", uid, path)
	}
}

// letters makes n messages with all the headers that mail has.
func letters(prefix string, n int) []transfertest.MailMessage {
	ms := messages(n)
	for i := range ms {
		ms[i].Body = []byte(fmt.Sprintf("Message-ID: <%s%d@example.org>\r\nDate: Sat, 01 Jan 2005 00:00:00 +0000\r\nFrom: a@b\r\nSubject: %s %[2]d\r\n\r\nbody %[2]d of %[1]s\r\n", prefix, i, prefix))
	}
	return ms
}

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
