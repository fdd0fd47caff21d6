package transfer_test

import (
	"slices"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

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

func TestAdoptionOfMachineMailLooksAtTheText(t *testing.T) {
	p, q := message("1", "Subject: none", "b"), message("q", "Subject: none", "c")
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, p))
	f.server.Put(inbox, transfertest.Stored{Body: q.Body, Date: q.Date})
	f.mustRun(transfer.Tally{Copied: 1})
	f.same(inbox, p, q)
}

func TestForeignLookAlikeDoesNotSwallowACutMessage(t *testing.T) {
	for _, noUIDPlus := range []bool{false, true} {
		inBubble(t, func(t *testing.T) {
			head := "Message-ID: <1@x>\r\nDate: d\r\nFrom: f\r\nSubject: s"
			p, q := message("1", head, "the one at the source"), message("q", head, "another text, put there by somebody else")
			ms := append([]transfertest.MailMessage{p}, messages(300)[1:]...)
			f := newFlow(t, transfertest.ServerOptions{NoUIDPlus: noUIDPlus}, folder(inbox, ms...))
			f.server.Put(inbox, transfertest.Stored{Body: q.Body, Date: q.Date})
			f.server.Fail(transfertest.ServerFaults{Sent: 1})
			f.mustRun(transfer.Tally{Copied: 300})
			f.same(inbox, append(ms, q)...)
		})
	}
}

func TestMergedByTheServer(t *testing.T) {
	a, b := message("1", "Subject: a", "x"), message("2", "Subject: a", "x")
	f := newFlow(t, transfertest.ServerOptions{Merge: true}, folder(inbox, a, b))
	f.mustRun(transfer.Tally{Copied: 1, Merged: 1})
	f.mustRun(transfer.Tally{Present: 2})
}
