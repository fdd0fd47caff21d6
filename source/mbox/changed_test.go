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
