package mbox

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

const threeMails = fromA + "A: 1\n\none\n\n" + fromA + "A: 2\n\ntwo\n\n" + fromA + "A: 3\n\nthree\n\n"

func TestAfter(t *testing.T) {
	s := open(t, write(t, filepath.Join(t.TempDir(), "a"), threeMails))
	f := folders(t, s)[0]
	all := list(t, s, f, "")
	for after, want := range map[string]int{all[0].ID: 2, all[2].ID: 0} {
		if got := len(list(t, s, f, after)); got != want {
			t.Errorf("List after %q: got %d messages, want %d", after, got, want)
		}
	}
	for _, gone := range []string{"gone", all[0].ID + "#2", all[0].ID + "#1", all[0].ID + "#0"} {
		for m, err := range s.List(t.Context(), f, gone) {
			if err == nil {
				t.Errorf("List after %q, which is gone: got %q, want an error", gone, m.ID)
			}
		}
	}
}

func TestFetchInAnyOrder(t *testing.T) {
	for _, content := range []string{threeMails, zipped(t, threeMails)} {
		s := open(t, write(t, filepath.Join(t.TempDir(), "a"), content))
		f := folders(t, s)[0]
		ms := list(t, s, f, "")
		ms = []transfer.Message{ms[2], ms[0], ms[0], ms[1]}
		got := bodies(fetchAll(t, s, f, ms))
		if want := []string{crlf("A: 3\n\nthree\n"), crlf("A: 1\n\none\n"), crlf("A: 1\n\none\n"), crlf("A: 2\n\ntwo\n")}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestBodyLeftUnread(t *testing.T) {
	for _, content := range []string{threeMails, zipped(t, threeMails)} {
		s := open(t, write(t, filepath.Join(t.TempDir(), "a"), content))
		f := folders(t, s)[0]
		n := 0
		for m, err := range s.Fetch(t.Context(), f, list(t, s, f, "")) {
			if err != nil || m.Err != nil {
				t.Fatal(err, m.Err)
			}
			if n++; n < 3 {
				io.CopyN(io.Discard, m.Body, int64(n))
				continue
			}
			if b, err := io.ReadAll(m.Body); err != nil || string(b) != crlf("A: 3\n\nthree\n") {
				t.Errorf("third: got %q, %v", b, err)
			}
		}
	}
}

// TestChangedFile: the file changes between List and Fetch.
func TestChangedFile(t *testing.T) {
	one, two, three := crlf("A: 1\n\none\n"), crlf("A: 2\n\ntwo\n"), crlf("A: 3\n\nthree\n")
	const gone = "vanished"
	new1 := fromA + "A: 0\n\nnew\n\n"
	parts := strings.SplitAfter(threeMails, "\n\n")
	rest := strings.Join(parts[2:], "")
	for _, tc := range []struct {
		name, now string
		want      []string
	}{
		{"grown", threeMails + new1, []string{one, two, three}},
		{"last one was half written", threeMails[:len(threeMails)-1] + "more\n\n", []string{one, two, gone}},
		{"first one compacted away", rest, []string{gone, two, three}},
		{"put in front", new1 + threeMails, []string{one, two, three}},
		{"rewritten at the same place", strings.Replace(threeMails, "two", "six", 1), []string{one, gone, three}},
		{"From_ line gone", strings.Replace(threeMails, "one\n\nFrom alice@", "one\n\nFrom_alice@", 1), []string{one, gone, three}},
		{"empty", "", []string{gone, gone, gone}},
	} {
		for _, zip := range []bool{false, true} {
			content := func(s string) string {
				if zip {
					return zipped(t, s)
				}
				return s
			}
			name := write(t, filepath.Join(t.TempDir(), "a.mbox"), content(threeMails))
			s := open(t, name)
			f := folders(t, s)[0]
			ms := list(t, s, f, "")
			if err := os.WriteFile(name, []byte(content(tc.now)), 0o600); err != nil {
				t.Fatal(err)
			}
			var got []string
			for m, err := range s.Fetch(t.Context(), f, ms) {
				if err != nil {
					t.Fatalf("%s: %v", tc.name, err)
				}
				if errors.Is(m.Err, transfer.ErrVanished) {
					got = append(got, gone)
					continue
				}
				b, err := io.ReadAll(m.Body)
				if err != nil {
					t.Fatalf("%s: %v", tc.name, err)
				}
				got = append(got, string(b))
			}
			want := slices.Clone(tc.want)
			if zip && tc.name == "From_ line gone" {
				want[0] = gone // nothing can be looked up in its old place
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, zipped %v:\ngot  %q\nwant %q", tc.name, zip, got, want)
			}
		}
	}
}

// TestChangedWhileRead: a body that is overwritten while it streams ends in an
// error, one that stays does not, though the file grows.
func TestChangedWhileRead(t *testing.T) {
	big := fromA + "A: 1\n\n" + strings.Repeat(strings.Repeat("x", 70)+"\n", 20000) + "\n"
	for _, tc := range []struct {
		name   string
		change func(*os.File) error
		ok     bool
	}{
		{"grown", func(f *os.File) error { _, err := f.Seek(0, io.SeekEnd); f.WriteString(oneMail); return err }, true},
		{"overwritten", func(f *os.File) error { _, err := f.WriteAt([]byte("y\nyyyyyyy"), int64(len(big)-500)); return err }, false},
		{"cut", func(f *os.File) error { return f.Truncate(1000) }, false},
	} {
		name := write(t, filepath.Join(t.TempDir(), "a"), big+oneMail)
		s := open(t, name)
		f := folders(t, s)[0]
		ms := list(t, s, f, "")
		file, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for m, err := range s.Fetch(t.Context(), f, ms[:1]) {
			if err != nil || m.Err != nil {
				t.Fatal(err, m.Err)
			}
			if _, err := io.CopyN(io.Discard, m.Body, 10); err != nil {
				t.Fatal(err)
			}
			if err := tc.change(file); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, m.Body); (err == nil) != tc.ok {
				t.Errorf("%s: got error %v, want it fine: %v", tc.name, err, tc.ok)
			}
		}
	}
}

func TestListSeesNewMail(t *testing.T) {
	name := write(t, filepath.Join(t.TempDir(), "a"), oneMail)
	s := open(t, name)
	f := folders(t, s)[0]
	if got := len(list(t, s, f, "")); got != 1 {
		t.Fatalf("got %d messages, want 1", got)
	}
	write(t, name, threeMails)
	if got := len(list(t, s, f, "")); got != 3 {
		t.Errorf("after mail came: got %d messages, want 3", got)
	}
}

func TestIdentify(t *testing.T) {
	s := open(t, write(t, filepath.Join(t.TempDir(), "a"), threeMails))
	f := folders(t, s)[0]
	ms := list(t, s, f, "")
	want := ms[1].Ident
	ask := []transfer.Message{{ID: "gone"}, {ID: ms[1].ID}}
	n := 0
	for m, err := range s.Identify(t.Context(), f, ask) {
		if err != nil || m.ID != ms[1].ID || m.Ident != want {
			t.Errorf("got %+v, %v, want ident %x", m, err, want)
		}
		n++
	}
	if n != 1 {
		t.Errorf("got %d messages, want 1", n)
	}
}

func TestEnds(t *testing.T) {
	s := open(t, write(t, filepath.Join(t.TempDir(), "a"), threeMails))
	f := folders(t, s)[0]
	ms := list(t, s, f, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range s.Fetch(ctx, f, ms) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Fetch with a cancelled context: got %v, want %v", err, context.Canceled)
		}
	}
	other := open(t, s.root)
	folders(t, other)
	for _, err := range other.List(ctx, f, "") {
		if !errors.Is(err, context.Canceled) || transfer.Permanent(err) {
			t.Errorf("List with a cancelled context: got %v, want %v that is not permanent", err, context.Canceled)
		}
	}
	for m, err := range s.Fetch(t.Context(), f, ms) {
		if err != nil {
			break
		}
		s.Close()
		if _, err := io.ReadAll(m.Body); !errors.Is(err, errClosed) {
			t.Errorf("reading from a closed session: got %v, want %v", err, errClosed)
		}
	}
	for _, err := range s.List(t.Context(), f, "") {
		if err == nil {
			t.Error("List of a closed session: got no error")
		}
	}
	if _, err := s.Folders(t.Context()); err == nil {
		t.Error("Folders of a closed session: got no error")
	}
}

