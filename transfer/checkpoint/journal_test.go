package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// TestJournal: what a run has recorded, read while it is on.
func TestJournal(t *testing.T) {
	o := Options{Dir: t.TempDir(), Sources: []string{"a"}, Dest: "b"}
	if _, err := ReadJournal(o.Path()); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("got %v for a job that was never run, want that it does not exist", err)
	}
	l, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	from, to := transfer.Folder{Path: []string{"In", "x"}, Epoch: "7"}, transfer.Folder{Path: []string{"Out"}}
	book, err := l.Enter(t.Context(), "a", from, to)
	if err != nil {
		t.Fatal(err)
	}
	when := time.Unix(1e9, 0)
	records := []transfer.Record{
		{ID: "2", Fate: transfer.Copied, UID: 9, Digest: transfer.Digest{2}, Flags: `\Seen`},
		{ID: "1", Fate: transfer.Adopted, UID: 4, Ident: transfer.Ident{5}},
		{ID: "3", Fate: transfer.Refused, Words: "too large"},
	}
	for i := range records {
		r := &records[i]
		r.Book, r.Size, r.Date = book.ID, 100, when
		if r.Fate != transfer.Refused {
			r.To, r.Epoch = to.Key(), "77"
		}
	}
	if err := errors.Join(l.Settle(t.Context(), records), l.Sync(t.Context())); err != nil {
		t.Fatal(err)
	}
	j, err := ReadJournal(o.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	got, err := j.Carried(t.Context(), "a", from, []string{"1", "2", "3", "4"})
	if err != nil || len(got) != 3 || got["2"].UID != 9 || got["2"].To != to.Key() || got["2"].Epoch != "77" || got["2"].Flags != `\Seen` ||
		got["2"].Digest != (transfer.Digest{2}) || !got["2"].Date.Equal(when) || got["3"].Fate != transfer.Refused || got["3"].Words != "too large" {
		t.Errorf("got %+v, %v", got, err)
	}
	from.Epoch = "8"
	if got, err := j.Carried(t.Context(), "a", from, []string{"1"}); err != nil || len(got) != 0 {
		t.Errorf("got %+v, %v under another epoch, want nothing", got, err)
	}
	if went, err := j.Went(t.Context(), "a"); err != nil || went[from.Key()] != to.Key() {
		t.Errorf("got %q, %v", went, err)
	}
	if uids, err := j.Linked(t.Context(), to, "77"); err != nil || !slices.Equal(uids, []uint32{4, 9}) {
		t.Errorf("got UIDs %v, %v, want 4 and 9", uids, err)
	}
	var seen []string
	err = j.Arrivals(t.Context(), func(a Arrival) error {
		seen = append(seen, fmt.Sprint(a.Source, a.From, a.FromEpoch, a.ID, a.To, a.UID))
		return nil
	})
	if want := []string{"aIn/x71Out4", "aIn/x72Out9"}; err != nil || !slices.Equal(seen, want) {
		t.Errorf("got %q, %v, want %q", seen, err, want)
	}
	stop := errors.New("enough")
	if err := j.Arrivals(t.Context(), func(Arrival) error { return stop }); err != stop {
		t.Errorf("got %v, want %v", err, stop)
	}
}

// TestForget: what is forgotten is carried again, also in a folder that had been
// finished.
func TestForget(t *testing.T) {
	o := Options{Dir: t.TempDir(), Sources: []string{"a"}, Dest: "b"}
	from, to := transfer.Folder{Path: []string{"In"}, Epoch: "7"}, transfer.Folder{Path: []string{"Out"}}
	for pass := range 2 {
		l, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		book, err := l.Enter(t.Context(), "a", from, to)
		if err != nil {
			t.Fatal(err)
		}
		if pass == 0 {
			records := []transfer.Record{{Book: book.ID, ID: "1", Fate: transfer.Copied, To: to.Key(), Epoch: "7", UID: 1}, {Book: book.ID, ID: "2", Fate: transfer.Copied, To: to.Key(), Epoch: "7", UID: 2}}
			err = errors.Join(l.Settle(t.Context(), records), l.Finish(t.Context(), book.ID, "state", transfer.Tally{}), l.Forget(t.Context(), book.ID, []string{"2", "3"}))
			if book, _ = l.Enter(t.Context(), "a", from, to); err != nil || book.State != "" {
				t.Errorf("got %+v, %v, want an unfinished book", book, err)
			}
		}
		known, err := l.Known(t.Context(), book.ID, []string{"1", "2"})
		if err != nil || len(known) != 1 || known["1"].UID != 1 || book.State != "" {
			t.Errorf("pass %d: got %+v, %v in %+v, want message 1 alone in an unfinished book", pass, known, err, book)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAuditMemory: digests are remembered until the audit is done, and what is
// damaged is begun anew.
func TestAuditMemory(t *testing.T) {
	o := Options{Dir: filepath.Join(t.TempDir(), "new"), Sources: []string{"a"}, Dest: "b"}
	f := transfer.Folder{Path: []string{"INBOX"}, Epoch: "1"}
	sums := map[string]transfer.Sum{"5": {Ident: transfer.Ident{1}, Digest: transfer.Digest{2}, Size: 3}}
	open := func() *Memory {
		m, err := OpenMemory(o)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	known := func(m *Memory, side string, f transfer.Folder) int {
		got, err := m.Known(t.Context(), side, f, []string{"5", "6"})
		if err != nil || len(got) > 0 && got["5"] != sums["5"] {
			t.Errorf("got %+v, %v", got, err)
		}
		return len(got)
	}
	m := open()
	if err := errors.Join(m.Learn(t.Context(), "side", f, sums), m.Close(false)); err != nil {
		t.Fatal(err)
	}
	m = open()
	other := f
	other.Epoch = "2"
	if a, b, c := known(m, "side", f), known(m, "side", other), known(m, "elsewhere", f); a != 1 || b+c != 0 {
		t.Errorf("got %d, %d, %d known, want 1, 0, 0", a, b, c)
	}
	if err := m.Close(true); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(o.Dir); err != nil || len(left) > 0 {
		t.Errorf("got %v, %v left, want nothing", left, err)
	}
	if err := os.WriteFile(beside(o.Path(), ".verify"), []byte("this is no database, it is only text that fills some room"), 0o600); err != nil {
		t.Fatal(err)
	}
	m = open()
	if n := known(m, "side", f); n != 0 {
		t.Errorf("got %d known, want 0", n)
	}
	if err := m.Close(true); err != nil {
		t.Error(err)
	}
}
