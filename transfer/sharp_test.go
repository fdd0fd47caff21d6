package transfer_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// The folder was made anew: UIDs of the old one are those of other mail now.
func TestStaleUIDsAreNotReflagged(t *testing.T) {
	ms := messages(3)
	ms[1].Flags = []transfer.Flag{transfer.Seen}
	f := newFlow(t, transfertest.ServerOptions{}, folder([]string{"A"}, ms...))
	f.mustRun(transfer.Tally{Copied: 3})
	f.server.Delete("A")
	var foreign []transfertest.Stored
	for _, m := range messages(20)[10:] {
		foreign = append(foreign, transfertest.Stored{Body: m.Body, Date: m.Date})
	}
	f.server.Put([]string{"A"}, foreign...)
	f.mail.Change([]string{"A"}, "2", func(m *transfertest.MailMessage) { m.Flags = []transfer.Flag{transfer.Answered} })
	f.mustRun(transfer.Tally{Present: 3})
	for _, m := range f.server.Messages("A") {
		if len(m.Flags) > 0 {
			t.Errorf("got flags %q on mail that is not ours, want none", m.Flags)
		}
	}
}

// What the user marks stays marked, even if our copy has to go.
func TestHealingKeepsTheUsersMarks(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, messages(50)...))
		f.server.Fail(transfertest.ServerFaults{Sent: 50, Late: -1})
		f.mustRun(transfer.Tally{Copied: 50})
		user, err := f.server.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := user.Open(t.Context(), transfer.Folder{Path: inbox}); err != nil {
			t.Fatal(err)
		}
		there := f.server.Messages("INBOX")
		mark := []transfer.Reflag{{UID: there[len(there)-1].UID, Add: []transfer.Flag{transfer.Flagged, "Work"}}}
		if _, err := user.(transfer.Reflagger).Reflag(t.Context(), transfer.Folder{Path: inbox}, mark); err != nil {
			t.Fatal(err)
		}
		f.server.Land()
		f.mustRun(transfer.Tally{Present: 50})
		there = f.server.Messages("INBOX")
		if last := there[len(there)-1].Flags; len(there) != 50 || !slices.Contains(last, transfer.Flagged) || !slices.Contains(last, "Work") {
			t.Errorf("got %d messages, the last with flags %q, want 50 and the user's marks", len(there), last)
		}
	})
}

// refusing is a source that does not give a message the first time it is asked.
type refusing struct {
	transfer.Source
	transfer.Identifier
	asked *bool
}

func (s refusing) Fetch(ctx context.Context, f transfer.Folder, ms []transfer.Message) iter.Seq2[transfer.Fetched, error] {
	return func(yield func(transfer.Fetched, error) bool) {
		for got, err := range s.Source.Fetch(ctx, f, ms) {
			if err == nil && got.ID == "5" && !*s.asked {
				*s.asked = true
				got.Body, got.Err = nil, errors.New("not now")
			}
			if !yield(got, err) {
				return
			}
		}
	}
}

// A message that had to be looked at and was not given is not sent unseen.
func TestAdoptionOfWhatTheSourceDoesNotGive(t *testing.T) {
	var ms []transfertest.MailMessage
	for _, id := range []string{"1", "2", "3", "4", "5", "6"} {
		ms = append(ms, message(id, "Subject: weak", "text "+id))
	}
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
	for _, m := range ms {
		f.server.Put(inbox, transfertest.Stored{Body: m.Body, Date: m.Date})
	}
	open, asked := f.job.Sources[0].Open, false
	f.job.Sources[0].Open = func(ctx context.Context) (transfer.Source, error) {
		src, err := open(ctx)
		return refusing{src, src.(transfer.Identifier), &asked}, err
	}
	f.mustRun(transfer.Tally{Adopted: 5, Refused: 1})
	f.mustRun(transfer.Tally{Present: 5, Adopted: 1})
	f.same(inbox, ms...)
}

// Bare LFs become CRLF whatever source they come from, in memory and in files.
func TestLineEndsAreMended(t *testing.T) {
	big := strings.Repeat("a line of text\n", 100_000)
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox,
		transfertest.MailMessage{ID: "1", Body: []byte("Subject: a\n\nb\r\nc\n"), Date: time.Unix(1e9, 0)},
		transfertest.MailMessage{ID: "2", Body: []byte("Subject: b\n\n" + big), Date: time.Unix(1e9, 0)},
		transfertest.MailMessage{ID: "3", Body: []byte("Subject: c\r\n\r\nfine\rso\r\r\n")}))
	rep := f.mustRun(transfer.Tally{Copied: 3})
	want := []string{"Subject: a\r\n\r\nb\r\nc\r\n", "Subject: b\r\n\r\n" + strings.ReplaceAll(big, "\n", "\r\n"), "Subject: c\r\n\r\nfine\rso\r\r\n"}
	for i, m := range f.server.Messages("INBOX") {
		if string(m.Body) != want[i] {
			t.Errorf("message %d: got %d bytes %.40q, want %d bytes", i+1, len(m.Body), m.Body, len(want[i]))
		}
	}
	wantNotes := []string{"in 2 messages of 1 folder line ends were made CRLF, as mail has them",
		"of 1 message of 1 folder no usable date of arrival is known: the destination gives them the present"}
	if !slices.Equal(rep.Notes, wantNotes) {
		t.Errorf("got notes %q, want %q", rep.Notes, wantNotes)
	}
}

// What cannot be looked at is booked in the folder of its own source.
func TestUngivenMessageOfTheOtherSource(t *testing.T) {
	weak := message("5", "Subject: weak", "text")
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, message("1", "Subject: weak", "one")))
	second := transfertest.NewMail(folder(inbox, weak))
	asked := false
	f.job.Sources = append(f.job.Sources, transfer.From{Name: "mem://second", Open: func(ctx context.Context) (transfer.Source, error) {
		src, err := second.Open(ctx)
		return refusing{src, src.(transfer.Identifier), &asked}, err
	}})
	for _, text := range []string{"one", "text"} {
		m := message("", "Subject: weak", text)
		f.server.Put(inbox, transfertest.Stored{Body: m.Body, Date: m.Date})
	}
	rep := f.mustRun(transfer.Tally{Adopted: 1, Refused: 1})
	if len(rep.Refusals) != 1 || rep.Refusals[0].Source != "mem://second" {
		t.Errorf("got refusals %+v, want the one of the second source", rep.Refusals)
	}
	f.mustRun(transfer.Tally{Present: 1, Adopted: 1})
}
