package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

var (
	kills = flag.Int("kills", 6, "how often TestKilledMove kills the program")
	seed  = flag.Uint64("seed", 1, "seed of the moments it is killed at")
)

// tally is the summary that the program prints with --json.
type tally struct {
	Messages, Copied, Present, Adopted, Skipped, Refused, Vanished, Merged, Folders, Exit int
}

// move is one job between real servers, run as the program it is.
type move struct {
	t     *testing.T
	state string
	args  []string
}

func newMove(t *testing.T, endpoints ...string) *move {
	return &move{t: t, state: filepath.Join(t.TempDir(), "state"), args: endpoints}
}

func clear(scheme, user, addr string) string {
	return fmt.Sprintf("%s://%s@%s?tls=none", scheme, user, addr)
}

func (m *move) command() *exec.Cmd {
	cmd := exec.Command("mailhaul", append([]string{"copy", "--json", "--no-input", "--state-dir", m.state}, m.args...)...)
	cmd.Env = append(os.Environ(), "MAILHAUL_SOURCE_PASSWORD="+mailtest.Password, "MAILHAUL_DEST_PASSWORD="+mailtest.Password)
	return cmd
}

// run runs it to its end and answers the summary.
func (m *move) run() tally {
	m.t.Helper()
	cmd := m.command()
	var talk bytes.Buffer
	cmd.Stderr = &talk
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	var sum tally
	if err := json.Unmarshal(lines[len(lines)-1], &sum); err != nil || sum.Exit != cmd.ProcessState.ExitCode() {
		m.t.Fatalf("the last line is no summary of exit %d: %s\n%s", cmd.ProcessState.ExitCode(), lines[len(lines)-1], &talk)
	}
	if sum.Exit != 0 {
		m.t.Fatalf("got exit %d: %s", sum.Exit, &talk)
	}
	return sum
}

func (m *move) want(got, want tally) {
	m.t.Helper()
	want.Messages = want.Copied + want.Present + want.Adopted + want.Vanished
	want.Folders = got.Folders
	if got != want {
		m.t.Errorf("got %+v, want %+v", got, want)
	}
}

func (m *move) same(want, got mailtest.Snapshot, o mailtest.CompareOptions) {
	m.t.Helper()
	for _, d := range mailtest.Compare(want, got, o) {
		m.t.Error(d)
	}
}

// TestMoveBetweenServers moves whole accounts between servers of different
// shape and runs each move twice.
func TestMoveBetweenServers(t *testing.T) {
	for _, tc := range []struct {
		name     string
		from, to mailtest.DovecotOptions
		corpus   mailtest.CorpusOptions
		compare  mailtest.CompareOptions
	}{
		{"like to like", mailtest.DovecotOptions{}, mailtest.DovecotOptions{}, mailtest.CorpusOptions{Small: true, Delimiter: "."}, mailtest.CompareOptions{}},
		{"to Maildir", mailtest.DovecotOptions{}, mailtest.DovecotOptions{Format: mailtest.Maildir}, mailtest.CorpusOptions{Plain: true}, mailtest.CompareOptions{}},
		{"to another delimiter below INBOX", mailtest.DovecotOptions{}, mailtest.DovecotOptions{Separator: ".", Prefix: "INBOX."}, mailtest.CorpusOptions{Small: true, Plain: true}, mailtest.CompareOptions{}},
		{"from another delimiter below INBOX", mailtest.DovecotOptions{Separator: ".", Prefix: "INBOX."}, mailtest.DovecotOptions{}, mailtest.CorpusOptions{Small: true, Plain: true}, mailtest.CompareOptions{}},
		{"to a server with next to nothing", mailtest.DovecotOptions{}, mailtest.DovecotOptions{Capability: "IMAP4rev1"}, mailtest.CorpusOptions{Small: true}, mailtest.CompareOptions{IgnoreOrder: true}},
		{"from a server with next to nothing", mailtest.DovecotOptions{Capability: "IMAP4rev1"}, mailtest.DovecotOptions{}, mailtest.CorpusOptions{Small: true}, mailtest.CompareOptions{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			from, to := mailtest.Shared(t, tc.from), mailtest.Shared(t, tc.to)
			a, b := from.NewUser(), to.NewUser()
			mailtest.Load(t, from.IMAP, a, mailtest.Corpus(1, 200, tc.corpus))
			m := newMove(t, clear("imap", a, from.IMAP), clear("imap", b, to.IMAP))
			before := mailtest.Take(t, from.IMAP, a)
			m.want(m.run(), tally{Copied: 200})
			m.same(before, mailtest.Take(t, to.IMAP, b), tc.compare)
			m.same(before, mailtest.Take(t, from.IMAP, a), mailtest.CompareOptions{})
			m.want(m.run(), tally{Present: 200})
		})
	}
}

