package checkpoint

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

func TestPath(t *testing.T) {
	a := Options{Dir: "d", Sources: []string{"a", "b"}, Dest: "c"}
	for _, tc := range []struct {
		name string
		o    Options
		same bool
	}{
		{"the same", a, true},
		{"other order", Options{Dir: "d", Sources: []string{"b", "a", "b"}, Dest: "c"}, true},
		{"the other way round", Options{Dir: "d", Sources: []string{"c", "b"}, Dest: "a"}, false},
		{"other cut", Options{Dir: "d", Sources: []string{"ab"}, Dest: "c"}, false},
		{"one source less", Options{Dir: "d", Sources: []string{"a"}, Dest: "c"}, false},
	} {
		if got := tc.o.Path() == a.Path(); got != tc.same {
			t.Errorf("%s: got %s for %s, same %v, want %v", tc.name, tc.o.Path(), a.Path(), got, tc.same)
		}
	}
	if name := filepath.Base(a.Path()); len(name) != len("0123456789abcdef.db") {
		t.Errorf("name: got %q, want 16 characters and .db", name)
	}
}

func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	o := options(t)
	l := mustOpen(t, o)
	begin(t, l, archive, 1, letter(enter(t, l, inbox, archive).ID, "1"))
	for path, want := range map[string]os.FileMode{
		o.Dir: 0o700, o.Path(): 0o600, o.Path() + "-wal": 0o600, o.Path() + "-shm": 0o600,
		beside(o.Path(), ".lock"): 0o600, beside(o.Path(), ".reserve"): 0o600,
	} {
		info, err := os.Stat(path)
		if err != nil {
			t.Error(err)
		} else if got := info.Mode().Perm(); got != want {
			t.Errorf("mode of %s: got %o, want %o", filepath.Base(path), got, want)
		}
	}
}

func TestHeldTwice(t *testing.T) {
	o := options(t)
	first, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), o)
	if !errors.Is(err, transfer.ErrHeld) || transfer.Hint(err) == "" {
		t.Errorf("second open: got %v, hint %q, want held and a hint", err, transfer.Hint(err))
	}
	other := o
	other.Dest += "x"
	mustOpen(t, other)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, o)
}

func TestOddDir(t *testing.T) {
	o := options(t)
	o.Dir = filepath.Join(o.Dir, "50% of #1", "ü + x&y=z;")
	if runtime.GOOS != "windows" {
		o.Dir += "?"
	}
	l := mustOpen(t, o)
	begin(t, l, archive, 1, letter(enter(t, l, inbox, archive).ID, "1"))
	if _, err := os.Stat(o.Path() + "-wal"); err != nil {
		t.Error(err)
	}
	if got, err := List(o.Dir); err != nil || len(got) != 1 {
		t.Errorf("list: got %v, %v, want one", got, err)
	}
}

