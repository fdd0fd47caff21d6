package transfer_test

import (
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// sameName is a head that leaves it to the text who a message is.
const sameName = "Message-ID: <1@x>\r\nDate: d\r\nFrom: f\r\nSubject: s"

// What was read of a message that is found again at the destination does not stand for
// the one behind it: a look-alike there does not swallow a second copy of the first.
func TestRelinkedMessageTakesWhatWasReadWithIt(t *testing.T) {
	a, y := message("1", sameName, "the one"), message("y", sameName, "quite another text, put there by somebody else")
	again := a
	again.ID = "2"
	f := newFlow(t, transfertest.ServerOptions{NoUIDPlus: true}, folder(inbox, a))
	f.mustRun(transfer.Tally{Copied: 1})
	f.server.Put(inbox, transfertest.Stored{Body: y.Body, Date: y.Date})
	f.mail.Add(inbox, again)
	f.mustRun(transfer.Tally{Present: 1, Copied: 1})
	f.same(inbox, a, y, again)
}

// The other way round: what came by another way is recognised behind it.
func TestRelinkedMessageHidesNoOther(t *testing.T) {
	a, b := message("1", sameName, "the one"), message("2", sameName, "another of the same name")
	way := message("b", "Received: by another way\r\n"+sameName, "another of the same name")
	f := newFlow(t, transfertest.ServerOptions{NoUIDPlus: true}, folder(inbox, a))
	f.mustRun(transfer.Tally{Copied: 1})
	f.server.Put(inbox, transfertest.Stored{Body: way.Body, Date: way.Date})
	f.mail.Add(inbox, b)
	f.mustRun(transfer.Tally{Present: 1, Adopted: 1})
	f.same(inbox, a, way)
}

// Nor what was read of the one behind it for the next.
func TestRelinkedMessageMovesWhatWasRead(t *testing.T) {
	const otherName = "Message-ID: <2@x>\r\nDate: d\r\nFrom: f\r\nSubject: s"
	a, y := message("1", sameName, "the one"), message("y", sameName, "quite another text, put there by somebody else")
	b := message("2", otherName, "of another name")
	way := message("b", "Received: by another way\r\n"+otherName, "of another name")
	f := newFlow(t, transfertest.ServerOptions{NoUIDPlus: true}, folder(inbox, a))
	f.mustRun(transfer.Tally{Copied: 1})
	for _, m := range []transfertest.MailMessage{y, way} {
		f.server.Put(inbox, transfertest.Stored{Body: m.Body, Date: m.Date})
	}
	f.mail.Add(inbox, b)
	f.mustRun(transfer.Tally{Present: 1, Adopted: 1})
	f.same(inbox, a, y, way)
}

// What came by another way is not there for a twin of the message that it stands for,
// though the destination has numbered its messages anew and its record cannot tell.
func TestOtherWayStandsForOne(t *testing.T) {
	a := message("1", sameName, "the one")
	way := message("w", "Received: by another way\r\n"+sameName, "the one")
	twin := a
	twin.ID, way.Date = "2", a.Date.Add(time.Hour)
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, a))
	f.server.Put(inbox, transfertest.Stored{Body: way.Body, Date: way.Date})
	f.mustRun(transfer.Tally{Adopted: 1})
	f.server.Renumber("INBOX")
	f.mail.Add(inbox, twin)
	f.mustRun(transfer.Tally{Present: 1, Copied: 1})
	f.same(inbox, way, twin)
}

// The same of a copy of our own that the destination has altered.
func TestAlteredCopyStandsForOne(t *testing.T) {
	a := message("1", sameName, "the one")
	twin := a
	twin.ID = "2"
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, a))
	f.mustRun(transfer.Tally{Copied: 1})
	f.server.Change(inbox, f.server.Messages(inbox...)[0].UID, func(m *transfertest.Stored) {
		m.Body = append([]byte("X-Spam: no\r\n"), m.Body...)
	})
	f.server.Renumber("INBOX")
	f.mail.Add(inbox, twin)
	f.mustRun(transfer.Tally{Present: 1, Copied: 1})
	if got := len(f.server.Messages(inbox...)); got != 2 {
		t.Errorf("got %d messages, want 2", got)
	}
}
