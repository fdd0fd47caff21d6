package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

// wantFault wants an error of that cause which names the file and a way out.
func wantFault(t *testing.T, err, cause error, path string) {
	t.Helper()
	if !errors.Is(err, cause) {
		t.Fatalf("got %v, want %v", err, cause)
	}
	if !strings.Contains(err.Error(), path) || transfer.Hint(err) == "" || !transfer.Permanent(err) {
		t.Errorf("got %q, hint %q, want the path %s and a hint", err, transfer.Hint(err), path)
	}
	if transfer.Full(err) {
		t.Errorf("%v says that the destination is full", err)
	}
}

// filled is a job with a closed file that holds many messages.
func filled(t *testing.T) Options {
	o := options(t)
	l, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	b := enter(t, l, inbox, archive)
	begin(t, l, archive, 1, letters(b.ID, 0, 2000)...)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return o
}

// meddle runs sql as somebody else.
func meddle(path, sql string) error {
	db, err := openDatabase(path, "")
	if err != nil {
		return err
	}
	return errors.Join(db.exec(sql), db.close())
}

func TestDamaged(t *testing.T) {
	for _, tc := range []struct {
		name   string
		damage func(path string) error
	}{
		{"no database", func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("mail", 4096)), 0o600) }},
		{"cut off", func(path string) error { return os.Truncate(path, 3*4096) }},
		{"somebody else's", func(path string) error {
			return errors.Join(os.Truncate(path, 0), meddle(path, "CREATE TABLE bookmarks(x)"))
		}},
		{"row without its folder", func(path string) error { return meddle(path, "DELETE FROM target") }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := filled(t)
			if err := tc.damage(o.Path()); err != nil {
				t.Fatal(err)
			}
			l, err := Open(t.Context(), o)
			if err == nil { // a page is missing that is needed only later
				b := enter(t, l, inbox, archive)
				_, err = l.Known(t.Context(), b.ID, []string{"1", "999", "1999"})
				err = errors.Join(err, l.Close())
			}
			wantFault(t, err, ErrDamaged, o.Path())
			files, _ := filepath.Glob(strings.TrimSuffix(o.Path(), ".db") + "*")
			for _, f := range files {
				if err := os.Remove(f); err != nil {
					t.Fatal(err)
				}
			}
			mustOpen(t, o) // the hint's way out
		})
	}
}

func TestNewer(t *testing.T) {
	o := filled(t)
	if err := meddle(o.Path(), fmt.Sprint("PRAGMA user_version=", schemaVersion+1)); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), o)
	wantFault(t, err, ErrNewer, o.Path())
	_, err = Read(o.Path())
	wantFault(t, err, ErrNewer, o.Path())
}

func TestNoDir(t *testing.T) {
	o := options(t)
	if err := os.WriteFile(o.Dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), o.Dir) || transfer.Hint(err) == "" {
		t.Errorf("a file in the place of the folder: got %v, hint %q, want the path and a hint", err, transfer.Hint(err))
	}
	if os.Geteuid() <= 0 {
		t.Skip("root may write everywhere")
	}
	o = options(t)
	if err := os.Mkdir(o.Dir, 0o500); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), o)
	wantFault(t, err, os.ErrPermission, o.Dir)
}

// TestFull lets the file have no more pages: the window does not begin, what
// has arrived is recorded, and the reserve is given away for it.
func TestFull(t *testing.T) {
	o := options(t)
	l := mustOpen(t, o)
	b := enter(t, l, inbox, archive)
	begin(t, l, archive, 1, letters(b.ID, 0, 10)...)
	pages, err := l.db.text("PRAGMA page_count")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.db.exec("PRAGMA max_page_count=" + pages); err != nil {
		t.Fatal(err)
	}
	settle(t, l, landed(letter(b.ID, "3"), archive, 1))
	err = l.Begin(t.Context(), windowOf(archive, 2, letters(b.ID, 10, 500)...))
	wantFault(t, err, ErrFull, o.Path())
	if _, err := os.Stat(beside(o.Path(), ".reserve")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("reserve: got %v, want it gone", err)
	}
	left := mustOpen(t, leftovers(t, o))
	got, err := left.Known(t.Context(), b.ID, []string{"3", "4", "10", "400"})
	if err != nil || len(got) != 2 || got["3"].Fate != transfer.Copied || got["4"].Fate != transfer.Open {
		t.Errorf("after a crash: got %v, %v, want 3 copied and 4 open", got, err)
	}
	// Room again: the same Log goes on.
	if err := l.db.exec("PRAGMA max_page_count=1000000"); err != nil {
		t.Fatal(err)
	}
	begin(t, l, archive, 2, letters(b.ID, 10, 500)...)
}

// TestFullTwice finds no room even for what has arrived: it is kept for later.
func TestFullTwice(t *testing.T) {
	l := mustOpen(t, options(t))
	b := enter(t, l, inbox, archive)
	if err := l.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := l.db.exec("PRAGMA max_page_count=1"); err != nil {
		t.Fatal(err)
	}
	rs := letters(b.ID, 0, 500)
	for i := range rs {
		rs[i] = landed(rs[i], archive, uint32(i+1))
	}
	settle(t, l, rs...)
	if err := l.Sync(t.Context()); !errors.Is(err, ErrFull) {
		t.Errorf("sync: got %v, want full", err)
	}
	if _, err := l.Known(t.Context(), b.ID, []string{"1"}); !errors.Is(err, ErrFull) {
		t.Errorf("known: got %v, want full", err)
	}
	if err := l.db.exec("PRAGMA max_page_count=1000000"); err != nil {
		t.Fatal(err)
	}
	if uids, err := l.Linked(t.Context(), archive, archive.Epoch); err != nil || len(uids) != len(rs) {
		t.Errorf("linked with room again: got %d, %v, want %d", len(uids), err, len(rs))
	}
}