// TestNoWAL uses a file system without memory shared between processes.
func TestNoWAL(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("SQLite has no such virtual file system there")
	}
	o := options(t)
	l, err := open(o, "unix-dotfile")
	if err != nil {
		t.Fatal(err)
	}
	mode, err := l.db.text("PRAGMA journal_mode")
	if err != nil || mode != "delete" {
		t.Errorf("journal mode: got %q, %v, want delete", mode, err)
	}
	b := enter(t, l, inbox, archive)
	begin(t, l, archive, 1, letter(b.ID, "1"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	again := mustOpen(t, o)
	if rs, err := again.Pending(t.Context(), archive); err != nil || len(rs) != 1 {
		t.Errorf("pending: got %v, %v, want one", rs, err)
	}
}

// TestExact carries texts through that are no UTF-8, hold what SQL could take
// for its own, or are empty.
func TestExact(t *testing.T) {
	o := options(t)
	l := mustOpen(t, o)
	texts := []string{"", "a\x00b", "\xff\xfe", "';--", `"`, "%_", " ü ", "a/b", "0", "007", "7.0", "1e3"}
	var books []transfer.Book
	for _, text := range texts {
		f := transfer.Folder{Path: []string{strings.ReplaceAll(text, "\x00", "-")}, Epoch: text}
		b := enter(t, l, f, f)
		b.Filled = true // from here on
		books = append(books, b)
		r := letter(b.ID, text)
		r.Flags = text
		begin(t, l, f, 0, r)
		r = landed(r, f, 1)
		r.Words = text
		settle(t, l, r)
	}
	if err := l.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := mustOpen(t, leftovers(t, o))
	for i, text := range texts {
		f := transfer.Folder{Path: []string{strings.ReplaceAll(text, "\x00", "-")}, Epoch: text}
		if b := enter(t, again, f, f); b != books[i] {
			t.Errorf("%q: got book %+v, want %+v", text, b, books[i])
		}
		got, err := again.Known(t.Context(), books[i].ID, texts)
		if err != nil || len(got) != 1 {
			t.Fatalf("%q: got %v, %v, want one", text, got, err)
		}
		if r := got[text]; r.ID != text || r.Flags != text || r.Words != text || r.Epoch != text || r.To != f.Key() || r.UID != 1 {
			t.Errorf("%q: got %+v", text, r)
		}
	}
}

func TestReroute(t *testing.T) {
	o := options(t)
	l := mustOpen(t, o)
	b := enter(t, l, inbox, archive)
	settle(t, l, landed(letter(b.ID, "1"), archive, 4))
	if err := l.Finish(t.Context(), b.ID, "state", transfer.Tally{Messages: 1}); err != nil {
		t.Fatal(err)
	}
	moved := enter(t, l, inbox, inbox)
	if moved.ID != b.ID || moved.State != "" || moved.Tally.Messages != 0 {
		t.Errorf("routed elsewhere: got %+v, want book %d without state", moved, b.ID)
	}
	settle(t, l, landed(letter(b.ID, "2"), inbox, 5))
	for to, want := range map[*transfer.Folder]uint32{&archive: 4, &inbox: 5} {
		if uids, err := l.Linked(t.Context(), *to, to.Epoch); err != nil || !slices.Equal(uids, []uint32{want}) {
			t.Errorf("linked in %s: got %v, %v, want %d", to.Name(), uids, err, want)
		}
	}
	if err := l.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if back := enter(t, mustOpen(t, leftovers(t, o)), inbox, archive); back.State != "" || back.ID != b.ID {
		t.Errorf("routed back: got %+v, want book %d without state", back, b.ID)
	}
}

// TestOrder wants open records in the order in which they left.
func TestOrder(t *testing.T) {
	l := mustOpen(t, options(t))
	b := enter(t, l, inbox, archive)
	begin(t, l, archive, 1, letter(b.ID, "9"), letter(b.ID, "10"), letter(b.ID, "1"))
	begin(t, l, archive, 4, letter(b.ID, "0"))
	rs, err := l.Pending(t.Context(), archive)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rs {
		got = append(got, r.ID)
	}
	if want := []string{"9", "10", "1", "0"}; !slices.Equal(got, want) {
		t.Errorf("pending: got %q, want %q", got, want)
	}
}

// TestShared lets many lanes begin and settle at once, and read in between.
func TestShared(t *testing.T) {
	o := options(t)
	l := mustOpen(t, o)
	const lanes, windows = 8, 10
	var wg sync.WaitGroup
	for lane := range lanes {
		wg.Go(func() {
			to := archive
			to.Path = append([]string{string(rune('a' + lane))}, to.Path...)
			b, err := l.Enter(t.Context(), "s", to, to)
			for i := 0; i < windows && err == nil; i++ {
				rs := letters(b.ID, i*5, i*5+5)
				err = l.Begin(t.Context(), windowOf(to, uint32(i), rs...))
				for _, r := range rs[1:] {
					err = errors.Join(err, l.Settle(t.Context(), []transfer.Record{landed(r, to, uint32(i+1))}))
				}
				_, linkErr := l.Linked(t.Context(), to, to.Epoch)
				err = errors.Join(err, linkErr)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s, err := Read(o.Path())
	if err != nil {
		t.Fatal(err)
	}
	open := 0
	for _, f := range s.Folders {
		open += f.Open
	}
	if len(s.Folders) != lanes || open != lanes*windows {
		t.Errorf("got %d folders and %d open, want %d and %d", len(s.Folders), open, lanes, lanes*windows)
	}
}

func TestCanceled(t *testing.T) {
	o := options(t)
	l := mustOpen(t, o)
	b := enter(t, l, inbox, archive)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Begin(ctx, windowOf(archive, 1, letter(b.ID, "1"))); !errors.Is(err, context.Canceled) {
		t.Errorf("begin: got %v, want canceled", err)
	}
	if err := errors.Join(l.Settle(ctx, []transfer.Record{landed(letter(b.ID, "2"), archive, 1)}), l.Sync(ctx)); err != nil {
		t.Errorf("what has happened must be recorded: got %v", err)
	}
	got, err := mustOpen(t, leftovers(t, o)).Known(t.Context(), b.ID, []string{"1", "2"})
	if _, ok := got["2"]; err != nil || !ok || len(got) != 1 {
		t.Errorf("got %v, %v, want only the settled one", got, err)
	}
}

func TestWrongUse(t *testing.T) {
	l := mustOpen(t, options(t))
	b := enter(t, l, inbox, archive)
	for name, err := range map[string]error{
		"begin without a book":  l.Begin(t.Context(), windowOf(archive, 1, letter(99, "1"))),
		"settle without a book": l.Settle(t.Context(), []transfer.Record{landed(letter(99, "1"), archive, 1)}),
		"settle as present":     l.Settle(t.Context(), []transfer.Record{{Book: b.ID, ID: "1", Fate: transfer.Present}}),
		"finish without a book": l.Finish(t.Context(), 99, "", transfer.Tally{}),
		"claim without a book":  l.Claim(t.Context(), 99, transfer.Record{Book: b.ID}, "1"),
	} {
		if err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}