// TestMoveFromElsewhere brings the same mail from POP3, a Maildir and mbox files.
func TestMoveFromElsewhere(t *testing.T) {
	s := mailtest.Shared(t, mailtest.DovecotOptions{})
	mails := mailtest.Corpus(2, 150, mailtest.CorpusOptions{Small: true, Plain: true})
	want := mailtest.FromMails(mails)
	loose := mailtest.CompareOptions{Closed: true, IgnoreEmpty: true, IgnoreFlags: true, IgnoreDates: true, IgnoreOrder: true}

	t.Run("pop3", func(t *testing.T) {
		a, b := s.NewUser(), s.NewUser()
		inbox := slices.Clone(mails)
		for i := range inbox {
			inbox[i].Folder = []string{"INBOX"}
		}
		mailtest.Load(t, s.IMAP, a, inbox)
		m := newMove(t, clear("pop3", a, s.POP3), clear("imap", b, s.IMAP))
		m.want(m.run(), tally{Copied: 150})
		m.same(mailtest.FromMails(inbox), mailtest.Take(t, s.IMAP, b), loose)
		m.want(m.run(), tally{Present: 150})
	})
	t.Run("maildir", func(t *testing.T) {
		dir, b := t.TempDir(), s.NewUser()
		mailtest.WriteMaildir(t, dir, mails)
		m := newMove(t, "maildir:"+dir, clear("imap", b, s.IMAP))
		m.want(m.run(), tally{Copied: 150})
		m.same(want, mailtest.Take(t, s.IMAP, b), mailtest.CompareOptions{Canonical: true, IgnoreEmpty: true, IgnoreOrder: true})
		m.want(m.run(), tally{Present: 150})
	})
	t.Run("mbox", func(t *testing.T) {
		dir, b := t.TempDir(), s.NewUser()
		held := slices.DeleteFunc(slices.Clone(mails), func(m mailtest.Mail) bool { return !headed.Match(m.Bytes) })
		writeMboxes(t, dir, held)
		m := newMove(t, "mbox:"+dir, clear("imap", b, s.IMAP))
		m.want(m.run(), tally{Copied: len(held)})
		dated := loose
		dated.IgnoreDates = false
		m.same(mailtest.FromMails(held), mailtest.Take(t, s.IMAP, b), dated)
		m.want(m.run(), tally{Present: len(held)})
	})
}

// headed is what a message begins with that an mbox can hold without a doubt:
// a header line. Without one a separator is no separator.
var headed = regexp.MustCompile(`^(\r?\n)?[!-9;-~]+:`)

