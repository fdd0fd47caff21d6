package transfer_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// stateless is an INBOX that has to be listed to tell what changed.
func stateless(ms ...transfertest.MailMessage) transfertest.MailFolder {
	return transfertest.MailFolder{Path: inbox, Epoch: "1", Messages: ms, Stateless: true}
}

// reversed gives the messages' IDs to others of them, under the same epoch.
func reversed(ms []transfertest.MailMessage) []transfertest.MailMessage {
	out := slices.Clone(ms)
	slices.Reverse(out)
	for i := range out {
		out[i].ID = ms[i].ID
	}
	return out
}

func renamed(ms []transfertest.MailMessage) []transfertest.MailMessage {
	out := slices.Clone(ms)
	for i := range out {
		out[i].ID = "r" + out[i].ID
	}
	return out
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

func TestRenumberedUnderOneEpoch(t *testing.T) {
	ms := messages(90)
	f := newFlow(t, transfertest.ServerOptions{}, stateless(ms[:80]...))
	f.mustRun(transfer.Tally{Copied: 80})
	f.job.Sources[0].Open = transfertest.NewMail(stateless(reversed(ms)...)).Open
	f.mustRun(transfer.Tally{Copied: 10, Present: 80})
	f.same(inbox, ms...)
	f.mustRun(transfer.Tally{Present: 90})
	f.job.Sources[0].Open = transfertest.NewMail(stateless(ms...)).Open
	f.mustRun(transfer.Tally{Present: 90})
	f.same(inbox, ms...)
}

// A server that tells another date at each listing has not renumbered.
func TestChangedDatesAreNoRenumbering(t *testing.T) {
	ms := messages(20)
	f := newFlow(t, transfertest.ServerOptions{}, stateless(ms...))
	f.mustRun(transfer.Tally{Copied: 20})
	odd := slices.Clone(ms)
	for i := range odd {
		odd[i].Date = odd[i].Date.AddDate(1, 0, 0)
	}
	f.job.Sources[0].Open = transfertest.NewMail(stateless(append(odd, message("x", "Subject: new", "new"))...)).Open
	rep := f.mustRun(transfer.Tally{Present: 20, Copied: 1})
	if len(rep.Notes) > 0 {
		t.Errorf("got notes %q, want none", rep.Notes)
	}
}

// The first of two equal messages was adopted unread, the second was copied;
// then the source gets a new epoch.
func TestRenumberedTwinsOfWhichOneWasAdopted(t *testing.T) {
	const head = "Message-ID: <1@example.org>\r\nDate: Mon, 1 Jan 2001 00:00:00 +0000"
	one, two := message("1", head, "text"), message("2", head, "text")
	for _, userDeletes := range []bool{false, true} {
		f := newFlow(t, transfertest.ServerOptions{}, stateless(one))
		f.server.Put(inbox, transfertest.Stored{Body: one.Body, Date: one.Date})
		f.mustRun(transfer.Tally{Adopted: 1})
		f.mail.Add(inbox, two)
		f.mustRun(transfer.Tally{Present: 1, Copied: 1})
		want := 2
		if userDeletes {
			f.server.Take(inbox, 1)
			want = 1
		}
		ms := []transfertest.MailMessage{one, two}
		f.job.Sources[0].Open = transfertest.NewMail(transfertest.MailFolder{Path: inbox, Epoch: "2", Messages: renamed(ms)}).Open
		f.mustRun(transfer.Tally{Present: 2})
		if got := len(f.server.Messages("INBOX")); got != want {
			t.Errorf("user deletes one: %t: got %d messages, want %d", userDeletes, got, want)
		}
	}
}

// What was adopted unread is read before a look-alike passes for it.
func TestRenumberedLookAlikeOfWhatWasAdopted(t *testing.T) {
	const head = "Message-ID: <1@example.org>\r\nDate: Mon, 1 Jan 2001 00:00:00 +0000"
	adopted, copied, fresh := message("1", head, "text"), message("2", head, "TEXT"), message("3", head, "Text")
	f := newFlow(t, transfertest.ServerOptions{}, stateless(adopted))
	f.server.Put(inbox, transfertest.Stored{Body: adopted.Body, Date: adopted.Date})
	f.mustRun(transfer.Tally{Adopted: 1})
	f.mail.Add(inbox, copied)
	f.mustRun(transfer.Tally{Present: 1, Copied: 1})
	later := []transfertest.MailMessage{fresh, copied}
	f.job.Sources[0].Open = transfertest.NewMail(transfertest.MailFolder{Path: inbox, Epoch: "2", Messages: renamed(later)}).Open
	f.mustRun(transfer.Tally{Present: 1, Copied: 1})
	f.same(inbox, adopted, copied, fresh)
}

// POP3 servers may give all messages new UIDLs; what the user has moved away at
// the destination stays away all the same.
func TestNewIDsUnderOneEpoch(t *testing.T) {
	for _, emptied := range []bool{false, true} {
		ms := messages(90)
		f := newFlow(t, transfertest.ServerOptions{}, stateless(ms[:80]...))
		f.mustRun(transfer.Tally{Copied: 80})
		want := ms
		if emptied {
			for _, m := range f.server.Messages("INBOX") {
				f.server.Take(inbox, m.UID)
			}
			want = ms[80:]
		}
		f.job.Sources[0].Open = transfertest.NewMail(stateless(renamed(ms)...)).Open
		f.mustRun(transfer.Tally{Copied: 10, Present: 80})
		f.same(inbox, want...)
	}
}

// The same mail again at another time is another message: machines send such.
func TestSameBytesAtAnotherTimeAreNews(t *testing.T) {
	one := message("1", "Subject: disk", "full")
	f := newFlow(t, transfertest.ServerOptions{}, stateless(one))
	f.mustRun(transfer.Tally{Copied: 1})
	again := one
	again.ID, again.Date = "2", one.Date.AddDate(0, 0, 1)
	f.job.Sources[0].Open = transfertest.NewMail(stateless(again)).Open
	f.mustRun(transfer.Tally{Copied: 1})
	f.same(inbox, one, again)
}

// Of true duplicates each keeps its own date and flags.
func TestTwinsKeepTheirDatesAndFlags(t *testing.T) {
	one, two, three := message("1", "Subject: x", "y"), message("2", "Subject: x", "y"), message("3", "Subject: x", "y")
	two.Flags, three.Flags = []transfer.Flag{transfer.Seen}, []transfer.Flag{transfer.Seen}
	three.Date = one.Date.AddDate(1, 0, 0)
	ms := []transfertest.MailMessage{one, two, three}
	for lost := 1; lost <= 3; lost++ {
		inBubble(t, func(t *testing.T) {
			f := newFlow(t, transfertest.ServerOptions{}, stateless(ms...))
			f.server.Fail(transfertest.ServerFaults{Stored: lost})
			f.mustRun(transfer.Tally{Copied: 3})
			f.same(inbox, ms...)
			turned := reversed(ms)
			f.job.Sources[0].Open = transfertest.NewMail(transfertest.MailFolder{Path: inbox, Epoch: "2", Messages: turned}).Open
			f.mustRun(transfer.Tally{Present: 3})
			f.same(inbox, ms...)
		})
	}
}

// What was adopted unread and is gone on both sides is not taken for a look-alike
// of another date.
func TestLookAlikeOfWhatIsGone(t *testing.T) {
	const head = "Message-ID: <1@example.org>\r\nDate: Mon, 1 Jan 2001 00:00:00 +0000"
	adopted, other := message("1", head, "text"), message("2", head, "TEXT")
	other.Date = adopted.Date.AddDate(0, 0, 1)
	f := newFlow(t, transfertest.ServerOptions{}, stateless(adopted))
	f.server.Put(inbox, transfertest.Stored{Body: adopted.Body, Date: adopted.Date})
	f.mustRun(transfer.Tally{Adopted: 1})
	f.server.Take(inbox, 1)
	f.job.Sources[0].Open = transfertest.NewMail(stateless(other)).Open
	f.mustRun(transfer.Tally{Copied: 1})
	f.same(inbox, other)
}

// A refused message does not take, a run later, what stands for a twin that the
// source has no more.
func TestRefusedTwinOfWhatIsGone(t *testing.T) {
	const head = "Message-ID: <1@example.org>\r\nDate: Mon, 1 Jan 2001 00:00:00 +0000"
	var twins []transfertest.MailMessage
	for i, id := range []string{"1", "2", "3"} {
		m := message(id, head, "text")
		m.Date, m.Flags = m.Date.AddDate(i, 0, 0), nil
		twins = append(twins, m)
	}
	refuse := func(transfer.Folder, *transfer.Letter) error { return errors.New("not such a message") }
	f := newFlow(t, transfertest.ServerOptions{Refuse: refuse}, stateless(twins...))
	there := transfertest.Stored{Body: twins[0].Body, Date: twins[0].Date.AddDate(9, 0, 0), Flags: []transfer.Flag{transfer.Flagged}}
	f.server.Put(inbox, there)
	f.mustRun(transfer.Tally{Adopted: 1, Refused: 2})
	f.server.Put(inbox, there)
	f.job.Sources[0].Open = transfertest.NewMail(transfertest.MailFolder{Path: inbox, Epoch: "2", Messages: renamed(twins[1:]), Stateless: true}).Open
	f.mustRun(transfer.Tally{Adopted: 1, Refused: 1})
	f.mustRun(transfer.Tally{Present: 1, Refused: 1})
}

// What was refused under one ID and carried under the next is not sent again under
// a third: its record of the refusal does not stand before the one of its arrival.
func TestRefusedThenCarriedThenRenumbered(t *testing.T) {
	for name, flags := range map[string][]transfer.Flag{
		"equal flags":           nil,
		"flags as when refused": {transfer.Seen},
	} {
		t.Run(name, func(t *testing.T) {
			refusing := true
			refuse := func(transfer.Folder, *transfer.Letter) error {
				if refusing {
					return errors.New("not now")
				}
				return nil
			}
			one := message("1", "Subject: x", "y")
			f := newFlow(t, transfertest.ServerOptions{Refuse: refuse}, stateless())
			for _, step := range []struct {
				id, epoch string
				flags     []transfer.Flag
				want      transfer.Tally
			}{
				{"1", "1", flags, transfer.Tally{Refused: 1}},
				{"2", "1", nil, transfer.Tally{Copied: 1}},
				{"3", "2", flags, transfer.Tally{Present: 1}},
			} {
				one.ID, one.Flags = step.id, step.flags
				there := stateless(one)
				there.Epoch = step.epoch
				f.job.Sources[0].Open = transfertest.NewMail(there).Open
				f.mustRun(step.want)
				refusing = false
			}
			f.same(inbox, one)
			if told := strings.Join(f.texts, "\n"); !strings.Contains(told, "; 1 were recognised") {
				t.Errorf("got %q, want that one message was recognised", told)
			}
		})
	}
}

// A source that numbers anew what was refused has not carried it before.
func TestRefusedIsNotCarriedBefore(t *testing.T) {
	refuse := func(transfer.Folder, *transfer.Letter) error { return errors.New("not such a message") }
	f := newFlow(t, transfertest.ServerOptions{Refuse: refuse}, stateless(messages(3)...))
	f.mustRun(transfer.Tally{Refused: 3})
	f.job.Sources[0].Open = transfertest.NewMail(transfertest.MailFolder{Path: inbox, Epoch: "2", Messages: renamed(messages(3))}).Open
	if rep := f.mustRun(transfer.Tally{Refused: 3}); len(rep.Notes) > 0 {
		t.Errorf("got notes %q, want none", rep.Notes)
	}
}
