package kill

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// account is 14 messages in 3 folders, of the kind that is easily lost or
// doubled.
func account() []mailtest.Mail {
	inbox, archive, sent := []string{"INBOX"}, []string{"Archive", "2019"}, []string{"Sent"}
	day := func(n int) time.Time { return time.Date(2019, 3, n, 5, 6, 7, 0, time.FixedZone("", 3600)) }
	twin := text("<twin@example.org>", "twin", "the same to the last byte")
	return []mailtest.Mail{
		{Folder: inbox, Date: day(1), Flags: []string{`\Seen`}, Bytes: text("<one@example.org>", "one", "plain")},
		{Folder: inbox, Date: day(2), Flags: []string{`\Seen`}, Bytes: twin},
		{Folder: inbox, Date: day(3), Flags: []string{`\Flagged`, "$Label1"}, Bytes: twin},
		{Folder: inbox, Date: day(4), Bytes: text("<same@example.org>", "same", "one body")},
		{Folder: inbox, Date: day(4), Bytes: text("<same@example.org>", "same", "two body")},
		{Folder: inbox, Date: day(5), Bytes: text("", "no id", "nothing to know it by")},
		{Folder: archive, Date: day(6), Bytes: twin},
		{Folder: archive, Date: day(6), Bytes: twin},
		{Folder: archive, Date: day(7), Flags: []string{`\Answered`, `\Seen`}, Bytes: text("<two@example.org>", "two", strings.Repeat("long ", 2000))},
		{Folder: archive, Date: day(8), Bytes: text("", "no id", "nothing to know it by")},
		{Folder: archive, Date: day(9), Bytes: []byte("Subject: only a header\r\n\r\n")},
		{Folder: sent, Date: day(10), Flags: []string{`\Seen`}, Bytes: text("", "alike", "first")},
		{Folder: sent, Date: day(10), Flags: []string{`\Seen`}, Bytes: text("", "alike", "again")},
		{Folder: sent, Date: day(11), Bytes: text("<three@example.org>", "gr\xfc\xdfe", strings.Repeat("big ", 8000))},
	}
}

func text(id, subject, body string) []byte {
	head := "From: a@example.org\r\nTo: b@example.org\r\nDate: Fri, 1 Mar 2019 05:06:07 +0100\r\n"
	if id != "" {
		head += "Message-ID: " + id + "\r\n"
	}
	return []byte(head + "Subject: " + subject + "\r\n\r\n" + body + "\r\n")
}

// route is a source, and what it makes of a destination.
type route struct {
	name   string
	source string // endpoint
	dest   *mailtest.Server
	want   mailtest.Snapshot
	state  func(t *testing.T) []string // how the source differs from what it was
}

// routes are the four kinds of source with the same mail, where POP3 has the
// inbox only.
func routes(t *testing.T) []route {
	t.Helper()
	s := mailtest.Shared(t, mailtest.DovecotOptions{})
	mails := account()
	imap, pop3 := s.NewUser(), s.NewUser()
	mailtest.Load(t, s.IMAP, imap, mails)
	mailtest.Load(t, s.IMAP, pop3, mails[:6])
	maildir, mbox := filepath.Join(t.TempDir(), "Maildir"), filepath.Join(t.TempDir(), "mbox")
	mailtest.WriteMaildir(t, maildir, mails)
	writeMboxes(t, mbox, mails)
	all := []route{
		{name: "imap", source: "imap://" + imap + "@" + s.IMAP + "?tls=none", state: accountState(t, s, imap, mailtest.CompareOptions{})},
		// To have read it over POP3 marks it as read, in Dovecot.
		{name: "pop3", source: "pop3://" + pop3 + "@" + s.POP3 + "?tls=none", state: accountState(t, s, pop3, mailtest.CompareOptions{IgnoreFlags: true})},
		{name: "maildir", source: "maildir:" + maildir, state: treeState(t, maildir)},
		{name: "mbox", source: "mbox:" + mbox, state: treeState(t, mbox)},
	}
	for i := range all {
		all[i].undisturbed(t)
	}
	bytesOnly := mailtest.CompareOptions{Closed: true, IgnoreFlags: true, IgnoreDates: true, IgnoreEmpty: true}
	for _, check := range []struct {
		i     int
		mails []mailtest.Mail
		o     mailtest.CompareOptions
	}{{0, mails, mailtest.CompareOptions{}}, {1, mails[:6], bytesOnly}, {2, mails, mailtest.CompareOptions{}}, {3, mails, bytesOnly}} {
		for _, d := range mailtest.Compare(mailtest.FromMails(check.mails), all[check.i].want, check.o) {
			t.Fatalf("%s undisturbed: %s", all[check.i].name, d)
		}
	}
	return all
}

// undisturbed carries the mail once and keeps what came of it.
func (r *route) undisturbed(t *testing.T) {
	t.Helper()
	// A server has a thousand users, which is not too many for one route.
	r.dest = mailtest.Shared(t, mailtest.DovecotOptions{Extra: "# destination for " + r.name, Many: *kills != ""})
	user := r.dest.NewUser()
	end := proof.Command{Args: r.args(user, r.dest.IMAP), Home: scratch(t), Limit: patience}.Run(t)
	if end.Exit != 0 {
		t.Fatalf("%s undisturbed: got exit %d, want 0; %s", r.name, end.Exit, end.Stderr)
	}
	r.want = mailtest.Take(t, r.dest.IMAP, user)
}

// args is the command that carries the route's mail to a user at addr.
func (r *route) args(user, addr string) []string {
	return []string{"copy", "--json", "--no-input", r.source, "imap://" + user + "@" + addr + "?tls=none"}
}

// scratch is a folder that ends with the test, in memory where the system has
// that: no test here asks whether the system keeps its word about a sync, and
// syncs take their time.
func scratch(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "mailhaul-kill")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func accountState(t *testing.T, s *mailtest.Server, user string, o mailtest.CompareOptions) func(*testing.T) []string {
	was := mailtest.Take(t, s.IMAP, user)
	return func(t *testing.T) []string { return mailtest.Compare(was, mailtest.Take(t, s.IMAP, user), o) }
}

func treeState(t *testing.T, dir string) func(*testing.T) []string {
	was := tree(t, dir)
	return func(t *testing.T) []string {
		if is := tree(t, dir); !maps.Equal(is, was) {
			return []string{fmt.Sprintf("got files %v, want %v", is, was)}
		}
		return nil
	}
}

// tree is all files below dir with their time and content.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		p, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil {
			files[path] = fmt.Sprintf("%v %x", info.ModTime(), sha256.Sum256(p))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// writeMboxes writes a folder of mbox files, one a folder, nested as
// Thunderbird does it, with flags in Status and X-Status.
func writeMboxes(t *testing.T, dir string, mails []mailtest.Mail) {
	t.Helper()
	for _, m := range mails {
		path := filepath.Join(dir, strings.Join(m.Folder, ".sbd/"))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Folder) > 1 {
			parent, err := os.OpenFile(filepath.Join(dir, m.Folder[0]), os.O_CREATE, 0o600)
			if err != nil || parent.Close() != nil {
				t.Fatal(err)
			}
		}
		_, err = fmt.Fprintf(f, "From a@example.org %s\n%s\n", m.Date.UTC().Format(time.ANSIC), strings.ReplaceAll(string(m.Bytes), "\r\n", "\n"))
		if err != nil || f.Close() != nil {
			t.Fatal(err)
		}
	}
}