func TestUnknownFolder(t *testing.T) {
	s := open(t, write(t, filepath.Join(t.TempDir(), "a"), threeMails))
	for _, err := range s.List(t.Context(), transfer.Folder{Path: []string{"b"}}, "") {
		if !transfer.Permanent(err) {
			t.Errorf("got %v, want a permanent error", err)
		}
	}
}

// TestListOfFreshFile: a file written a moment ago may change again without
// that its time shows it.
func TestListOfFreshFile(t *testing.T) {
	name := write(t, filepath.Join(t.TempDir(), "a"), oneMail)
	now := time.Now()
	if err := os.Chtimes(name, now, now); err != nil {
		t.Fatal(err)
	}
	s := open(t, name)
	f := folders(t, s)[0]
	before := list(t, s, f, "")
	write(t, name, strings.Replace(oneMail, "hi", "ho", 1))
	if err := os.Chtimes(name, now, now); err != nil {
		t.Fatal(err)
	}
	if after := list(t, s, f, ""); after[0].ID == before[0].ID {
		t.Errorf("after a rewrite at the same time: got ID %s again, want another", after[0].ID)
	}
}

// atRead is a context that does something at the first read.
type atRead struct {
	context.Context
	do func()
}

func (c *atRead) Err() error {
	if c.do != nil {
		c.do()
		c.do = nil
	}
	return c.Context.Err()
}

