package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// flow is a source, a destination and a checkpoint in memory.
type flow struct {
	t      *testing.T
	mail   *transfertest.Mail
	server *transfertest.Server
	cp     *transfertest.MemCheckpoint
	job    transfer.Job
	texts  []string
}

func newFlow(t *testing.T, o transfertest.ServerOptions, folders ...transfertest.MailFolder) *flow {
	f := &flow{t: t, mail: transfertest.NewMail(folders...), server: transfertest.NewServer(o), cp: transfertest.NewMemCheckpoint()}
	f.job = transfer.Job{
		Sources: []transfer.From{{Name: "mem://source", Open: f.mail.Open}},
		Dest:    transfer.To{Name: "mem://dest", Open: f.server.Open},
		Mapper:  transfertest.Straight{},
		Settle:  20 * time.Millisecond,
		Watch:   func(e transfer.Event) { f.texts = append(f.texts, e.Text) },
	}
	return f
}

func (f *flow) run(ctx context.Context) (transfer.Report, error) {
	f.t.Helper()
	f.job.Checkpoint = f.cp
	rep, err := transfer.Run(ctx, f.job)
	y := rep.Tally
	if sum := y.Copied + y.Present + y.Adopted + y.Skipped + y.Refused + y.Vanished + y.Merged; sum != y.Messages {
		f.t.Errorf("the tally does not add up: %+v", y)
	}
	return rep, err
}

func (f *flow) mustRun(want transfer.Tally) transfer.Report {
	f.t.Helper()
	rep, err := f.run(f.t.Context())
	if err != nil {
		f.t.Fatalf("got error %v, want none", err)
	}
	got := rep.Tally
	got.Bytes, got.Folders = 0, 0
	want.Messages = want.Copied + want.Present + want.Adopted + want.Skipped + want.Refused + want.Vanished + want.Merged
	if got != want {
		f.t.Errorf("got tally %+v, want %+v", got, want)
	}
	return rep
}

// same fails unless the destination holds exactly these messages, in order.
func (f *flow) same(path []string, want ...transfertest.MailMessage) {
	f.t.Helper()
	got := f.server.Messages(path...)
	if len(got) != len(want) {
		f.t.Errorf("folder %v: got %d messages, want %d", path, len(got), len(want))
	}
	left := slices.Clone(got)
	for _, w := range want {
		i := slices.IndexFunc(left, func(s transfertest.Stored) bool {
			return string(s.Body) == string(w.Body) && s.Date.Equal(w.Date) && slices.Equal(s.Flags, w.Flags)
		})
		if i < 0 {
			f.t.Errorf("folder %v: message %s is not there as it should be", path, w.ID)
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
}

// atCopied calls do when so many messages are copied.
func (f *flow) atCopied(n int, do func()) {
	copied := 0
	f.job.Watch = func(e transfer.Event) {
		if e.Fate == transfer.Copied {
			if copied += e.Count; copied == n {
				do()
			}
		}
	}
}

var inbox = []string{"INBOX"}

// messages makes n different messages with dates and flags.
func messages(n int) []transfertest.MailMessage {
	out := make([]transfertest.MailMessage, n)
	for i := range out {
		body := fmt.Sprintf("Message-ID: <%d@example.org>\r\nSubject: number %d\r\n\r\n%s\r\n", i, i, strings.Repeat("text ", i%50))
		out[i] = transfertest.MailMessage{ID: fmt.Sprint(i + 1), Body: []byte(body), Date: time.Unix(1e9+int64(i)*1000, 0).UTC()}
		if i%3 == 0 {
			out[i].Flags = []transfer.Flag{transfer.Seen}
		}
	}
	return out
}

func message(id, head, text string) transfertest.MailMessage {
	return transfertest.MailMessage{ID: id, Body: []byte(head + "\r\n\r\n" + text + "\r\n"), Date: time.Unix(1e9, 0).UTC()}
}

func folder(path []string, ms ...transfertest.MailMessage) transfertest.MailFolder {
	return transfertest.MailFolder{Path: path, Epoch: "1", Messages: ms}
}

// inBubble runs a test on a clock that costs no time.
func inBubble(t *testing.T, test func(t *testing.T)) { synctest.Test(t, test) }

func TestCopyThenNothingThenNew(t *testing.T) {
	ms := messages(300)
	sub := []string{"Archive", "2019"}
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms[:200]...), folder(sub, ms[200:]...))
	f.mustRun(transfer.Tally{Copied: 300})
	f.same(inbox, ms[:200]...)
	f.same(sub, ms[200:]...)
	opened := f.server.Opened()
	f.mustRun(transfer.Tally{Present: 300})
	if got := f.server.Opened() - opened; got != 1 {
		t.Errorf("got %d destination sessions for nothing new, want 1", got)
	}
	more := message("new", "Subject: new", "more")
	f.mail.Add(inbox, more)
	f.mustRun(transfer.Tally{Present: 300, Copied: 1})
	f.same(inbox, append(slices.Clone(ms[:200]), more)...)
}

