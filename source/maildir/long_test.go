package maildir

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/scratch"
	"github.com/mailhaul/mailhaul/transfer"
)

// shuffled are n names of files in no order: many of one second, some with the base of
// another, some without a time.
func shuffled(r *rand.Rand, n int) (files []mail) {
	for i := range n {
		m := mail{file: fmt.Sprintf("%d.M%dP1.host,S=%d:2,S", 1_400_000_000+r.IntN(n/3+1), r.IntN(5), i), fresh: r.IntN(4) == 0}
		switch {
		case i%20 == 0 && i > 0:
			m.file = strings.Replace(files[r.IntN(i)].file, ":2,S", ":2,F", 1)
		case i%20 == 1:
			m.file = fmt.Sprintf("note%d", i)
		}
		files = append(files, m)
	}
	return files
}

// walkAll are all files of an index in their order.
func walkAll(t testing.TB, ps *pages) (all []mail) {
	t.Helper()
	for c := (cursor{}); ; {
		m, more, err := ps.next(&c)
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return all
		}
		all = append(all, m)
	}
}

func sorted(t testing.TB, temp *scratch.Files, files []mail) *pages {
	t.Helper()
	s := &sorter{temp: temp}
	for _, m := range files {
		if err := s.add(m.file, m.fresh); err != nil {
			t.Fatal(err)
		}
	}
	ps, err := s.finish()
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

// TestSorter: what goes over the disk comes back as memory has it, and is found.
func TestSorter(t *testing.T) {
	var temp scratch.Files
	defer temp.Close()
	for _, n := range []int{1, heldFiles, heldFiles + 1, 2*heldFiles + pageFiles, 3*heldFiles - 17} {
		files := shuffled(rand.New(rand.NewPCG(uint64(n), 1)), n)
		long, short := sorted(t, &temp, files), sorted(t, nil, files)
		if got, want := long.file != nil, n > heldFiles; got != want {
			t.Fatalf("%d files: a temporary file is in use: got %t, want %t", n, got, want)
		}
		got, want := walkAll(t, long), walkAll(t, short)
		if !slices.Equal(got, want) || len(got) != n {
			t.Fatalf("%d files: got %d in another order than in memory", n, len(got))
		}
		for i := 0; i < n; i += 97 {
			x := &index{pages: long}
			if m, found, err := x.search(want[i].id()); !found || err != nil || m != want[i] {
				t.Fatalf("search for %s: got %v, %t, %v", want[i].id(), m, found, err)
			}
			c, err := x.after(want[i].id())
			if err != nil {
				t.Fatal(err)
			}
			if m, more, _ := long.next(&c); more != (i+1 < n) || more && m != want[i+1] {
				t.Fatalf("after %s: got %v, %t", want[i].id(), m, more)
			}
		}
		for _, id := range []string{"", "1", "9999999999.M1P1.host", want[n/2].id() + "x", want[0].file[:want[0].base] + "#999"} {
			if m, found, err := (&index{pages: long}).search(id); found || err != nil {
				t.Errorf("search for %q: got %v, %v, want none", id, m, err)
			}
		}
		long.close()
	}
}

// TestSorterIsLean: what the names of many files take of memory.
func TestSorterIsLean(t *testing.T) {
	const n, most = 200_000, 5 << 20
	var temp scratch.Files
	defer temp.Close()
	before := mailtest.Heap()
	s := &sorter{temp: &temp}
	for i := range n {
		if err := s.add(fmt.Sprintf("%d.M%dP1.a.host.example.com,S=2000,W=2040:2,S", 1_400_000_000-i, i), false); err != nil {
			t.Fatal(err)
		}
	}
	if took := mailtest.Heap() - before; took > most {
		t.Errorf("while the names are read: got %d bytes, want no more than %d", took, most)
	}
	ps, err := s.finish()
	if err != nil {
		t.Fatal(err)
	}
	s = nil
	if took := mailtest.Heap() - before; took > most {
		t.Errorf("afterwards: got %d bytes, want no more than %d", took, most)
	}
	if got := len(walkAll(t, ps)); got != n {
		t.Errorf("got %d files, want %d", got, n)
	}
}

// TestLongFolder: a folder whose names lie on the disk, with a mail program at work
// while it is listed; without room for temporary files too.
func TestLongFolder(t *testing.T) {
	const n = heldFiles + 1500
	for _, room := range []bool{true, false} {
		dir := t.TempDir()
		mkdir(t, dir, "cur", "new")
		name := func(i int, info string) string {
			return filepath.Join(dir, "cur", fmt.Sprintf("%d.M1P1.host%s", 1_400_000_000+i, info))
		}
		for i := range n {
			if err := os.WriteFile(name(i, ""), fmt.Appendf(nil, "Subject: %d\n\n%d\n", i, i), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if !room {
			t.Setenv("TMPDIR", "/nowhere")
			t.Setenv("TMP", "/nowhere")
		}
		s := open(t, dir)
		f := folders(t, s)[0]
		var ms []transfer.Message
		for m, err := range s.List(t.Context(), f, "") {
			if err != nil {
				t.Fatal(err)
			}
			if ms = append(ms, m); len(ms)%4000 == 500 {
				for i := len(ms) + 100; i < min(len(ms)+105, n); i++ {
					rename(t, name(i, ""), name(i, ":2,S"))
				}
			}
		}
		if got := s.index.file != nil; got != room {
			t.Errorf("a temporary file is in use: got %t, want %t", got, room)
		}
		if len(ms) != n || f.Count != n {
			t.Fatalf("got %d messages, %d told, want %d", len(ms), f.Count, n)
		}
		k := 0
		for m, err := range s.Fetch(t.Context(), f, ms) {
			if want := filepath.Base(name(k, "")); err != nil || m.Err != nil || m.ID != want {
				t.Fatalf("message %d: got %s, %v, %v, want %s", k, m.ID, m.Err, err, want)
			}
			k++
		}
		s.Close()
	}
}

// TestTornTempFile: what cannot be read again is an error, not the end of the folder.
func TestTornTempFile(t *testing.T) {
	var temp scratch.Files
	defer temp.Close()
	ps := sorted(t, &temp, shuffled(rand.New(rand.NewPCG(3, 1)), 2*heldFiles))
	last := ps.at[len(ps.at)-1]
	for _, torn := range []func(){
		func() { ps.file.WriteAt([]byte("x"), last.from+last.size-1) },
		func() { ps.file.WriteAt(make([]byte, last.size), last.from) },
		func() { ps.file.WriteAt(bytes.Repeat([]byte{0xff}, 12), last.from) },
		func() { ps.file.Truncate(last.from + 5) },
		temp.Close,
	} {
		torn()
		ps.open = nil
		n, err := 0, error(nil)
		for c, more := (cursor{}), true; more; n++ {
			_, more, err = ps.next(&c)
		}
		if err == nil {
			t.Errorf("got %d files and no error", n)
		}
	}
}

// TestTornRun: nor is a part of the names lost that the disk does not give back.
func TestTornRun(t *testing.T) {
	for name, torn := range map[string]func(s *sorter){
		"zeros":     func(s *sorter) { s.file.WriteAt(make([]byte, s.runs[0].size), s.runs[0].from) },
		"cut short": func(s *sorter) { s.runs[0].size = 0 },
		"changed":   func(s *sorter) { s.file.WriteAt([]byte("x"), s.runs[0].from+s.runs[0].size-1) },
	} {
		var temp scratch.Files
		s := &sorter{temp: &temp}
		for _, m := range shuffled(rand.New(rand.NewPCG(4, 1)), heldFiles+1) {
			if err := s.add(m.file, m.fresh); err != nil {
				t.Fatal(err)
			}
		}
		torn(s)
		if ps, err := s.finish(); err == nil {
			t.Errorf("%s: got %d files and no error", name, len(walkAll(t, ps)))
		}
		temp.Close()
	}
}
