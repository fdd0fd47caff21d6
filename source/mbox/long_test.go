package mbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/scratch"
	"github.com/mailhaul/mailhaul/transfer"
)

// long is more messages than memory holds.
const long = slabHeld*slabSize + 3*slabSize/2

// shortMail are messages of few bytes: twins, "From " lines, and others.
func shortMail(n int) (in []string) {
	for i := range n {
		m := fmt.Sprintf("Subject: %d\n\ntext %d\n", i, i)
		switch {
		case i%7 == 3:
			m = "Subject: again\n\nthe same\n"
		case i%11 == 5:
			m = fmt.Sprintf("Subject: %d\n\nFrom here\n\nFrom x@y Mon Jan  6 10:00:00 2020\nSubject: inner\n\n%d\n", i, i)
		}
		in = append(in, m)
	}
	return in
}

// TestLongFile: files of which much is noted on the disk, read once and twice, listed from
// the beginning and from the middle. Where temporary files are not to be had, memory
// does.
func TestLongFile(t *testing.T) {
	dir := t.TempDir()
	for _, room := range []bool{true, false} {
		if !room {
			t.Setenv("TMPDIR", "/nowhere")
			t.Setenv("TMP", "/nowhere")
		}
		for _, d := range []dialect{dialects()[1], dialects()[3]} {
			in := shortMail(long)
			name := write(t, dir+"/"+d.name, d.write(in))
			s := open(t, name)
			f := folders(t, s)[0]
			ms := list(t, s, f, "")
			if got := s.index.entries.file != nil; got != room {
				t.Fatalf("%s: a temporary file is in use: got %t, want %t", d.name, got, room)
			}
			if len(ms) != len(in) {
				t.Fatalf("%s: got %d messages, want %d, %q", d.name, len(ms), len(in), s.Notes())
			}
			for i, body := range bodies(fetchAll(t, s, f, ms)) {
				_, want, _ := strings.Cut(crlf(in[i]), "\r\n\r\n")
				if _, text, _ := strings.Cut(body, "\r\n\r\n"); text != want {
					t.Fatalf("%s: message %d: got %q, want %q", d.name, i, text, want)
				}
			}
			if rest := list(t, s, f, ms[long/2].ID); len(rest) != len(ms)-long/2-1 || rest[0].ID != ms[long/2+1].ID {
				t.Errorf("%s: after %s: got %d messages, want %d", d.name, ms[long/2].ID, len(rest), len(ms)-long/2-1)
			}
		}
	}
}

// TestTempFileFails: what cannot be read again is an error, not the end of the folder.
func TestTempFileFails(t *testing.T) {
	d := dialects()[0]
	s := open(t, write(t, t.TempDir()+"/Archive", d.write(shortMail(long))))
	f := folders(t, s)[0]
	ms := list(t, s, f, "")
	s.index.entries.file.Close()
	s.index.entries.at = -1
	n := 0
	var failed error
	for _, err := range s.List(t.Context(), f, ms[9].ID) {
		if failed = err; err == nil {
			n++
		}
	}
	if failed == nil || n != slabHeld*slabSize-10 {
		t.Errorf("list: got %d messages and %v, want %d and an error", n, failed, slabHeld*slabSize-10)
	}
	for _, err := range s.Fetch(t.Context(), f, ms[long-slabSize:]) {
		if failed = err; err != nil {
			break
		}
	}
	if failed == nil {
		t.Error("fetch: got no error, want one")
	}
	// Another session knows nothing of that; an index that is given up tells no end.
	s = open(t, s.root)
	n = 0
	for _, err := range s.List(t.Context(), f, "") {
		if failed = err; n == 5 {
			s.index.close()
		}
		n++
	}
	if failed == nil {
		t.Errorf("list of an index that was closed: got %d messages and no error", n)
	}
}

// TestTempFileForgets: nor are messages lost that the disk gives back otherwise.
func TestTempFileForgets(t *testing.T) {
	d := dialects()[0]
	s := open(t, write(t, t.TempDir()+"/Archive", d.write(shortMail(long))))
	f := folders(t, s)[0]
	list(t, s, f, "")
	size := slabSize * int64(unsafe.Sizeof(entry{}))
	s.index.entries.file.WriteAt(make([]byte, size), slabHeld*size)
	s.index.entries.at = -1
	var failed error
	for _, err := range s.List(t.Context(), f, fmt.Sprintf("%x", s.index.entries.get(9).id)) {
		failed = err
	}
	if !errors.Is(failed, scratch.ErrTorn) {
		t.Errorf("got %v, want %v", failed, scratch.ErrTorn)
	}
}

// TestDiskFillsUp: what a slab has on a disk that fills up goes into memory, and its
// room back.
func TestDiskFillsUp(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("a file is opened by its descriptor")
	}
	var temp scratch.Files
	defer temp.Close()
	s := slab[int]{temp: &temp}
	for i := range 2 * long {
		if i == long {
			sealed, err := os.Open(fmt.Sprint("/proc/self/fd/", s.file.Fd())) // takes nothing more
			if err != nil {
				t.Fatal(err)
			}
			defer sealed.Close()
			s.file = sealed
		}
		s.add(i)
	}
	if s.file != nil || !s.tight {
		t.Errorf("got file %v, tight %t, want none and true", s.file, s.tight)
	}
	for i := range s.len() {
		if got := s.get(i); got != i {
			t.Fatalf("value %d: got %d", i, got)
		}
	}
	if err := s.failed(); err != nil {
		t.Error(err)
	}
}

