package maildir

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// old is the time of the files that tests write.
var old = time.Date(2011, 5, 6, 7, 8, 9, 0, time.UTC)

// write puts a file there whose time is mtime.
func write(t *testing.T, path, text string, mtime time.Time) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, mtime, mtime); err != nil {
		t.Fatal(err)
	}
}

// mkdir makes directories below root.
func mkdir(t *testing.T, root string, dirs ...string) {
	t.Helper()
	for _, d := range dirs {
		if err := os.MkdirAll(filepath.Join(root, filepath.FromSlash(d)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

func open(t *testing.T, root string) *Source {
	t.Helper()
	s, err := New(root)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func folders(t *testing.T, s *Source) []transfer.Folder {
	t.Helper()
	fs, err := s.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return fs
}

func list(t *testing.T, s *Source, f transfer.Folder, after string) []transfer.Message {
	t.Helper()
	var out []transfer.Message
	for m, err := range s.List(t.Context(), f, after) {
		if err != nil {
			t.Fatalf("list %q after %q: %v", f.Name(), after, err)
		}
		out = append(out, m)
	}
	return out
}

func ids(ms []transfer.Message) []string {
	var out []string
	for _, m := range ms {
		out = append(out, m.ID)
	}
	return out
}

// fetch answers one message with its bytes.
func fetch(t *testing.T, s *Source, f transfer.Folder, id string) (transfer.Fetched, string) {
	t.Helper()
	for x, err := range s.Fetch(t.Context(), f, []transfer.Message{{ID: id, Size: -1}}) {
		if err != nil {
			t.Fatalf("fetch %q: %v", id, err)
		}
		if x.Err != nil {
			return x, ""
		}
		p, err := io.ReadAll(x.Body)
		if err != nil {
			t.Fatalf("read %q: %v", id, err)
		}
		return x, string(p)
	}
	t.Fatalf("fetch %q: got nothing", id)
	return transfer.Fetched{}, ""
}

// snapshot tells all names, times and bytes below root.
func snapshot(t *testing.T, root string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(&out, path, info.Mode(), info.ModTime().UnixNano())
		if d.Type().IsRegular() {
			p, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			out.Write(p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

func TestSource(t *testing.T) {
	root := t.TempDir()
	mkdir(t, root, "cur", "new", "tmp", ".Empty/cur", ".Empty/new", ".Empty/tmp")
	write(t, filepath.Join(root, keywordsFile), "0 $Work\n2 Später\n", old)
	long := "Subject: long\n\n" + strings.Repeat("x", 70_000) + "\n\n.\nend without line end"
	sec := old.Unix()
	file := func(part, format string, a ...any) string {
		return filepath.Join(root, part, fmt.Sprintf(format, a...))
	}
	write(t, file("cur", "%d.M1P1.h:2,FSac", sec), "Subject: one\n\n1\n", old)
	write(t, file("cur", "%d.M20P1.h,S=7,W=7:2,RTDP", sec), "\r\na\rb\r\n", old.Add(-time.Hour))
	write(t, file("new", "%d.M3P1.h:2,S", sec), long, old)
	write(t, file("cur", "%d.M30P1.h:2,", sec), gzipped(t, "Subject: packed\n\n"+long), old)
	write(t, file("cur", "%d.M40P1.h:2,", sec), "", old)
	write(t, filepath.Join(root, ".Archive.J&APw-rgen", "new", "1.2.h"), "Subject: two\n", old)
	mkdir(t, root, ".Archive.J&APw-rgen/cur")

	transfertest.Source(t, transfertest.SourceStore{
		Open: func(t *testing.T) transfer.Source { return open(t, root) },
		Folders: []transfertest.WantFolder{
			{Path: []string{"INBOX"}, Role: transfer.RoleInbox, Messages: []transfertest.WantMessage{
				{ID: fmt.Sprintf("%d.M1P1.h", sec), Body: []byte(crlf("Subject: one\n\n1\n")), Date: old,
					Flags: []transfer.Flag{transfer.Flagged, transfer.Seen, "$Work", "Später"}, Mended: &transfer.Mended{LineEnds: 3}},
				{Body: []byte(crlf(long)), Date: old, Mended: &transfer.Mended{LineEnds: 5}},
				{Body: []byte("\r\na\rb\r\n"), Date: old.Add(-time.Hour),
					Flags: []transfer.Flag{transfer.Answered, transfer.Deleted, transfer.Draft, "$Forwarded"}},
				{Body: []byte(crlf("Subject: packed\n\n" + long)), Date: old, Mended: &transfer.Mended{LineEnds: 7}},
				{Date: old},
			}},
			{Path: []string{"Archive", "Jürgen"}, Messages: []transfertest.WantMessage{
				{ID: "1.2.h", Body: []byte("Subject: two\r\n"), Date: old, Mended: &transfer.Mended{LineEnds: 1}},
			}},
			{Path: []string{"Empty"}},
		},
		Flags: true, Dates: true,
		Snapshot: func(t *testing.T) string { return snapshot(t, root) },
		Remove: func(t *testing.T, f transfer.Folder, m transfer.Message) {
			found, err := filepath.Glob(filepath.Join(root, "*", m.ID+"*"))
			if err != nil || len(found) != 1 {
				t.Fatalf("remove %q: found %q, %v", m.ID, found, err)
			}
			if err := os.Remove(found[0]); err != nil {
				t.Fatal(err)
			}
		},
	})
}

func TestNewRefuses(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "file"), "x", old)
	mkdir(t, root, "empty/sub/new")
	for path, want := range map[string]string{
		"missing": "no such file",
		"file":    "is not a directory",
		"empty":   "holds no Maildir: no cur folder in it or below",
	} {
		_, err := New(filepath.Join(root, path))
		if err == nil || !transfer.Permanent(err) {
			t.Errorf("new %q: got %v, want a permanent error", path, err)
			continue
		}
		if path != "missing" && !strings.Contains(err.Error(), want) {
			t.Errorf("new %q: got %q, want %q in it", path, err, want)
		}
	}
}

func TestSizesAndIdentify(t *testing.T) {
	root := t.TempDir()
	mkdir(t, root, "new")
	write(t, filepath.Join(root, "cur", "1.a,S=9,W=1234:2,"), "A: b\n\nc\n", old)
	write(t, filepath.Join(root, "cur", "2.a:2,"), "A: b\n\nc\n", old)
	write(t, filepath.Join(root, "cur", "3.a:2,"), gzipped(t, "A: b\n\nc\n"), old)
	write(t, filepath.Join(root, "cur", "4.a:2,"), "\x1f\x8b\x08 damaged", old)
	write(t, filepath.Join(root, "cur", "5.a:2,"), "\x28\xb5\x2f\xfd zstd", old)
	s := open(t, root)
	f := folders(t, s)[0]
	ms := list(t, s, f, "")
	sizes := func() (out []int64) {
		for _, m := range ms {
			out = append(out, m.Size)
		}
		return out
	}
	if want := []int64{1234, -1, -1, -1, -1}; !slices.Equal(sizes(), want) {
		t.Errorf("sizes listed: got %v, want %v", sizes(), want)
	}
	n := 0
	for m, err := range s.Identify(t.Context(), f, ms) {
		if err != nil {
			t.Fatal(err)
		}
		ms[n] = m
		n++
	}
	if want := []int64{1234, 11, 11, -1, -1}; !slices.Equal(sizes(), want) || n != len(ms) {
		t.Errorf("sizes identified: got %v of %d, want %v", sizes(), n, want)
	}
	for i, m := range ms {
		if got, want := m.Ident == (transfer.Ident{}), i >= 3; got != want {
			t.Errorf("identify %q: empty %v, want %v", m.ID, got, want)
		}
	}
	for _, id := range []string{"4.a", "5.a"} {
		if x, _ := fetch(t, s, f, id); !transfer.Permanent(x.Err) || errors.Is(x.Err, transfer.ErrVanished) {
			t.Errorf("fetch %q: got %v, want a permanent error", id, x.Err)
		}
	}
}