// TestChangedBetweenReadings: a file that needs two readings must be the same
// in both.
func TestChangedBetweenReadings(t *testing.T) {
	content := fromA + "Content-Length: 59\n\nhi\n\n" + fromB + "B: 1\n\nho\n" + "\n"
	name := write(t, filepath.Join(t.TempDir(), "a"), content)
	s := open(t, name)
	f := folders(t, s)[0]
	if got := len(list(t, s, f, "")); got != 1 {
		t.Fatalf("got %d messages, want 1", got)
	}
	ctx := &atRead{t.Context(), func() { write(t, name, "\n"+content) }}
	if _, err := s.scanBox(ctx, s.boxes[f.Key()]); !errors.Is(err, errChanged) {
		t.Errorf("got error %v, want %v", err, errChanged)
	}
}

func TestBodyCutShort(t *testing.T) {
	var b body
	b.reset(strings.NewReader("A: 1\n\nhi"), 100, true)
	if got, err := io.ReadAll(&b); !errors.Is(err, errChanged) {
		t.Errorf("8 bytes of 100: got %q and error %v, want %v", got, err, errChanged)
	}
}

func TestBrokenZip(t *testing.T) {
	z := zipped(t, oneMail+strings.Repeat(threeMails, 100))
	s := open(t, write(t, filepath.Join(t.TempDir(), "a"), z[:len(z)-20]))
	for _, err := range s.List(t.Context(), folders(t, s)[0], "") {
		if !transfer.Permanent(err) {
			t.Errorf("got %v, want a permanent error", err)
		}
	}
}

// TestHugeHeader: it is not kept in memory, so its Ident is left to who reads
// the message.
func TestHugeHeader(t *testing.T) {
	content := fromA + "To: " + strings.Repeat("x@y,\n ", longestHead/6) + "z\nStatus: R\n\nhi\n\n"
	s := open(t, write(t, filepath.Join(t.TempDir(), "a"), content))
	ms := list(t, s, folders(t, s)[0], "")
	if len(ms) != 1 || ms[0].Ident != (transfer.Ident{}) || !slices.Equal(ms[0].Flags, []transfer.Flag{transfer.Seen}) {
		t.Errorf("got %+v, want one message without Ident and with %s", ms, transfer.Seen)
	}
}
