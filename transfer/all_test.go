package transfer_test

import (
	"errors"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// picky is a Mapper that says that it takes all, or not.
type picky struct {
	transfertest.Straight
	all bool
}

func (p picky) TakesAll() bool { return p.all }

// A source is told that all of a folder will be fetched when that is certain: nothing
// was brought before, nothing is left out, and the order is the folder's.
func TestAllIsTold(t *testing.T) {
	for _, tc := range []struct {
		name string
		set  func(f *flow)
		want bool
	}{
		{"a first copy", func(*flow) {}, true},
		{"something is left out", func(f *flow) { f.job.Mapper = picky{} }, false},
		{"nobody knows", func(f *flow) { f.job.Mapper = transfertest.Straight{} }, false},
		{"the newest first", func(f *flow) { f.job.Newest = true }, false},
		{"the destination has something", func(f *flow) { f.server.Put(inbox, transfertest.Stored{Body: []byte("Subject: there\r\n\r\nx\r\n")}) }, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(5)...))
			f.job.Mapper = picky{all: true}
			c := f.watchLists()
			tc.set(f)
			f.mustRun(transfer.Tally{Copied: 5})
			if c.all != tc.want {
				t.Errorf("got %t, want %t", c.all, tc.want)
			}
			f.mail.Add(inbox, message("new", "Subject: new", "more"))
			f.mustRun(transfer.Tally{Copied: 1, Present: 5})
			if c.all {
				t.Error("a second run told it, too")
			}
		})
	}
}

// After a cut some of it has arrived.
func TestAllIsNotToldAgain(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(5)...))
	f.job.Mapper = picky{all: true}
	c := f.watchLists()
	f.mail.Fail(transfertest.MailFaults{Message: 3})
	f.mustRun(transfer.Tally{Copied: 5})
	if c.all {
		t.Error("the second attempt told it, too")
	}
}

// The messages of a folder that the destination will not have are only listed.
func TestAllIsNotToldOfRefused(t *testing.T) {
	nope := []string{"Nope"}
	f := newFlow(t, transfertest.ServerOptions{RefuseFolder: func([]string) error { return errors.New("no such name here") }}, folder(nope, messages(5)...))
	f.job.Mapper = picky{all: true}
	c := f.watchLists()
	f.mustRun(transfer.Tally{Refused: 5})
	if c.all {
		t.Error("it was told")
	}
}
