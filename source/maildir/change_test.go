package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// age sets the times of a folder's parts back, as if it had rested.
func age(t *testing.T, dir string, by time.Duration) {
	t.Helper()
	past := time.Now().Add(-by)
	for _, part := range []string{"cur", "new"} {
		if err := os.Chtimes(filepath.Join(dir, part), past, past); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRenamedMeanwhile(t *testing.T) {
	root := t.TempDir()
	mkdir(t, root, "cur")
	cur, fresh := filepath.Join(root, "cur"), filepath.Join(root, "new")
	write(t, filepath.Join(fresh, "1.a"), "one\n", old)
	write(t, filepath.Join(cur, "2.a:2,"), "two\n", old)
	write(t, filepath.Join(cur, "3.a:2,"), "three\n", old)
	age(t, root, time.Hour)
	s := open(t, root)
	f := folders(t, s)[0]
	list(t, s, f, "")
	rename(t, filepath.Join(fresh, "1.a"), filepath.Join(cur, "1.a:2,S"))
	rename(t, filepath.Join(cur, "2.a:2,"), filepath.Join(cur, "2.a:2,FS"))
	if err := os.Remove(filepath.Join(cur, "3.a:2,")); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"1.a": "one\r\n", "2.a": "two\r\n"} {
		if x, got := fetch(t, s, f, id); got != want || x.Err != nil {
			t.Errorf("fetch %q, which was renamed: got %q, %v, want %q", id, got, x.Err, want)
		}
	}
	if x, _ := fetch(t, s, f, "3.a"); !errors.Is(x.Err, transfer.ErrVanished) {
		t.Errorf("fetch of a removed file: got %v, want ErrVanished", x.Err)
	}
}

// TestListWhileRenaming renames each file when the one before it is listed.
func TestListWhileRenaming(t *testing.T) {
	root := t.TempDir()
	mkdir(t, root, "new")
	cur := filepath.Join(root, "cur")
	names := []string{"1.a", "2.a", "3.a"}
	for _, n := range names {
		write(t, filepath.Join(cur, n+":2,"), n, old)
	}
	s := open(t, root)
	var got []string
	for m, err := range s.List(t.Context(), folders(t, s)[0], "") {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, m.ID); len(got) < len(names) {
			next := filepath.Join(cur, names[len(got)])
			rename(t, next+":2,", next+":2,S")
		}
		if want := len(got) > 1; slices.Contains(m.Flags, transfer.Seen) != want {
			t.Errorf("flags of %q: got %q, want seen %v", m.ID, m.Flags, want)
		}
	}
	if !slices.Equal(got, names) {
		t.Errorf("got %q, want %q", got, names)
	}
}

func TestOrderAndTwins(t *testing.T) {
	root := t.TempDir()
	for _, file := range []string{
		"cur/20.M5P1.h:2,", "cur/20.M40P1.h:2,", "cur/3.x:2,", "cur/100.y:2,S", "new/20.0_1.h", "cur/no time:2,",
		"cur/7.twin:2,", "cur/7.twin:2,S", "new/7.twin", "new/7.twin#2", "cur/.hidden", "new/8.new",
	} {
		write(t, filepath.Join(root, filepath.FromSlash(file)), file, old)
	}
	mkdir(t, root, "cur/9.directory")
	s := open(t, root)
	f := folders(t, s)[0]
	want := []string{
		"no time", "3.x", "7.twin", "7.twin#2", "7.twin#3", "7.twin#2#1", "8.new", "20.0_1.h", "20.M5P1.h", "20.M40P1.h", "100.y",
	}
	if got := ids(list(t, s, f, "")); !slices.Equal(got, want) {
		t.Errorf("order:\n got %q\nwant %q", got, want)
	}
	if f.Count != len(want) {
		t.Errorf("count: got %d, want %d", f.Count, len(want))
	}
	for id, text := range map[string]string{
		"7.twin": "cur/7.twin:2,", "7.twin#2": "cur/7.twin:2,S", "7.twin#3": "new/7.twin", "7.twin#2#1": "new/7.twin#2",
	} {
		if _, got := fetch(t, s, f, id); got != text {
			t.Errorf("fetch %q: got %q, want %q", id, got, text)
		}
	}
	for i, id := range want {
		if got := ids(list(t, open(t, root), f, id)); !slices.Equal(got, want[i+1:]) {
			t.Errorf("after %q: got %q, want %q", id, got, want[i+1:])
		}
	}
	if got := ids(list(t, s, f, "20.M6P0.gone")); !slices.Equal(got, want[9:]) {
		t.Errorf("after one that is gone: got %q, want %q", got, want[9:])
	}
}

func TestState(t *testing.T) {
	root := t.TempDir()
	mkdir(t, root, "new")
	cur := filepath.Join(root, "cur")
	write(t, filepath.Join(cur, "1.a:2,"), "one", old)
	s := open(t, root)
	now := func() string { return folders(t, s)[0].State }
	if got := now(); got != "" {
		t.Errorf("state of a folder that has just changed: got %q, want none", got)
	}
	age(t, root, time.Hour)
	rested := now()
	if again := now(); rested == "" || again != rested {
		t.Errorf("state of a folder at rest: got %q, then %q", rested, again)
	}
	rename(t, filepath.Join(cur, "1.a:2,"), filepath.Join(cur, "1.a:2,S"))
	if got := now(); got == rested {
		t.Errorf("state after a new flag: got %q again", got)
	}
	age(t, root, time.Minute)
	if got := now(); got == "" || got == rested {
		t.Errorf("state later: got %q, want another than %q", got, rested)
	}
	write(t, filepath.Join(root, keywordsFile), "0 x\n", old)
	if got := now(); got == rested {
		t.Errorf("state after a new keyword: got %q again", got)
	}
}

func TestFolderGone(t *testing.T) {
	root := t.TempDir()
	mkdir(t, root, "cur", ".A/cur")
	s := open(t, root)
	f := folders(t, s)[1]
	if err := os.RemoveAll(filepath.Join(root, ".A")); err != nil {
		t.Fatal(err)
	}
	var last error
	for _, last = range s.List(t.Context(), f, "") {
	}
	if !errors.Is(last, os.ErrNotExist) {
		t.Errorf("list of a folder that is gone: got %v, want not exist", last)
	}
}
