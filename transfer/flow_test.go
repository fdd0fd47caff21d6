package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
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

func TestLookAlikesAllArrive(t *testing.T) {
	ms := []transfertest.MailMessage{
		message("1", "Subject: normal\r\nMessage-ID: <1@x>", "a"),
		message("2", "Subject: none", "b"),
		message("3", "Subject: none", "c"),
		message("4", "Subject: same\r\nMessage-ID: <2@x>\r\nDate: d\r\nFrom: f", "d"),
		message("5", "Subject: same\r\nMessage-ID: <2@x>\r\nDate: d\r\nFrom: f", "e"),
		message("6", "Subject: same\r\nMessage-ID: <2@x>\r\nDate: d\r\nFrom: f", "e"), // a true duplicate
	}
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
	f.mustRun(transfer.Tally{Copied: 6})
	f.same(inbox, ms...)
}

func TestAdoptWhatIsThere(t *testing.T) {
	ms := messages(100)
	twin := func(id, text string) transfertest.MailMessage {
		return message(id, "Subject: same\r\nMessage-ID: <2@x>", text)
	}
	ms = append(ms, twin("a", "one"), twin("b", "two"))
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
	foreign := message("f", "Subject: foreign", "own mail")
	for i, m := range ms {
		if i%2 == 1 { // the twin "two" among them
			f.server.Put(inbox, transfertest.Stored{Body: m.Body, Date: m.Date, Flags: m.Flags})
		}
	}
	f.server.Put(inbox, transfertest.Stored{Body: foreign.Body, Date: foreign.Date})
	f.mustRun(transfer.Tally{Copied: 51, Adopted: 51})
	f.same(inbox, append(slices.Clone(ms), foreign)...)
	f.mustRun(transfer.Tally{Present: 102})
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

func TestRenumberedSides(t *testing.T) {
	ms := messages(80)
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
	f.mustRun(transfer.Tally{Copied: 80})
	f.server.Renumber("INBOX")
	other := transfertest.NewMail(transfertest.MailFolder{Path: inbox, Epoch: "2", Messages: renamed(ms)})
	f.job.Sources[0].Open = other.Open
	f.mustRun(transfer.Tally{Present: 80})
	f.same(inbox, ms...)
}

func renamed(ms []transfertest.MailMessage) []transfertest.MailMessage {
	out := slices.Clone(ms)
	for i := range out {
		out[i].ID = "r" + out[i].ID
	}
	return out
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

func TestRefusedFolderTakesItsSpareName(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{RefuseFolder: func(path []string) error {
		if path[0] == "odd*" {
			return errors.New("NO [CANNOT] odd name")
		}
		return nil
	}}, folder([]string{"odd*"}, messages(5)...))
	f.job.Mapper = spare{}
	f.mustRun(transfer.Tally{Copied: 5})
	f.same([]string{"odd_"}, messages(5)...)
	f.mustRun(transfer.Tally{Present: 5})
}

// spare offers another name for every folder.
type spare struct{ transfertest.Straight }

func (s spare) Routes(folders []transfer.Folder, site transfer.Site) []transfer.Route {
	routes := s.Straight.Routes(folders, site)
	for i := range routes {
		routes[i].Spare = transfer.Folder{Path: []string{strings.ReplaceAll(routes[i].To.Path[0], "*", "_")}}
	}
	return routes
}

func TestRefusedFolderIsListed(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{RefuseFolder: func(path []string) error {
		if path[0] == "bad" {
			return errors.New("NO bad name")
		}
		return nil
	}}, folder([]string{"bad"}, messages(5)...), folder(inbox, messages(5)...))
	rep := f.mustRun(transfer.Tally{Copied: 5, Refused: 5})
	if rep.Folders[0].Err == nil {
		t.Errorf("got no error for the refused folder: %+v", rep.Folders)
	}
	refused := 0
	for _, rec := range f.cp.Records() {
		if rec.Fate == transfer.Refused && rec.Words != "" {
			refused++
		}
	}
	if refused != 5 {
		t.Errorf("got %d messages recorded as refused, want 5", refused)
	}
}

func TestFullDestinationEndsTheRun(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{Quota: 4000}, folder(inbox, messages(200)...))
	_, err := f.run(t.Context())
	if !transfer.Full(err) {
		t.Fatalf("got error %v, want one that is Full", err)
	}
}

func TestLimits(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(1000)...))
	f.job.MaxBytes = 2000
	rep, err := f.run(t.Context())
	if err != nil || !rep.Limited || rep.Tally.Copied == 0 || rep.Tally.Copied == 1000 {
		t.Fatalf("got %+v, %v, want a limited run", rep.Tally, err)
	}
	f.job.MaxBytes = 0
	f.mustRun(transfer.Tally{Present: rep.Tally.Copied, Copied: 1000 - rep.Tally.Copied})
	f.same(inbox, messages(1000)...)
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

type refusedSignIn struct{}

func (refusedSignIn) Error() string       { return "NO wrong password" }
func (refusedSignIn) SignInRefused() bool { return true }

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

func TestMessageThatBreaksTheConnectionIsSetAside(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(20)...))
	broken := &brokenAt{mail: f.mail, id: "7"}
	f.job.Sources[0].Open = broken.open
	rep := f.mustRun(transfer.Tally{Copied: 19, Refused: 1})
	if len(rep.Refusals) != 1 || rep.Refusals[0].ID != "7" {
		t.Errorf("got refusals %+v, want message 7", rep.Refusals)
	}
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
