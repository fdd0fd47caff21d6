package transfer_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// Sources that count equal messages give a twin's ID to another one when one of
// them comes or goes.
func TestIDsThatGoOverToATwin(t *testing.T) {
	twin := func(id string, year int) transfertest.MailMessage {
		m := message(id, "Subject: x", "y")
		m.Date = m.Date.AddDate(year, 0, 0)
		return m
	}
	for name, later := range map[string][]transfertest.MailMessage{
		"the first goes":   {twin("x", 1), twin("x#2", 2)},
		"one comes before": {twin("x", -1), twin("x#2", 0), twin("x#3", 1), twin("x#4", 2)},
	} {
		first := []transfertest.MailMessage{twin("x", 0), twin("x#2", 1), twin("x#3", 2)}
		f := newFlow(t, transfertest.ServerOptions{}, stateless(first...))
		f.mustRun(transfer.Tally{Copied: 3})
		f.job.Sources[0].Open = transfertest.NewMail(stateless(later...)).Open
		want := first
		if name != "the first goes" {
			want = append(slices.Clone(first), later[0])
		}
		if _, err := f.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Log(name)
		f.same(inbox, want...)
	}
}

// Two twins that have exchanged their IDs keep their dates, and each the flags that
// go with its date.
func TestTwinsThatExchangeTheirIDs(t *testing.T) {
	old, young := message("1", "Subject: x", "y"), message("2", "Subject: x", "y")
	old.Flags, young.Date = []transfer.Flag{transfer.Seen}, old.Date.AddDate(1, 0, 0)
	f := newFlow(t, transfertest.ServerOptions{}, stateless(old, young))
	f.mustRun(transfer.Tally{Copied: 2})
	exchanged := []transfertest.MailMessage{young, old}
	exchanged[0].ID, exchanged[1].ID = old.ID, young.ID
	f.job.Sources[0].Open = transfertest.NewMail(stateless(exchanged...)).Open
	for range 2 {
		f.mustRun(transfer.Tally{Present: 2})
		f.same(inbox, old, young)
	}
}

// The size that a list tells need not be that of the bytes: IDs that go over to a
// twin are recognised all the same.
func TestIDsThatGoOverToATwinOfAnotherSizeThanTold(t *testing.T) {
	twin := func(id string, year int) transfertest.MailMessage {
		m := message(id, "Subject: x", "y")
		m.Date, m.Size = m.Date.AddDate(year, 0, 0), int64(len(m.Body)+3)
		return m
	}
	left := twin("x", 0)
	left.Flags = []transfer.Flag{"$LeftOut"}
	f := newFlow(t, transfertest.ServerOptions{}, stateless(left, twin("x#2", 1)))
	f.job.Mapper = leavingOut{}
	f.mustRun(transfer.Tally{Copied: 1, Skipped: 1})
	f.job.Sources[0].Open = transfertest.NewMail(stateless(twin("x", 1), twin("x#2", 2))).Open
	f.mustRun(transfer.Tally{Copied: 1, Present: 1})
	f.same(inbox, twin("x", 1), twin("x#2", 2))
}

// leavingOut leaves out what bears a flag.
type leavingOut struct{ transfertest.Straight }

func (leavingOut) Message(m transfer.Message) (transfer.Message, string) {
	if len(m.Flags) > 0 {
		return m, "left out"
	}
	return m, ""
}

// The ID of a twin that was refused goes over to one that was carried.
func TestIDOfARefusedTwin(t *testing.T) {
	twin := func(id string, year int) transfertest.MailMessage {
		m := message(id, "Subject: x", "y")
		m.Date = m.Date.AddDate(year, 0, 0)
		return m
	}
	refuse := func(_ transfer.Folder, l *transfer.Letter) error {
		if l.Date.Equal(twin("", 0).Date) {
			return errors.New("too old")
		}
		return nil
	}
	f := newFlow(t, transfertest.ServerOptions{Refuse: refuse}, stateless(twin("x", 0), twin("x#2", 1)))
	f.mustRun(transfer.Tally{Copied: 1, Refused: 1})
	f.job.Sources[0].Open = transfertest.NewMail(stateless(twin("x", 1), twin("x#2", 2))).Open
	f.mustRun(transfer.Tally{Copied: 1, Present: 1})
	f.same(inbox, twin("x", 1), twin("x#2", 2))
}
