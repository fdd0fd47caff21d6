package transfer_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// rationing is a source that shows some messages at a time.
type rationing struct {
	mail     *transfertest.Mail
	all      []transfertest.MailMessage
	batch    int
	released []string
	fresh    int // releases that are refused because the session is not fresh
}

// show fills what is shown.
func (r *rationing) show() {
	if r.mail == nil {
		r.mail = transfertest.NewMail(folder(inbox))
	}
	for len(r.all) > 0 && len(r.mail.Folders()[0].Messages) < r.batch {
		r.mail.Add(inbox, r.all[0])
		r.all = r.all[1:]
	}
}

func (r *rationing) open(ctx context.Context) (transfer.Source, error) {
	s, err := r.mail.Open(ctx)
	if err != nil {
		return nil, err
	}
	return &rationedSession{s, r}, nil
}

type rationedSession struct {
	transfer.Source
	*rationing
}

func (s *rationedSession) Rations() bool { return true }

func (s *rationedSession) Release(_ context.Context, _ transfer.Folder, ms []transfer.Message) error {
	if s.fresh > 0 {
		s.fresh--
		return errors.New("not this session")
	}
	for _, m := range ms {
		s.released = append(s.released, m.ID)
		s.mail.Remove(inbox, m.ID)
	}
	s.show()
	return nil
}

// TestRelease: a server is let go of what has arrived, of nothing else, and run by run
// all of it comes.
func TestRelease(t *testing.T) {
	ms := messages(10)
	for _, fresh := range []int{0, 1} {
		inBubble(t, func(t *testing.T) {
			f := newFlow(t, transfertest.ServerOptions{})
			r := &rationing{all: slices.Clone(ms), batch: 4, fresh: fresh}
			r.show()
			f.job.Sources[0].Open = r.open
			for i, want := range []struct {
				copied int
				more   bool
			}{{4, true}, {4, true}, {2, true}, {0, false}} {
				rep := f.mustRun(transfer.Tally{Copied: want.copied})
				if rep.More != want.more {
					t.Errorf("run %d: got more %t, want %t", i+1, rep.More, want.more)
				}
			}
			f.same(inbox, ms...)
			if len(r.released) != 10 {
				t.Errorf("got %q released, want each once", r.released)
			}
		})
	}
}

// TestReleaseOfWhatArrivedAlone: what the destination refuses, or a filter leaves out,
// is not let go; where nothing else is shown the user is told.
func TestReleaseOfWhatArrivedAlone(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{})
	r := &rationing{all: messages(12), batch: 10}
	r.show()
	f.job.Sources[0].Open = r.open
	f.job.Mapper = oneDigit{}
	f.mustRun(transfer.Tally{Copied: 9, Skipped: 1})
	if want := []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}; !slices.Equal(r.released, want) {
		t.Errorf("got %q released, want %q", r.released, want)
	}
	rep := f.mustRun(transfer.Tally{Skipped: 3})
	if rep.More || !slices.ContainsFunc(rep.Notes, func(s string) bool {
		return s == "INBOX: this server shows a part of its mail at a time. Nothing of what it shows now (3 messages) could be copied; if there is more behind, it shows that only afterwards"
	}) {
		t.Errorf("got more %t and notes %q, want the end told", rep.More, rep.Notes)
	}
}

// TestNoReleaseOfAnUnfinishedRun: as long as anything is open, nothing is let go.
func TestNoReleaseOfAnUnfinishedRun(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{})
	r := &rationing{all: messages(10), batch: 10}
	r.show()
	f.job.Sources[0].Open = r.open
	f.cutAndStop(transfertest.ServerFaults{Sent: 5})
	f.job.MaxBytes = 1
	if rep, _ := f.run(t.Context()); rep.More || !rep.Limited {
		t.Errorf("got %+v, want a limited run", rep)
	}
	if len(r.released) > 0 {
		t.Errorf("got %q released, want nothing", r.released)
	}
	f.job.MaxBytes = 0
	if _, err := f.run(t.Context()); err != nil || len(r.released) != 10 {
		t.Errorf("got %v and %q released, want all", err, r.released)
	}
}
