package transfer_test

import (
	"slices"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// What is sent to a folder that was deleted and made anew does not stand for a twin
// that went with the old one: it would count as not arrived, and be sent again.
func TestTwinOfDeletedCopyArrives(t *testing.T) {
	archive := []string{"A"}
	a := message("1", sameName, "the one")
	twin := a
	twin.ID = "2"
	f := newFlow(t, transfertest.ServerOptions{}, folder(archive, a))
	f.mustRun(transfer.Tally{Copied: 1})
	f.anewFor(archive, twin, transfertest.ServerFaults{Stored: 1})
	f.mustRun(transfer.Tally{Present: 2})
	f.same(archive, twin)
}

// anewFor has the user delete the folder and a twin of what was in it sent, until the
// line is lost and the run stopped.
func (f *flow) anewFor(path []string, twin transfertest.MailMessage, faults transfertest.ServerFaults) {
	f.server.Delete(path...)
	f.mail.Add(path, twin)
	f.cutAndStop(faults)
	f.server.Fail(transfertest.ServerFaults{})
}

// Nor does it take the flags of that twin, where the destination tells no UIDs.
func TestTwinOfDeletedCopyKeepsItsFlags(t *testing.T) {
	archive := []string{"A"}
	a := message("1", sameName, "the one")
	a.Flags = []transfer.Flag{transfer.Answered}
	twin := a
	twin.ID = "2"
	f := newFlow(t, transfertest.ServerOptions{NoUIDPlus: true}, folder(archive, a))
	f.mustRun(transfer.Tally{Copied: 1})
	f.server.Delete("A")
	f.mail.Change(archive, a.ID, func(m *transfertest.MailMessage) { m.Flags = []transfer.Flag{transfer.Seen} })
	f.mail.Add(archive, twin)
	f.mustRun(transfer.Tally{Present: 1, Copied: 1})
	next := message("3", sameName, "of the next day")
	f.mail.Add(archive, next)
	f.mustRun(transfer.Tally{Present: 2, Copied: 1})
	f.mustRun(transfer.Tally{Present: 3})
	if got := f.server.Messages(archive...); len(got) != 2 || !slices.Equal(got[0].Flags, twin.Flags) {
		t.Errorf("got %d messages, want 2, the first with flags %v", len(got), twin.Flags)
	}
}

// Mail that went with a deleted folder and that its user has brought back is what it
// was: an equal message that was sent meanwhile, and did not arrive, is sent again.
func TestDeletedMailBroughtBack(t *testing.T) {
	archive := []string{"A"}
	a, other := message("1", sameName, "the one"), message("3", sameName, "of another text")
	twin := a
	twin.ID = "2"
	f := newFlow(t, transfertest.ServerOptions{}, folder(archive, a, other))
	f.mustRun(transfer.Tally{Copied: 2})
	f.anewFor(archive, twin, transfertest.ServerFaults{Sent: 1})
	for _, m := range []transfertest.MailMessage{a, other} {
		f.server.Put(archive, transfertest.Stored{Body: m.Body, Date: m.Date, Flags: m.Flags})
	}
	f.mustRun(transfer.Tally{Present: 2, Copied: 1})
	f.same(archive, a, other, twin)
}

// The same where nobody has read the mail that went with the old folder, since it was
// recognised by its name, size and date.
func TestTwinOfAdoptedCopyArrives(t *testing.T) {
	archive := []string{"A"}
	a := message("1", sameName, "the one")
	twin := a
	twin.ID = "2"
	f := newFlow(t, transfertest.ServerOptions{}, folder(archive, a))
	f.server.Put(archive, transfertest.Stored{Body: a.Body, Date: a.Date, Flags: a.Flags})
	f.mustRun(transfer.Tally{Adopted: 1})
	f.anewFor(archive, twin, transfertest.ServerFaults{Stored: 1})
	f.mustRun(transfer.Tally{Present: 2})
	f.same(archive, twin)
}

// Mail that was recognised unread keeps its place when the destination has numbered its
// messages anew, though it is not alone with its identity: a new twin is sent.
func TestUnreadRecordKeepsItsPlace(t *testing.T) {
	one := message("1", sameName, "the one")
	two, three := one, one
	two.ID, two.Date = "2", one.Date.AddDate(0, 0, 1)
	three.ID, three.Date = "3", one.Date.AddDate(0, 0, 2)
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, one))
	f.mustRun(transfer.Tally{Copied: 1})
	f.server.Put(inbox, transfertest.Stored{Body: two.Body, Date: two.Date, Flags: two.Flags})
	f.mail.Add(inbox, two)
	f.mustRun(transfer.Tally{Present: 1, Adopted: 1})
	f.server.Renumber("INBOX")
	f.mail.Add(inbox, three)
	f.mustRun(transfer.Tally{Present: 2, Copied: 1})
	f.same(inbox, one, two, three)
}
