package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// maildrop is a source that deletes at the end of a session.
type maildrop struct {
	*transfertest.Mail
	deletes int
	refuse  map[string]error // by ID
	before  int              // how often the line is lost before anything is deleted
	after   int              // and when all is deleted, before that is told
}

func (d *maildrop) open(ctx context.Context) (transfer.Source, error) {
	s, err := d.Mail.Open(ctx)
	if err != nil {
		return nil, err
	}
	return &maildropSession{s, s.(transfer.Identifier), d}, nil
}

type maildropSession struct {
	transfer.Source
	transfer.Identifier
	*maildrop
}

func (s *maildropSession) Close() error { return s.Source.Close() }

func (s *maildropSession) Folders(ctx context.Context) ([]transfer.Folder, error) {
	return s.Source.Folders(ctx)
}

// Delete implements [transfer.Deleter].
func (s *maildropSession) Delete(_ context.Context, f transfer.Folder, ms []transfer.Message) (map[string]error, error) {
	if s.deletes++; s.before > 0 {
		s.before--
		return nil, transfertest.ErrLost
	}
	left := map[string]error{}
	for _, m := range ms {
		if why := s.refuse[m.ID]; why != nil {
			left[m.ID] = why
			continue
		}
		s.Mail.Remove(f.Path, m.ID)
	}
	if s.after > 0 {
		s.after--
		return nil, transfertest.ErrLost
	}
	return left, nil
}

// newClearing is a flow from such a source whose messages were carried.
func newClearing(t *testing.T, ms ...transfertest.MailMessage) (*flow, *maildrop) {
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
	d := &maildrop{Mail: f.mail}
	f.job.Sources[0].Open = d.open
	return f, d
}

// clear runs Clear and wants these kept, by reason.
func (f *flow) clear(c transfer.Clearing, deleted, over int, kept map[string]int) {
	f.t.Helper()
	f.job.Checkpoint = f.cp
	got, err := transfer.Clear(f.t.Context(), f.job, c)
	if err != nil {
		f.t.Fatal(err)
	}
	why := map[string]int{}
	for _, k := range got.Kept {
		why[strings.SplitN(k.Why, ":", 2)[0]] += k.Count
	}
	if got.Deleted != deleted || got.Over != over || !maps.Equal(why, kept) {
		f.t.Errorf("got %d deleted, %d over, kept %v, want %d, %d, %v", got.Deleted, got.Over, why, deleted, over, kept)
	}
}

func (f *flow) left() (ids []string) {
	for _, m := range f.mail.Folders()[0].Messages {
		ids = append(ids, m.ID)
	}
	return ids
}

func (f *flow) wantLeft(want ...string) {
	f.t.Helper()
	if got := f.left(); !slices.Equal(got, want) {
		f.t.Errorf("left at the source: got %q, want %q", got, want)
	}
}

// TestClear deletes what is proved, and nothing else.
func TestClear(t *testing.T) {
	ms := dated(12)
	weak := message("weak", "Subject: weak", "text") // no Message-ID: read again
	f, d := newClearing(t, append(slices.Clone(ms), weak)...)
	f.mustRun(transfer.Tally{Copied: 13})
	there := f.server.Messages(inbox...)
	f.server.Take(inbox, there[0].UID)                            // message 1 was deleted there
	f.mail.Add(inbox, message("late", "Subject: late", "x"))      // not carried
	f.mail.Change(inbox, "3", func(m *transfertest.MailMessage) { // another under an old name
		m.Body = message("3", "Message-ID: <other@x>\r\nDate: Mon, 6 Jan 2020 10:00:00 +0100\r\nSubject: other", "y").Body
	})
	d.refuse = map[string]error{"5": errors.New("not this one")}
	want := map[string]int{
		"not where they were put at the destination": 1, "not at the destination yet": 1,
		"another message bears the name of the one that was carried": 1, "not this one": 1,
	}
	asked := 0
	f.clear(transfer.Clearing{Confirm: func(_ context.Context, n int) error { asked = n; return nil }}, 10, 0, want)
	if asked != 11 {
		t.Errorf("asked for %d messages, want 11", asked)
	}
	f.wantLeft("1", "3", "5", "late")
	book, err := f.cp.Enter(t.Context(), "mem://source", transfer.Folder{Path: inbox, Epoch: "1"}, transfer.Folder{Path: inbox})
	if err != nil {
		t.Fatal(err)
	}
	gone, err := f.cp.Deletions(t.Context(), book.ID)
	if err != nil || len(gone) != 10 || slices.Contains(gone, "5") {
		t.Errorf("journal: got %q, %v, want the 10 that are deleted", gone, err)
	}
	// What is deleted at the source stays at the destination, and is no news.
	f.mustRun(transfer.Tally{Present: 3, Copied: 1})
	if got := len(f.server.Messages(inbox...)); got != 13 {
		t.Errorf("got %d messages at the destination, want 13", got)
	}
}

