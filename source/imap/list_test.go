package imap

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
)

func TestCorpusIsRead(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	mails := mailtest.Corpus(5, 200, mailtest.CorpusOptions{Delimiter: ".", NUL: true})
	mailtest.Load(t, server.IMAP, user, mails)
	s := open(t, server.IMAP, user)
	fs, err := s.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := mailtest.Take(t, server.IMAP, user)
	got := make(map[string][]string)
	for _, f := range fs {
		var ms []transfer.Message
		for m, err := range s.List(t.Context(), f, "") {
			if err != nil {
				t.Fatal(err)
			}
			ms = append(ms, m)
		}
		for x, err := range s.Fetch(t.Context(), f, ms) {
			if err != nil || x.Err != nil {
				t.Fatal(err, x.Err)
			}
			c := transfer.NewCanonical()
			n, err := io.Copy(c, x.Body)
			if err != nil || n != x.Size {
				t.Fatal(err)
			}
			sum, _ := c.Sum()
			got[mailtest.Key(f.Path...)] = append(got[mailtest.Key(f.Path...)], fmt.Sprintf("%x", sum))
		}
	}
	for key, entries := range want {
		var sums []string
		for _, e := range entries {
			sums = append(sums, fmt.Sprintf("%x", e.Canonical))
		}
		if strings.Join(got[key], " ") != strings.Join(sums, " ") {
			t.Errorf("%q: got %d messages, want %d, or other bytes, or another order", key, len(got[key]), len(sums))
		}
	}
}

// listAll lists a folder and compares with 1 to n, every step.
func listAll(t *testing.T, s *Source, f transfer.Folder, n, step int) {
	t.Helper()
	k := 0
	for m, err := range s.List(t.Context(), f, "") {
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprint(k*step + 1); m.ID != want {
			t.Fatalf("number %d: got UID %s, want %s", k, m.ID, want)
		}
		k++
	}
	if k != n {
		t.Errorf("got %d messages, want %d", k, n)
	}
}

// A large folder is listed in pieces, also where UIDs have gaps, and where the
// server answers no more than so many at once.
func TestListLargeFolder(t *testing.T) {
	for _, tc := range []struct {
		name, caps string
		n, step    int
	}{
		{"dense", "", 10_000, 1},
		{"gaps", "", 10_000, 7},
		{"small", "", 100, 1000},
		{"limited", "MESSAGELIMIT=1000", 5000, 3},
		{"empty", "", 0, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := &big{n: tc.n, step: tc.step}
			if tc.caps != "" {
				server.limit = 1000
			}
			s := open(t, serve(t, server.answer, tc.caps), "anna")
			fs, err := s.Folders(t.Context())
			if err != nil || len(fs) != 1 {
				t.Fatal(fs, err)
			}
			listAll(t, s, fs[0], tc.n, tc.step)
			for range s.List(t.Context(), fs[0], "") { // left early
				break
			}
			listAll(t, s, fs[0], tc.n, tc.step)
		})
	}
}

// The flow lists by pages: each message comes over the line once, also when texts
// are fetched between two pages.
func TestPagesAreAskedForOnce(t *testing.T) {
	for _, tc := range []struct {
		name string
		skip func(s *Source, f transfer.Folder) // between pages
	}{
		{"pages alone", nil},
		{"texts between", func(s *Source, f transfer.Folder) {
			for range s.Fetch(t.Context(), f, []transfer.Message{{ID: "1"}}) {
				break
			}
		}},
	} {
		server := &big{n: 10_000, step: 1}
		told := 0
		s := open(t, serve(t, func(command string) (lines, code string) {
			if strings.Contains(command, "BODY") || strings.HasSuffix(command, "(UID)") {
				return "", ""
			}
			lines, code = server.answer(command)
			told += strings.Count(lines, " FETCH ")
			return lines, code
		}, ""), "anna")
		fs, err := s.Folders(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n, after := 0, ""
		for page := -1; page != 0; {
			page = 0
			for m, err := range s.List(t.Context(), fs[0], after) {
				if err != nil {
					t.Fatal(err)
				}
				if n++; m.ID != fmt.Sprint(n) {
					t.Fatalf("%s: number %d: got UID %s", tc.name, n, m.ID)
				}
				if after, page = m.ID, page+1; page == 1000 {
					break
				}
			}
			if tc.skip != nil {
				tc.skip(s, fs[0])
			}
		}
		if n != 10_000 || told != n {
			t.Errorf("%s: got %d messages, told %d times, want 10000 and as many", tc.name, n, told)
		}
	}
}

func TestFolderMadeAnew(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	mailtest.Load(t, server.IMAP, user, mailtest.Corpus(1, 20, mailtest.CorpusOptions{Small: true}))
	s := open(t, server.IMAP, user)
	fs, err := s.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fs[0].Epoch = "1"
	for _, seq := range []func() error{
		func() (last error) {
			for _, last = range s.List(t.Context(), fs[0], "") {
			}
			return last
		},
		func() (last error) {
			for _, last = range s.Fetch(t.Context(), fs[0], []transfer.Message{{ID: "1"}}) {
			}
			return last
		},
	} {
		if err := seq(); err == nil || transfer.Permanent(err) || !transfer.Remade(err) || !strings.Contains(err.Error(), "made anew") {
			t.Errorf("got %v, want an error that another try may mend", err)
		}
	}
}

// The state changes with flags, new mail and removals, and with nothing else.
func TestStateTellsChanges(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	load := func() {
		mailtest.Load(t, server.IMAP, user, []mailtest.Mail{{Folder: []string{"INBOX"}, Date: time.Unix(1e9, 0), Bytes: []byte("A: b\r\n\r\nc\r\n")}})
	}
	load()
	state := func() string {
		fs, err := open(t, server.IMAP, user).Folders(t.Context())
		if err != nil || fs[0].State == "" {
			t.Fatalf("got %+v, %v, want a state", fs, err)
		}
		return fs[0].State
	}
	seen := map[string]bool{state(): true}
	inbox := transfer.Folder{Path: []string{"INBOX"}}
	for _, step := range []struct {
		name   string
		change func()
	}{
		{"flag set", func() { do(t, server, user, inbox, `UID STORE 1 +FLAGS.SILENT (\Seen)`) }},
		{"flag taken away", func() { do(t, server, user, inbox, `UID STORE 1 -FLAGS.SILENT (\Seen)`) }},
		{"keyword set", func() { do(t, server, user, inbox, `UID STORE 1 +FLAGS.SILENT (x)`) }},
		{"new mail", load},
		{"removed", func() { do(t, server, user, inbox, `UID STORE 1 +FLAGS.SILENT (\Deleted)`, "EXPUNGE") }},
	} {
		step.change()
		now := state()
		if seen[now] {
			t.Errorf("%s: got the state %q again", step.name, now)
		}
		if seen[now] = true; state() != now {
			t.Errorf("%s: the state changes by itself", step.name)
		}
	}
}