// TestFileShrinksBetweenReadings: what the first reading has found, and the second does
// not, is an error.
func TestFileShrinksBetweenReadings(t *testing.T) {
	d := dialects()[3]
	text := d.write([]string{"A: 1\n\nFrom here\n", "B: 1\n\nFrom there\n", "C: 1\n\nx\n"})
	for cut := range len(text) {
		readings := 0
		_, err := scan(func() (io.ReadCloser, error) {
			if readings++; readings == 2 {
				return io.NopCloser(strings.NewReader(text[:cut])), nil
			}
			return io.NopCloser(strings.NewReader(text)), nil
		}, arrival{now: time.Now()}, &scratch.Files{})
		if readings != 2 || err == nil && cut < len(text)-1 {
			t.Errorf("cut at %d: got %d readings and no error", cut, readings)
		}
	}
}

// TestManyKeywords: keywords of messages are the same however many sets there are.
func TestManyKeywords(t *testing.T) {
	var b strings.Builder
	const n = 1<<16 + 10
	for i := range n {
		fmt.Fprintf(&b, "%sSubject: %d\nX-Keywords: k%d all\n\n", fromA, i, i)
	}
	s := open(t, write(t, t.TempDir()+"/Archive", b.String()))
	for i, m := range list(t, s, folders(t, s)[0], "") {
		if want := []transfer.Flag{transfer.Flag(fmt.Sprint("k", i)), "all"}; !slices.Equal(m.Flags, want) {
			t.Fatalf("message %d: got %q, want %q", i, m.Flags, want)
		}
	}
}

// TestHalvesOfIDs: messages whose IDs begin alike are told apart.
func TestHalvesOfIDs(t *testing.T) {
	ids := [][16]byte{{1, 9: 1}, {1, 9: 2}, {2}, {1, 9: 1}, {3}, {1, 9: 2}, {2}, {1, 9: 3}, {3, 9: 1}, {1, 9: 1}}
	ix := &index{}
	for _, id := range ids {
		ix.entries.add(entry{id: id})
	}
	if err := ix.seal(); err != nil {
		t.Fatal(err)
	}
	seen := map[[16]byte]int{}
	for i, id := range ids {
		seen[id]++
		name := fmt.Sprintf("%x", id)
		if n := seen[id]; n > 1 {
			name += fmt.Sprintf("#%d", n)
		}
		if got := ix.name(i); got != name {
			t.Errorf("name of message %d: got %s, want %s", i, got, name)
		}
		if at, err := ix.find(name); at != i || err != nil {
			t.Errorf("find %s: got %d, %v, want %d", name, at, err, i)
		}
	}
	for _, id := range []string{"", "01", fmt.Sprintf("%x#4", ids[0]), fmt.Sprintf("%x#1", ids[0]), fmt.Sprintf("%X", [16]byte{0xab}), fmt.Sprintf("%x00", ids[0]), fmt.Sprintf("%x", [16]byte{1}), fmt.Sprintf("%x", [16]byte{4})} {
		if at, err := ix.find(id); at != -1 || err != nil {
			t.Errorf("find %q: got %d, %v, want -1", id, at, err)
		}
	}
}

// TestIndexIsLean: what a folder of many messages takes of memory while it is read,
// and afterwards.
func TestIndexIsLean(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 300,000 messages")
	}
	const n, most = 300_000, 9 << 20
	before, peak := mailtest.Heap(), int64(0)
	e := endless{head: fromA + "Subject: a\nX-Keywords: one two\nContent-Length: 0\n\n", n: n, lines: 1}
	e.seen = func(left int) {
		if left == 1 {
			peak = mailtest.Heap()
		}
	}
	ix := scanEndless(t, e)
	if ix.entries.len() != n {
		t.Fatalf("got %d messages, want %d", ix.entries.len(), n)
	}
	if took := peak - before; took > most {
		t.Errorf("while it is read: got %d bytes, want no more than %d", took, most)
	}
	if took := mailtest.Heap() - before; took > most {
		t.Errorf("afterwards: got %d bytes, want no more than %d", took, most)
	}
	runtime.KeepAlive(ix)
}

// TestSlabsHoldNoPointers: what lies on the disk the collector does not see.
func TestSlabsHoldNoPointers(t *testing.T) {
	var plain func(reflect.Type) bool
	plain = func(x reflect.Type) bool {
		switch x.Kind() {
		case reflect.Struct:
			for f := range x.NumField() {
				if !plain(x.Field(f).Type) {
					return false
				}
			}
			return true
		case reflect.Array:
			return plain(x.Elem())
		}
		return x.Kind() <= reflect.Float64
	}
	for _, v := range []any{entry{}, claim{}, piece{}} {
		if !plain(reflect.TypeOf(v)) {
			t.Errorf("%T holds a pointer", v)
		}
	}
	if plain(reflect.TypeOf(transfer.Message{})) {
		t.Error("a message counts as plain")
	}
}
