package mbox

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// write makes a file, with its folders, that is old enough to have a State.
func write(t testing.TB, name, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	if err := os.Chtimes(name, old, old); err != nil {
		t.Fatal(err)
	}
	return name
}

func zipped(t testing.TB, content string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func open(t testing.TB, path string) *Source {
	t.Helper()
	s, err := New(path)
	if err != nil {
		t.Fatalf("New(%s): %v", path, err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func folders(t testing.TB, s *Source) []transfer.Folder {
	t.Helper()
	fs, err := s.Folders(t.Context())
	if err != nil {
		t.Fatalf("Folders: %v", err)
	}
	return fs
}

func list(t testing.TB, s *Source, f transfer.Folder, after string) []transfer.Message {
	t.Helper()
	var ms []transfer.Message
	for m, err := range s.List(t.Context(), f, after) {
		if err != nil {
			t.Fatalf("List(%s): %v", f.Name(), err)
		}
		ms = append(ms, m)
	}
	return ms
}

// got is a message as it came out.
type got struct {
	transfer.Message
	body   string
	mended transfer.Mended
}

func fetchAll(t testing.TB, s *Source, f transfer.Folder, ms []transfer.Message) []got {
	t.Helper()
	var out []got
	for m, err := range s.Fetch(t.Context(), f, ms) {
		if err != nil {
			t.Fatalf("Fetch(%s): %v", f.Name(), err)
		}
		if m.Err != nil {
			t.Fatalf("Fetch(%s) of %s: %v", f.Name(), m.ID, m.Err)
		}
		b, err := io.ReadAll(m.Body)
		if err != nil {
			t.Fatalf("Fetch(%s) of %s, body: %v", f.Name(), m.ID, err)
		}
		if int64(len(b)) != m.Size {
			t.Errorf("size of %s: got %d bytes, want %d as listed: %q", m.ID, len(b), m.Size, b)
		}
		if m.Ident != transfer.Identify(b) {
			t.Errorf("ident of %s differs from that of its bytes %q", m.ID, b)
		}
		out = append(out, got{m.Message, string(b), *m.Mended})
	}
	if len(out) != len(ms) {
		t.Errorf("Fetch(%s): got %d messages, want %d", f.Name(), len(out), len(ms))
	}
	return out
}

// readFile reads all messages of a file with that content.
func readFile(t testing.TB, content string) ([]got, *Source) {
	t.Helper()
	s := open(t, write(t, filepath.Join(t.TempDir(), "Archive"), content))
	f := folders(t, s)[0]
	return fetchAll(t, s, f, list(t, s, f, "")), s
}

func bodies(ms []got) []string {
	out := []string{}
	for _, m := range ms {
		out = append(out, m.body)
	}
	return out
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

const (
	fromA = "From alice@example.com Mon Jan  6 10:00:00 2020\n"
	fromB = "From bob@example.com Tue Jan  7 11:00:00 2020\n"
)

func TestSplit(t *testing.T) {
	long := strings.Repeat("x", 3*bufferSize+17)
	for _, tc := range []struct {
		name, in string
		want     []string // LF for CRLF
		note     string   // part of the only note, "" for none
	}{
		{"two", fromA + "A: 1\n\nhi\n\n" + fromB + "B: 1\n\nho\n\n", []string{"A: 1\n\nhi\n", "B: 1\n\nho\n"}, ""},
		{"one blank line belongs to the format", fromA + "A: 1\n\nhi\n\n\n\n" + fromB + "B: 1\n\n\n\n", []string{"A: 1\n\nhi\n\n\n", "B: 1\n\n\n"}, ""},
		{"no line end at the end", fromA + "A: 1\n\nhi", []string{"A: 1\n\nhi"}, ""},
		{"header only", fromA + "A: 1\n\n" + fromB + "B: 1\n", []string{"A: 1\n", "B: 1\n"}, ""},
		{"From_ line at the end", fromA + "A: 1\n\nhi\n\n" + fromB, []string{"A: 1\n\nhi\n", ""}, ""},
		{"byte order mark", "\ufeff" + fromA + "A: 1\n\nhi\n", []string{"A: 1\n\nhi\n"}, ""},
		{"blank lines first", "\n\n" + fromA + "A: 1\n\nhi\n", []string{"A: 1\n\nhi\n"}, ""},
		{"empty", "", nil, ""},
		{"blank lines only", "\n\n", nil, ""},
		{"From in the text", fromA + "A: 1\n\nhi\n\nFrom now on\nit goes so\n\nFrom me\nto you\n\n", []string{"A: 1\n\nhi\n\nFrom now on\nit goes so\n\nFrom me\nto you\n"}, ""},
		{"unquoted From_ without header", fromA + "A: 1\n\nhi\n\n" + fromB + "he wrote\n", []string{"A: 1\n\nhi\n\n" + fromB + "he wrote\n"},
			"1 line looks like the start of a message but stands inside one; it was kept as text (at byte 58)"},
		{"unquoted From_ without blank line", fromA + "A: 1\n\nhi\n" + fromB + "B: 1\n\nho\n\n" + fromB + "he wrote", []string{"A: 1\n\nhi\n" + fromB + "B: 1\n\nho\n\n" + fromB + "he wrote"},
			"2 lines look like the start of a message but stand inside one; they were kept as text (first at byte 57)"},
		{"From_ without date before header", fromA + "A: 1\n\nhi\n\nFrom here\nB: 1\n", []string{"A: 1\n\nhi\n\nFrom here\nB: 1\n"}, "1 line looks"},
		{"a file whose dates cannot be read", "From a yesterday\nA: 1\n\nhi\n\nFrom b today\nB: 1\n\nho\n", []string{"A: 1\n\nhi\n", "B: 1\n\nho\n"}, ""},
		{"no header, all else in order", fromA + "A: 1\n\nhi\n\n" + fromB + "\nho\n", []string{"A: 1\n\nhi\n", "\nho\n"}, "1 message has no header"},
		{"no header, and From is not quoted", fromA + "A: 1\n\nhi\nFrom you\n\n" + fromB + "\nho\n", []string{"A: 1\n\nhi\nFrom you\n\n" + fromB + "\nho\n"}, "1 line looks"},
		{"quoted From_ of a relay", fromA + ">From x Mon Jan  6 10:00:00 2020 remote from y\nA: 1\n\nhi\n", []string{">From x Mon Jan  6 10:00:00 2020 remote from y\nA: 1\n\nhi\n"}, ""},
		{"Thunderbird of today", "From \nA: 1\n\nhi\n\nFrom \nB: 1\n\nho\n\n", []string{"A: 1\n\nhi\n", "B: 1\n\nho\n"}, ""},
		{"Thunderbird without blank line", "From - Mon Jan  6 10:00:00 2020\nA: 1\n\nhi\nFrom - Mon Jan  6 10:00:00 2020\nB: 1\n\nho\nFrom \nC: 1\n", []string{"A: 1\n\nhi\n", "B: 1\n\nho\n", "C: 1\n"},
			"2 messages begin without a blank line"},
		{"Thunderbird after mailx", fromA + "A: 1\n\nhi\n\nFrom \nB: 1\n\nho\n", []string{"A: 1\n\nhi\n", "B: 1\n\nho\n"}, ""},
		{"quoted", fromA + "A: 1\n>From h\n\n>From me\n>>From you\n> From x\n>Frommage\n x>From \n", []string{"A: 1\n>From h\n\nFrom me\n>From you\n> From x\n>Frommage\n x>From \n"}, ""},
		{"long lines", fromA + "A: " + long + "\nB: 1\n\n" + long + "\n>" + long + "\nFrom " + long + "\n\n" + fromB + "B: 1\n\nho\n", []string{"A: " + long + "\nB: 1\n\n" + long + "\n>" + long + "\nFrom " + long + "\n", "B: 1\n\nho\n"}, ""},
		{"UW-IMAP", fromA + "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1 2\nStatus: RO\n\nThis text\n\n" + fromB + "B: 1\n\nho\n", []string{"B: 1\n\nho\n"},
			"1 message was left out: it is no mail but internal data"},
		{"that subject alone", fromA + "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\n\nhi\n", []string{"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\n\nhi\n"}, ""},
		{"expunged in Thunderbird", fromA + "X-Mozilla-Status: 0009\nA: 1\n\nhi\n\n" + fromB + "X-Mozilla-Status: 0001\n\nho\n", []string{"X-Mozilla-Status: 0001\n\nho\n"},
			"1 message was left out: it is deleted in Thunderbird"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ms, s := readFile(t, tc.in)
			want := []string{}
			for _, w := range tc.want {
				want = append(want, crlf(w))
			}
			if g := bodies(ms); !slices.Equal(g, want) {
				t.Errorf("%.300q:\ngot  %.300q\nwant %.300q", tc.in, g, want)
			}
			checkNote(t, s, tc.note)
			ms, _ = readFile(t, crlf(tc.in))
			if g := bodies(ms); !slices.Equal(g, want) {
				t.Errorf("with CRLF, %.300q:\ngot  %.300q\nwant %.300q", tc.in, g, want)
			}
		})
	}
}

func checkNote(t *testing.T, s *Source, part string) {
	t.Helper()
	notes := s.Notes()
	if part == "" {
		if len(notes) > 0 {
			t.Errorf("notes: got %q, want none", notes)
		}
		return
	}
	if len(notes) != 1 || !strings.HasPrefix(notes[0], "Archive: "+part) {
		t.Errorf("notes: got %q, want one that begins with %q", notes, "Archive: "+part)
	}
}

func TestBytesStay(t *testing.T) {
	in := fromA + "A: \xff\n\r\nlone \r cr\r\r\nnul \x00\nx\r\r\n\r\n>From y\nend\r"
	want := "A: \xff\r\n\r\nlone \r cr\r\r\nnul \x00\r\nx\r\r\n\r\nFrom y\r\nend\r"
	ms, _ := readFile(t, in)
	if len(ms) != 1 || ms[0].body != want {
		t.Fatalf("%q:\ngot  %q\nwant %q", in, bodies(ms), want)
	}
	if want := (transfer.Mended{LineEnds: 3, Unquoted: 1}); ms[0].mended != want {
		t.Errorf("mended: got %+v, want %+v", ms[0].mended, want)
	}
}

func TestContentLength(t *testing.T) {
	inner := fromB + "B: 1\n\nho\n" // stands in the text
	for _, tc := range []struct {
		name, in string
		want     []string
		note     string
	}{
		{"mboxcl2", fromA + "Content-Length: 59\n\nhi\n\n" + inner + "\n" + fromB + "Content-Length: 9\n\n>From me\n\n",
			[]string{"Content-Length: 59\n\nhi\n\n" + inner, "Content-Length: 9\n\n>From me\n"}, "1 line that looks like the start of a message stands inside one by its Content-Length"},
		{"mboxcl2, one message", fromA + "Content-Length: 59\n\nhi\n\n" + inner, []string{"Content-Length: 59\n\nhi\n\n" + inner}, "1 line that looks"},
		{"mboxcl2, From at a line's start", fromA + "Content-Length: 18\n\nFrom me\n>From you\n", []string{"Content-Length: 18\n\nFrom me\n>From you\n"}, ""},
		{"mboxcl", fromA + "Content-Length: 9\n\n>From me\n\n" + fromB + "Content-Length: 3\n\nho\n\n", []string{"Content-Length: 9\n\nFrom me\n", "Content-Length: 3\n\nho\n"}, ""},
		{"blank line counted", fromA + "Content-Length: 4\n\nhi\n\n" + fromB + "Content-Length: 4\n\nho\n\n", []string{"Content-Length: 4\n\nhi\n", "Content-Length: 4\n\nho\n"}, ""},
		{"no blank lines between", fromA + "Content-Length: 3\n\nhi\n" + fromB + "Content-Length: 4\n\nho\n\n" + fromA + "Content-Length: 0\n\n",
			[]string{"Content-Length: 3\n\nhi\n", "Content-Length: 4\n\nho\n\n", "Content-Length: 0\n\n"}, ""},
		{"body without line end", fromA + "Content-Length: 2\n\nhi\n\n" + fromB + "Content-Length: 3\n\nho\n\n", []string{"Content-Length: 2\n\nhi", "Content-Length: 3\n\nho\n"}, ""},
		{"wrong", fromA + "Content-Length: 7\n\nhi\n\n" + fromB + "Content-Length: 999999999999\n\nho\n", []string{"Content-Length: 7\n\nhi\n", "Content-Length: 999999999999\n\nho\n"}, ""},
		{"a trick", fromA + "A: 1\n\nhi\n\n" + fromA + "Content-Length: 59\n\nhi\n\n" + inner + "\n" + fromB + "C: 1\n\nhu\n",
			[]string{"A: 1\n\nhi\n", "Content-Length: 59\n\nhi\n", "B: 1\n\nho\n", "C: 1\n\nhu\n"}, "1 message claims by its Content-Length"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ms, s := readFile(t, tc.in)
			want := []string{}
			for _, w := range tc.want {
				want = append(want, crlf(w))
			}
			if g := bodies(ms); !slices.Equal(g, want) {
				t.Errorf("%q:\ngot  %q\nwant %q", tc.in, g, want)
			}
			checkNote(t, s, tc.note)
		})
	}
}