func TestWhatTheUserDidStays(t *testing.T) {
	ms := messages(10)
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
	f.mustRun(transfer.Tally{Copied: 10})
	f.server.Take(inbox, f.server.Messages("INBOX")[4].UID)
	more := message("new", "Subject: new", "more")
	f.mail.Add(inbox, more)
	f.mustRun(transfer.Tally{Present: 10, Copied: 1})
	f.same(inbox, append(slices.Delete(slices.Clone(ms), 4, 5), more)...)
}

func TestFlagsTheSourceChanged(t *testing.T) {
	ms := messages(10)
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
	f.mustRun(transfer.Tally{Copied: 10})
	f.mail.Change(inbox, "1", func(m *transfertest.MailMessage) { m.Flags = []transfer.Flag{transfer.Answered} })
	f.mustRun(transfer.Tally{Present: 10})
	ms[0].Flags = []transfer.Flag{transfer.Answered}
	f.same(inbox, ms...)
}

func TestOneMessageRefusedOneGone(t *testing.T) {
	ms := messages(70)
	gone := ms[3]
	gone.Err = transfer.ErrVanished
	ms[3] = gone
	o := transfertest.ServerOptions{Refuse: func(_ transfer.Folder, l *transfer.Letter) error {
		if l.Subject == "number 66" {
			return errors.New("NO [LIMIT] too odd")
		}
		return nil
	}}
	f := newFlow(t, o, folder(inbox, ms...))
	rep := f.mustRun(transfer.Tally{Copied: 68, Refused: 1, Vanished: 1})
	if len(rep.Refusals) != 1 || rep.Refusals[0].Subject != "number 66" || !strings.Contains(rep.Refusals[0].Words, "too odd") {
		t.Errorf("got refusals %+v, want one of number 66 with the server's words", rep.Refusals)
	}
	f.mustRun(transfer.Tally{Present: 68, Refused: 1, Vanished: 1})
}

func TestTwoSourcesOneFolder(t *testing.T) {
	a, b := messages(150), messages(200)[150:]
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, a...))
	second := transfertest.NewMail(folder(inbox, b...))
	f.job.Sources = append(f.job.Sources, transfer.From{Name: "mem://second", Open: second.Open, Sessions: 1})
	f.mustRun(transfer.Tally{Copied: 200})
	f.same(inbox, append(slices.Clone(a), b...)...)
	f.mustRun(transfer.Tally{Present: 200})
}

// A source that knows no flags: what it is given lasts, whatever it lists later
// and whatever the user does.
func TestMarksAreGivenOnce(t *testing.T) {
	ms := messages(3)
	for i := range ms {
		ms[i].Flags = nil
	}
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
	limit := ms[1].Date
	f.job.Sources[0].Marks = func(m transfer.Message) []transfer.Flag {
		if m.Date.Before(limit) {
			return []transfer.Flag{transfer.Seen}
		}
		return nil
	}
	f.mustRun(transfer.Tally{Copied: 3})
	want := slices.Clone(ms)
	want[0].Flags = []transfer.Flag{transfer.Seen}
	f.same(inbox, want...)
	f.mail.Add(inbox, messages(4)[3])
	f.job.Sources[0].Marks = func(transfer.Message) []transfer.Flag { return []transfer.Flag{transfer.Flagged} }
	f.mustRun(transfer.Tally{Present: 3, Copied: 1})
	more := messages(4)[3]
	more.Flags = []transfer.Flag{transfer.Flagged}
	f.same(inbox, append(want, more)...)
}

// telling is a source with something to tell.
type telling struct{ transfer.Source }

func (telling) Notes() []string { return []string{"one line was odd"} }

func TestNotesOfTheSourceAreTold(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(3)...), folder([]string{"b"}, messages(3)...))
	open := f.job.Sources[0].Open
	f.job.Sources[0].Open = func(ctx context.Context) (transfer.Source, error) {
		src, err := open(ctx)
		return telling{src}, err
	}
	rep := f.mustRun(transfer.Tally{Copied: 6})
	if !slices.Equal(rep.Notes, []string{"one line was odd"}) {
		t.Errorf("got notes %q, want one, once", rep.Notes)
	}
}
