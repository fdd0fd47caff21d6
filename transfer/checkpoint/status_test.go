package checkpoint

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

func TestStatus(t *testing.T) {
	o := options(t)
	start := time.Now().Add(-2 * time.Second)
	l := mustOpen(t, o)
	b := enter(t, l, inbox, archive)
	begin(t, l, archive, 1, letters(b.ID, 0, 10)...)
	begin(t, l, archive, 1, letters(b.ID, 10, 12)...)
	settle(t, l, landed(letter(b.ID, "0"), archive, 1), landed(letter(b.ID, "1"), archive, 2),
		transfer.Record{Book: b.ID, ID: "12", Fate: transfer.Refused, Words: "NO [TOOBIG]", Size: 7, Subject: "Hi \xff", MessageID: "<x@y>"},
		transfer.Record{Book: b.ID, ID: "y", Fate: transfer.Vanished})
	tally := transfer.Tally{Messages: 14, Copied: 2}
	if err := errors.Join(l.Finish(t.Context(), b.ID, "s", tally), l.Sync(t.Context())); err != nil {
		t.Fatal(err)
	}
	s, err := Read(o.Path()) // while l is open
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.Sources, o.Sources) || s.Dest != o.Dest || s.PID != os.Getpid() || s.Path != o.Path() {
		t.Errorf("job: got %+v", s)
	}
	if s.Created.Before(start) || s.Started.Before(start) || !s.Ended.IsZero() || s.Changed.Before(start) {
		t.Errorf("times: got created %v, started %v, ended %v, changed %v", s.Created, s.Started, s.Ended, s.Changed)
	}
	if len(s.Folders) != 1 {
		t.Fatalf("folders: got %+v, want one", s.Folders)
	}
	f := s.Folders[0]
	size := letter(b.ID, "0").Size
	want := transfer.Tally{Messages: 14, Copied: 2, Refused: 1, Vanished: 1, Bytes: 2 * size}
	if f.From != "INBOX" || f.To != "Archive/2019" || f.Recorded != want || f.Open != 10 || f.Windows != 2 {
		t.Errorf("folder: got %+v, want %+v, 10 open in 2 windows", f, want)
	}
	if f.Last != tally || f.Finished.Before(start) {
		t.Errorf("last pass: got %+v at %v, want %+v", f.Last, f.Finished, tally)
	}
	refused := Refused{
		Source: "imaps://anna@old.example", From: "INBOX", To: "Archive/2019", Key: inbox.Key(), Epoch: inbox.Epoch,
		ID: "12", Words: "NO [TOOBIG]", Size: 7, Subject: "Hi \xff", MessageID: "<x@y>",
	}
	if len(s.Refused) != 1 || s.Refused[0] != refused {
		t.Errorf("refused: got %+v, want %+v", s.Refused, refused)
	}
}

// TestStatusRefused: what was refused is listed until it has arrived, and under
// an earlier epoch until a pass under a later one was whole.
func TestStatusRefused(t *testing.T) {
	l := mustOpen(t, options(t))
	ids := func() (ids string) {
		t.Helper()
		if err := l.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		s, err := Read(l.path)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range s.Refused {
			ids += r.Epoch + ":" + r.ID + " "
		}
		return ids
	}
	refused := func(b transfer.Book, id string) transfer.Record {
		return transfer.Record{Book: b.ID, ID: id, Fate: transfer.Refused, Words: "NO", Subject: "s"}
	}
	b := enter(t, l, inbox, archive)
	settle(t, l, refused(b, "1"), refused(b, "2"))
	begin(t, l, archive, 1, letter(b.ID, "1"))
	settle(t, l, landed(letter(b.ID, "1"), archive, 1))
	if got, want := ids(), inbox.Epoch+":2 "; got != want {
		t.Errorf("after 1 was copied: got %q, want %q", got, want)
	}
	later := inbox
	later.Epoch = "later"
	again := enter(t, l, later, archive)
	settle(t, l, refused(again, "7"))
	if got, want := ids(), inbox.Epoch+":2 later:7 "; got != want {
		t.Errorf("during a pass under another epoch: got %q, want %q", got, want)
	}
	if err := l.Finish(t.Context(), again.ID, "", transfer.Tally{}); err != nil {
		t.Fatal(err)
	}
	if got, want := ids(), "later:7 "; got != want {
		t.Errorf("after a pass under another epoch: got %q, want %q", got, want)
	}
}

func TestList(t *testing.T) {
	o := filled(t)
	if err := os.WriteFile(filepath.Join(o.Dir, "0000.db"), []byte("this is no database, however long it is"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.Dir, "1111.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := List(o.Dir)
	if len(got) != 1 || got[0].Path != o.Path() || got[0].PID != 0 || got[0].Ended.IsZero() {
		t.Errorf("list: got %+v, want %s, ended", got, o.Path())
	}
	if !errors.Is(err, ErrDamaged) {
		t.Errorf("list: got error %v, want the other file damaged", err)
	}
	if got, err := List(filepath.Join(o.Dir, "missing")); err != nil || got != nil {
		t.Errorf("no folder: got %v, %v, want nothing", got, err)
	}
}

// TestViews asks the views as a person with the sqlite3 shell would.
func TestViews(t *testing.T) {
	o := filled(t)
	db, err := openReadOnly(o.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer db.close()
	for sql, want := range map[string]string{
		`SELECT "from" || ' > ' || "to" || ': ' || open FROM progress`: "INBOX > Archive/2019: 2000",
		`SELECT count(*) || ' ' || min(base) FROM waiting`:             "2000 1",
		`SELECT count(*) FROM problems`:                                "0",
	} {
		if got, err := db.text(sql); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", sql, got, err, want)
		}
	}
	if err := db.exec("DELETE FROM message"); err == nil {
		t.Error("the reading connection can write")
	}
}

// TestIdleRunWritesNothing: a run that finds nothing new leaves the file as it was,
// unless the run before was cut off.
func TestIdleRunWritesNothing(t *testing.T) {
	o := options(t)
	open := func() *Log {
		t.Helper()
		l, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	read := func() (Status, []byte) {
		t.Helper()
		s, err := Read(o.Path())
		text, bad := os.ReadFile(o.Path())
		if err = errors.Join(err, bad); err != nil {
			t.Fatal(err)
		}
		return s, text
	}
	l := open()
	b := enter(t, l, inbox, archive)
	if err := errors.Join(l.Sync(t.Context()), l.close()); err != nil { // as if it were killed
		t.Fatal(err)
	}
	if s, _ := read(); s.Started.IsZero() || !s.Ended.IsZero() {
		t.Fatalf("cut off: got started %v, ended %v", s.Started, s.Ended)
	}
	if err := open().Close(); err != nil {
		t.Fatal(err)
	}
	s, before := read()
	if s.Ended.IsZero() {
		t.Error("the run after one that was cut off did not say that it ended")
	}
	l = open()
	if err := errors.Join(l.Sync(t.Context()), l.Close()); err != nil {
		t.Fatal(err)
	}
	if _, after := read(); !bytes.Equal(before, after) {
		t.Error("a run that had nothing to write has written")
	}
	l = open()
	settle(t, l, landed(letter(b.ID, "0"), archive, 1))
	if err := l.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s, _ := read(); !s.Ended.IsZero() {
		t.Errorf("a run that is on: got ended %v", s.Ended)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if s, _ := read(); s.Ended.IsZero() {
		t.Error("a run that wrote did not say that it ended")
	}
}