// TestClearProvesTheBytes: what stands there under our UID and is not what was
// carried, or is about to go, is no proof.
func TestClearProvesTheBytes(t *testing.T) {
	ms := dated(4)
	f, _ := newClearing(t, by("old", ms[0]), ms[1], ms[2], ms[3])
	f.server.Put(inbox, stored(by("new", ms[0]))...)
	f.mustRun(transfer.Tally{Copied: 3, Adopted: 1})
	f.markDeleted(2)
	f.clear(transfer.Clearing{}, 2, 0, map[string]int{
		"at the destination by another way, with other Received lines or the like": 1, "not where they were put at the destination": 1,
	})
	f.wantLeft("old1", "2")
	f.server.Renumber(inbox...)
	f.clear(transfer.Clearing{}, 0, 0, map[string]int{"the destination has renumbered its folder since": 2})
	f.server.Delete(inbox...)
	f.clear(transfer.Clearing{}, 0, 0, map[string]int{"not where they were put at the destination": 2})
	if got := f.server.Paths(); len(got) != 0 && slices.ContainsFunc(got, func(p []string) bool { return slices.Equal(p, inbox) }) {
		t.Errorf("got folders %q: looking for a proof has made one", got)
	}
}

// markDeleted lets the user mark a message at the destination.
func (f *flow) markDeleted(uid uint32) {
	f.t.Helper()
	dest, err := f.server.Open(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	defer dest.Close()
	to := transfer.Folder{Path: inbox}
	if _, err := dest.Open(f.t.Context(), to); err != nil {
		f.t.Fatal(err)
	}
	if _, err := dest.(transfer.Reflagger).Reflag(f.t.Context(), to, []transfer.Reflag{{UID: uid, Add: []transfer.Flag{transfer.Deleted}}}); err != nil {
		f.t.Fatal(err)
	}
}

func TestClearBounds(t *testing.T) {
	f, d := newClearing(t, dated(5)...)
	f.mustRun(transfer.Tally{Copied: 5})
	no := errors.New("no")
	f.job.Checkpoint = f.cp
	if got, err := transfer.Clear(t.Context(), f.job, transfer.Clearing{Confirm: func(context.Context, int) error { return no }}); !errors.Is(err, no) || got.Deleted != 0 || d.deletes != 0 {
		t.Errorf("not confirmed: got %+v, %v after %d deletions", got, err, d.deletes)
	}
	f.clear(transfer.Clearing{Max: 2}, 2, 3, map[string]int{})
	f.wantLeft("3", "4", "5")
	f.clear(transfer.Clearing{Max: 3}, 3, 0, map[string]int{})
	f.wantLeft()
	f.clear(transfer.Clearing{Confirm: func(context.Context, int) error { return no }}, 0, 0, map[string]int{})
}

// TestClearCut: a line that is lost before or after the server has deleted. What is
// gone counts as deleted, nothing is deleted that was not asked for.
func TestClearCut(t *testing.T) {
	for name, lose := range map[string]func(*maildrop){
		"before":           func(d *maildrop) { d.before = 2 },
		"after":            func(d *maildrop) { d.after = 1 },
		"before and after": func(d *maildrop) { d.before, d.after = 1, 1 },
	} {
		t.Run(name, func(t *testing.T) {
			f, d := newClearing(t, dated(6)...)
			f.mustRun(transfer.Tally{Copied: 6})
			lose(d)
			f.clear(transfer.Clearing{}, 6, 0, map[string]int{})
			f.wantLeft()
		})
	}
}

// TestClearCrash: the process dies after the server has deleted. The journal knows
// what was on its way, and the next run what became of it.
func TestClearCrash(t *testing.T) {
	f, d := newClearing(t, dated(6)...)
	f.mustRun(transfer.Tally{Copied: 6})
	f.job.Tries, d.after = 1, 1
	f.job.Checkpoint = f.cp
	if _, err := transfer.Clear(t.Context(), f.job, transfer.Clearing{Max: 4}); !errors.Is(err, transfertest.ErrLost) {
		t.Fatalf("got %v, want the line lost", err)
	}
	f.cp = f.cp.Crash()
	book, err := f.cp.Enter(t.Context(), "mem://source", transfer.Folder{Path: inbox, Epoch: "1"}, transfer.Folder{Path: inbox})
	if err != nil {
		t.Fatal(err)
	}
	if open, err := f.cp.Undecided(t.Context(), book.ID); err != nil || len(open) != 4 {
		t.Errorf("undecided: got %q, %v, want 4", open, err)
	}
	f.clear(transfer.Clearing{Max: 1}, 1, 1, map[string]int{})
	gone, err := f.cp.Deletions(t.Context(), book.ID)
	open, err2 := f.cp.Undecided(t.Context(), book.ID)
	if err != nil || err2 != nil || len(gone) != 5 || len(open) != 0 {
		t.Errorf("got %q deleted, %q undecided, %v, %v, want 5 and none", gone, open, err, err2)
	}
	f.wantLeft("6")
}

// TestClearWithoutPower: a source that cannot delete keeps all.
func TestClearWithoutPower(t *testing.T) {
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, dated(3)...))
	f.mustRun(transfer.Tally{Copied: 3})
	f.clear(transfer.Clearing{Confirm: func(_ context.Context, n int) error { return fmt.Errorf("asked for %d", n) }}, 0, 0, map[string]int{})
	f.wantLeft("1", "2", "3")
}
