package mbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

const oneMail = fromA + "A: 1\n\nhi\n\n"

func names(folders []transfer.Folder) []string {
	out := []string{}
	for _, f := range folders {
		out = append(out, f.Name())
	}
	return out
}

func TestFolderOfFile(t *testing.T) {
	for file, want := range map[string]string{
		"Archive": "Archive", "Archive.mbox": "Archive", "Archive.MBX": "Archive", "Archive.mbox.gz": "Archive",
		"Inbox": "INBOX", "INBOX.mbox": "INBOX", "inbox.gz": "INBOX", "mbox": "INBOX", "mbox.mbox": "INBOX",
		"My mail.old": "My mail.old", ".mbox": ".mbox", "Grüße & more": "Grüße & more",
	} {
		s := open(t, write(t, filepath.Join(t.TempDir(), file), oneMail))
		fs := folders(t, s)
		if len(fs) != 1 || len(fs[0].Path) != 1 || fs[0].Path[0] != want {
			t.Errorf("%s: got %q, want %q", file, names(fs), want)
			continue
		}
		if f := fs[0]; f.Count != -1 || f.Bytes != -1 || f.Epoch != "" || f.State == "" {
			t.Errorf("%s: got %+v, want no count, no bytes, no epoch, a state", file, f)
		}
	}
}

func TestTree(t *testing.T) {
	for _, tc := range []struct {
		name  string
		files map[string]string
		want  []string
		notes int
	}{
		{"plain", map[string]string{"b": oneMail, "a.mbox": oneMail, "Inbox": oneMail, "sub/c": oneMail, "sub/Inbox": oneMail, "z.gz": "zip"},
			[]string{"INBOX", "a", "b", "sub/Inbox", "sub/c", "z"}, 0},
		{"others", map[string]string{"a": oneMail, "notes.txt": "Dear diary", "x.gz": "\x1f\x8b and no more of it", "empty": "", "void.mbox": "", "old.dat": oneMail, "void.dat": "", "From.txt": "From me\nto you\n"},
			[]string{"a", "old.dat", "void"}, 1},
		{"Thunderbird", map[string]string{"Inbox": oneMail, "Inbox.msf": "// x", "Inbox.sbd/Sub": oneMail, "Inbox.sbd/Void": "", "Inbox.sbd/Sub.sbd/Deep": oneMail,
			"Trash": "", "popstate.dat": "x", "msgFilterRules.dat": "x", "Only.sbd/X": oneMail, "filterlog.html": "x"},
			[]string{"INBOX", "INBOX/Sub", "INBOX/Sub/Deep", "INBOX/Void", "Only/X", "Trash"}, 0},
		{"Apple Mail", map[string]string{"INBOX.mbox/mbox": oneMail, "INBOX.mbox/table_of_contents": "x", "Work.mbox/mbox": oneMail, "Work.mbox/Old.mbox/mbox": oneMail, "Void.mbox/mbox": ""},
			[]string{"INBOX", "Void", "Work", "Work/Old"}, 0},
		{"same names", map[string]string{"A": oneMail, "A.mbox": oneMail, "A.gz": oneMail, "Inbox": oneMail, "mbox": oneMail},
			[]string{"A", "A.gz", "A.mbox", "INBOX", "mbox"}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, content := range tc.files {
				if content == "zip" {
					content = zipped(t, oneMail)
				}
				write(t, filepath.Join(dir, name), content)
			}
			s := open(t, dir)
			fs := folders(t, s)
			got := names(fs)
			slices.Sort(got)
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			if n := s.Notes(); len(n) != tc.notes {
				t.Errorf("notes: got %q, want %d", n, tc.notes)
			}
			for _, f := range fs {
				list(t, s, f, "")
			}
			if again := folders(t, s); !slices.Equal(names(again), names(fs)) {
				t.Errorf("second time: got %q, want %q", names(again), names(fs))
			}
		})
	}
}

func TestAppleFolderGivenDirectly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Work.mbox")
	write(t, filepath.Join(dir, "mbox"), oneMail)
	write(t, filepath.Join(dir, "Old.mbox", "mbox"), oneMail)
	if got, want := names(folders(t, open(t, dir))), []string{"Work", "Work/Old"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need rights there")
	}
	dir, elsewhere := t.TempDir(), t.TempDir()
	write(t, filepath.Join(dir, "sub", "a"), oneMail)
	write(t, filepath.Join(elsewhere, "b"), oneMail)
	for link, target := range map[string]string{
		"sub/up": dir, "loop": "loop", "again": filepath.Join(dir, "sub"), "out": elsewhere, "out2": elsewhere,
		"file": filepath.Join(elsewhere, "b"), "broken": filepath.Join(dir, "nothing"),
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := names(folders(t, open(t, dir))), []string{"file", "out/b", "sub/a"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNoMbox(t *testing.T) {
	dir := t.TempDir()
	for _, tc := range []struct{ name, content, want string }{
		{"letter", "Subject: no From_ line\n\nhi\n", `letter is no mbox file: it begins with "Subject: no From_ line"`},
		{"text", "From here\nwe go\n", `text is no mbox file: it begins with "From here"`},
		{"binary.gz", zipped(t, "\x00\x01"), `binary.gz is no mbox file: it begins with "\x00\x01"`},
	} {
		_, err := New(write(t, filepath.Join(dir, tc.name), tc.content))
		if err == nil || !strings.Contains(err.Error(), tc.want) || !transfer.Permanent(err) || transfer.Hint(err) == "" {
			t.Errorf("New(%s): got %v, want a permanent error with a hint and %q", tc.name, err, tc.want)
		}
	}
	nothing := filepath.Join(dir, "nothing")
	_, err := New(nothing)
	if want := "mbox: no such file or folder: " + nothing; err == nil || err.Error() != want {
		t.Errorf("New of nothing: got %v, want %s", err, want)
	}
	if !errors.Is(err, fs.ErrNotExist) || !transfer.Permanent(err) || transfer.Hint(err) == "" {
		t.Errorf("New of nothing: got %v, want a permanent fs.ErrNotExist with a hint", err)
	}
}

func TestUnreadableFileIsAFolder(t *testing.T) {
	dir := t.TempDir()
	bad := write(t, filepath.Join(dir, "bad"), oneMail)
	write(t, filepath.Join(dir, "good"), oneMail)
	if err := os.Chmod(bad, 0); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Open(bad); err == nil {
		f.Close()
		t.Skip("this user can read everything")
	}
	s := open(t, dir)
	fs := folders(t, s)
	if got, want := names(fs), []string{"bad", "good"}; !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	for _, err := range s.List(t.Context(), fs[0], "") {
		if !transfer.Permanent(err) {
			t.Errorf("List: got %v, want a permanent error", err)
		}
	}
	if got := len(list(t, s, fs[1], "")); got != 1 {
		t.Errorf("good: got %d messages, want 1", got)
	}
}

func TestState(t *testing.T) {
	name := write(t, filepath.Join(t.TempDir(), "a"), oneMail)
	before := folders(t, open(t, name))[0].State
	write(t, name, strings.Replace(oneMail, "hi", "ho", 1)+oneMail)
	if after := folders(t, open(t, name))[0].State; after == before || after == "" {
		t.Errorf("State of a longer file: got %q, want another one than %q", after, before)
	}
	if err := os.WriteFile(name, []byte(oneMail), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := folders(t, open(t, name))[0].State; got != "" {
		t.Errorf("State of a file just written: got %q, want none", got)
	}
}
