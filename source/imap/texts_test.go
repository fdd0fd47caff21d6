package imap

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
)

// takeAll lists a folder and fetches all of it, and answers the texts.
func takeAll(t *testing.T, s *Source, f transfer.Folder) (texts []string) {
	t.Helper()
	ms := list(t, s, f)
	for x, err := range s.Fetch(t.Context(), f, ms) {
		if err != nil || x.Err != nil {
			t.Fatal(err, x.Err)
		}
		text, err := io.ReadAll(x.Body)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts
}

func list(t *testing.T, s *Source, f transfer.Folder) (ms []transfer.Message) {
	t.Helper()
	for m, err := range s.List(t.Context(), f, "") {
		if err != nil {
			t.Fatal(err)
		}
		ms = append(ms, m)
	}
	return ms
}

// A folder of which all is wanted costs one round trip; if it was foreseen, its texts
// are asked for behind those of the one before. What comes is the same.
func TestTextsWithTheList(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	mailtest.Load(t, server.IMAP, user, mailtest.Corpus(7, 200, mailtest.CorpusOptions{Small: true}))
	plain, line := open(t, server.IMAP, user), mailtest.Proxy(t, server.IMAP, mailtest.ProxyOptions{})
	s := open(t, line.Addr, user)
	fs, err := s.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plain.Folders(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, foreseen := range []bool{false, true} {
		turns := line.Traffic()[0].Turns
		for i, f := range fs {
			want := takeAll(t, plain, f)
			f.All = true
			s.Foresee(func() (transfer.Folder, bool) {
				if !foreseen || i+1 == len(fs) {
					return transfer.Folder{}, false
				}
				next := fs[i+1]
				next.All = true
				return next, true
			})
			if got := takeAll(t, s, f); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%q foreseen %t: got other texts", f.Name(), foreseen)
			}
			if ahead := s.coming != nil && s.coming.due != nil && s.coming.due.texts != nil; ahead != (foreseen && i+1 < len(fs) && fs[i+1].Count > 0) {
				t.Errorf("%q foreseen %t: got the texts of the next folder asked for: %t", f.Name(), foreseen, ahead)
			}
		}
		if got := line.Traffic()[0].Turns - turns; !foreseen && got > len(fs) {
			t.Errorf("got %d round trips for %d folders, want one each", got, len(fs))
		}
	}
}

// What comes of it when the folder changes meanwhile, or not all is wanted after all.
func TestTextsChange(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	mail := func(i int) mailtest.Mail {
		return mailtest.Mail{Folder: []string{"INBOX"}, Bytes: fmt.Appendf(nil, "Subject: %d\r\n\r\ntext %d\r\n", i, i)}
	}
	for _, tc := range []struct {
		name   string
		change func(t *testing.T, user string, s *Source, f transfer.Folder, ms []transfer.Message) []transfer.Message
		want   string
	}{
		{"one comes", func(t *testing.T, user string, _ *Source, _ transfer.Folder, ms []transfer.Message) []transfer.Message {
			mailtest.Load(t, server.IMAP, user, []mailtest.Mail{mail(9)})
			return ms
		}, "1 2 3 4 5"},
		{"some are wanted", func(_ *testing.T, _ string, _ *Source, _ transfer.Folder, ms []transfer.Message) []transfer.Message {
			return append(ms[1:2:2], ms[3])
		}, "2 4"},
		{"backwards", func(_ *testing.T, _ string, _ *Source, _ transfer.Folder, ms []transfer.Message) []transfer.Message {
			return []transfer.Message{ms[4], ms[2], ms[0]}
		}, "5 3 1"},
		{"one that is not there", func(_ *testing.T, _ string, _ *Source, _ transfer.Folder, ms []transfer.Message) []transfer.Message {
			return append(ms[:2:2], transfer.Message{ID: "4000000000", Size: -1}, ms[2])
		}, "1 2 gone 3"},
		{"it is counted before", func(t *testing.T, _ string, s *Source, f transfer.Folder, ms []transfer.Message) []transfer.Message {
			if n, err := s.Count(t.Context(), f); n != 5 || err != nil {
				t.Errorf("got %d messages, %v, want 5", n, err)
			}
			return ms
		}, "1 2 3 4 5"},
		{"another folder is read before", func(t *testing.T, _ string, s *Source, _ transfer.Folder, ms []transfer.Message) []transfer.Message {
			if other := list(t, s, transfer.Folder{Path: []string{"Other"}, Epoch: epochOf(t, s, "Other")}); len(other) != 1 {
				t.Errorf("got %d messages there, want 1", len(other))
			}
			return ms
		}, "1 2 3 4 5"},
		{"it is listed again", func(t *testing.T, _ string, s *Source, f transfer.Folder, _ []transfer.Message) []transfer.Message {
			return list(t, s, f)
		}, "1 2 3 4 5"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			user := server.NewUser()
			mailtest.Load(t, server.IMAP, user, []mailtest.Mail{mail(1), mail(2), mail(3), mail(4), mail(5)})
			mailtest.Load(t, server.IMAP, user, []mailtest.Mail{{Folder: []string{"Other"}, Bytes: mail(6).Bytes}})
			s := open(t, server.IMAP, user)
			f := folderCalled(t, s, "INBOX")
			f.All = true
			ms := tc.change(t, user, s, f, list(t, s, f))
			var got []string
			for x, err := range s.Fetch(t.Context(), f, ms) {
				switch {
				case err != nil:
					t.Fatal(err)
				case errors.Is(x.Err, transfer.ErrVanished):
					got = append(got, "gone")
				case x.Err != nil:
					t.Fatal(x.Err)
				default:
					text, err := io.ReadAll(x.Body)
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, string(bytes.TrimSpace(text[bytes.LastIndexByte(text, ' ')+1:])))
				}
			}
			if strings.Join(got, " ") != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func folderCalled(t *testing.T, s *Source, name string) transfer.Folder {
	t.Helper()
	fs, err := s.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fs {
		if f.Name() == name {
			return f
		}
	}
	t.Fatalf("there is no %q", name)
	return transfer.Folder{}
}

func epochOf(t *testing.T, s *Source, name string) string { return folderCalled(t, s, name).Epoch }

// The texts of one folder are never taken for those of another: that is opened, and
// its texts are asked for, in a round trip each.
func TestTextsOfAnotherFolder(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	var mails []mailtest.Mail
	for _, name := range []string{"INBOX", "Other"} {
		mails = append(mails, mailtest.Mail{Folder: []string{name}, Bytes: []byte("Subject: " + name + "\r\n\r\n" + name + "\r\n")})
	}
	mailtest.Load(t, server.IMAP, user, mails)
	line := mailtest.Proxy(t, server.IMAP, mailtest.ProxyOptions{})
	s := open(t, line.Addr, user)
	inbox, other := folderCalled(t, s, "INBOX"), folderCalled(t, s, "Other")
	want := takeAll(t, s, other)
	inbox.All = true
	ms := list(t, s, inbox)
	turns := line.Traffic()[0].Turns
	for x, err := range s.Fetch(t.Context(), other, ms) { // it has the same UID
		if err != nil || x.Err != nil {
			t.Fatal(err, x.Err)
		}
		if text, err := io.ReadAll(x.Body); err != nil || string(text) != want[0] {
			t.Errorf("got %q, %v, want %q", text, err, want[0])
		}
	}
	if got := line.Traffic()[0].Turns - turns; got > 2 {
		t.Errorf("got %d round trips, want 2", got)
	}
}

// Whoever does something else in the folder has nothing of its texts in his way.
func TestTextsSkipped(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	mailtest.Load(t, server.IMAP, user, []mailtest.Mail{{Folder: []string{"INBOX"}, Bytes: []byte("Subject: x\r\n\r\nx\r\n")}})
	s := open(t, server.IMAP, user)
	f := folderCalled(t, s, "INBOX")
	f.All = true
	list(t, s, f)
	ahead := s.texts
	if ahead == nil || ahead.Lost() {
		t.Fatal("no texts are on their way")
	}
	if err := s.conn.Within(t.Context(), func() error { return s.examine(t.Context(), f) }); err != nil {
		t.Fatal(err)
	}
	if s.texts != nil || !ahead.Lost() || !ahead.list.ps[0].Done() {
		t.Error("they are on their way still")
	}
	s.texts, s.open = ahead, ""
	if s.takeTexts(f) != nil {
		t.Error("got texts of a folder that is not open")
	}
}