// writeMboxes writes a Thunderbird tree in the form mboxrd.
func writeMboxes(t *testing.T, dir string, mails []mailtest.Mail) {
	t.Helper()
	for _, mail := range mails {
		path := dir
		for _, part := range mail.Folder[:len(mail.Folder)-1] {
			path = filepath.Join(path, part+".sbd")
			os.MkdirAll(path, 0o755)
			parent, err := os.OpenFile(path[:len(path)-len(".sbd")], os.O_CREATE, 0o644)
			if err != nil {
				t.Fatal(err)
			}
			parent.Close()
		}
		path = filepath.Join(path, mail.Folder[len(mail.Folder)-1])
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(f, "From anna@example.org %s\n", mail.Date.UTC().Format(time.ANSIC))
		text := bytes.ReplaceAll(mail.Bytes, []byte("\r\n"), []byte("\n"))
		for line := range bytes.Lines(text) {
			if bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) {
				f.Write([]byte(">"))
			}
			f.Write(line)
		}
		if !bytes.HasSuffix(text, []byte("\n")) {
			f.Write([]byte("\n"))
		}
		f.Write([]byte("\n"))
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMoveIntoWhatIsThere: half of the mail was put there by another program.
// What the user changes afterwards stays.
func TestMoveIntoWhatIsThere(t *testing.T) {
	from, to := mailtest.Shared(t, mailtest.DovecotOptions{}), mailtest.Shared(t, mailtest.DovecotOptions{})
	a, b := from.NewUser(), to.NewUser()
	mails := mailtest.Corpus(3, 200, mailtest.CorpusOptions{Small: true})
	mailtest.Load(t, from.IMAP, a, mails)
	mailtest.Load(t, to.IMAP, b, mails[:100])
	m := newMove(t, clear("imap", a, from.IMAP), clear("imap", b, to.IMAP))
	m.want(m.run(), tally{Copied: 100, Adopted: 100})
	all := mailtest.Take(t, from.IMAP, a)
	m.same(all, mailtest.Take(t, to.IMAP, b), mailtest.CompareOptions{IgnoreOrder: true})

	rearrange(t, to.IMAP, b)
	mine := mailtest.Take(t, to.IMAP, b)
	more := mailtest.Corpus(4, 3, mailtest.CorpusOptions{Small: true})
	for i := range more {
		more[i].Folder = []string{"INBOX"}
	}
	mailtest.Load(t, from.IMAP, a, more)
	m.want(m.run(), tally{Copied: 3, Present: 200})
	for key, entries := range mailtest.FromMails(more) {
		mine[key] = append(mine[key], entries...)
	}
	m.same(mine, mailtest.Take(t, to.IMAP, b), mailtest.CompareOptions{Canonical: true, IgnoreOrder: true})
}

// TestKilledMove kills the program at random moments and starts it again.
func TestKilledMove(t *testing.T) {
	s := mailtest.Shared(t, mailtest.DovecotOptions{Fsync: "optimized"})
	a, b := s.NewUser(), s.NewUser()
	mails := mailtest.Corpus(5, 1000, mailtest.CorpusOptions{Small: true})
	mailtest.Load(t, s.IMAP, a, mails)
	m := newMove(t, clear("imap", a, s.IMAP), clear("imap", b, s.IMAP))
	r := rand.New(rand.NewPCG(*seed, 0))
	for range *kills {
		cmd := m.command()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		moment := time.Duration(r.IntN(900)) * time.Millisecond
		timer := time.AfterFunc(moment, func() { cmd.Process.Kill() })
		t.Logf("killed after %v: %v", moment, cmd.Wait())
		timer.Stop()
	}
	if sum := m.run(); sum.Messages != 1000 || sum.Copied+sum.Present != 1000 {
		t.Errorf("got %+v, want 1000 messages", sum)
	}
	m.same(mailtest.Take(t, s.IMAP, a), mailtest.Take(t, s.IMAP, b), mailtest.CompareOptions{IgnoreOrder: true})
	m.want(m.run(), tally{Present: 1000})
}

// TestLookAlikes: five messages that other programs take for fewer.
func TestLookAlikes(t *testing.T) {
	s := mailtest.Shared(t, mailtest.DovecotOptions{})
	a, b := s.NewUser(), s.NewUser()
	day := time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC)
	var mails []mailtest.Mail
	for _, text := range []string{
		"Message-ID: <1@example.org>\r\nSubject: normal\r\n\r\none\r\n",
		"Subject: no id\r\nDate: Mon, 3 Feb 2020 04:05:06 +0000\r\n\r\ntwo\r\n",
		"Subject: no id\r\nDate: Mon, 3 Feb 2020 04:05:06 +0000\r\n\r\nTWO\r\n",
		"Message-ID: <2@example.org>\r\nFrom: a@example.org\r\nSubject: same\r\nDate: Mon, 3 Feb 2020 04:05:06 +0000\r\n\r\nfour\r\n",
		"Message-ID: <2@example.org>\r\nFrom: a@example.org\r\nSubject: same\r\nDate: Mon, 3 Feb 2020 04:05:06 +0000\r\n\r\nFOUR\r\n",
	} {
		mails = append(mails, mailtest.Mail{Folder: []string{"INBOX"}, Date: day, Bytes: []byte(text)})
	}
	mailtest.Load(t, s.IMAP, a, mails)
	m := newMove(t, clear("imap", a, s.IMAP), clear("imap", b, s.IMAP))
	m.want(m.run(), tally{Copied: 5})
	m.same(mailtest.FromMails(mails), mailtest.Take(t, s.IMAP, b), mailtest.CompareOptions{})
}

// rearrange moves the first two messages of INBOX away, deletes the third and
// marks the fourth, as a user would.
func rearrange(t *testing.T, addr, user string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(conn, "a LOGIN %s %s\r\na CREATE Mine\r\na SELECT INBOX\r\na MOVE 1:2 Mine\r\na STORE 1 +FLAGS (\\Deleted)\r\na EXPUNGE\r\n"+
		"a STORE 1 +FLAGS (\\Flagged Mine)\r\nz LOGOUT\r\n", user, mailtest.Password)
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(conn); err != nil || bytes.Contains(answer.Bytes(), []byte("\r\na NO")) || bytes.Contains(answer.Bytes(), []byte("\r\na BAD")) {
		t.Fatalf("rearrange: %v\n%s", err, &answer)
	}
}
