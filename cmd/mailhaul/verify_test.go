package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// verified runs "mailhaul verify" on a move and wants an exit code: the lines of
// standard output, the summary among them as the last.
func (m *move) verified(code int, flags ...string) (lines []differenceLine, sum verifySummary) {
	m.t.Helper()
	out := m.verify(code, append([]string{"--json"}, flags...)...)
	all := strings.Split(strings.TrimSpace(out), "\n")
	for _, line := range all[:len(all)-1] {
		if strings.HasPrefix(line, `{"event":"repair"`) {
			lines = nil // of the first comparison
			continue
		}
		var d differenceLine
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			m.t.Fatalf("%v: %s", err, line)
		}
		lines = append(lines, d)
	}
	if err := json.Unmarshal([]byte(all[len(all)-1]), &sum); err != nil || sum.Event != "summary" || sum.Exit != code {
		m.t.Fatalf("the last line is no summary of exit %d: %s", code, all[len(all)-1])
	}
	return lines, sum
}

// verify runs it and answers standard output.
func (m *move) verify(code int, flags ...string) string {
	m.t.Helper()
	cmd := exec.Command("mailhaul", append(append([]string{"verify", "--no-input", "--state-dir", m.state}, flags...), m.args...)...)
	cmd.Env = append(os.Environ(), "MAILHAUL_SOURCE_PASSWORD="+mailtest.Password, "MAILHAUL_DEST_PASSWORD="+mailtest.Password)
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &talk
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		m.t.Fatalf("verify %q: got exit %d, want %d\n%s%s", flags, got, code, &out, &talk)
	}
	return out.String()
}

// kinds are the differences in short, sorted.
func kinds(lines []differenceLine) (short []string) {
	for _, d := range lines {
		text := d.Kind + " " + strings.Join(d.Differs, ",")
		if d.Cause != "" {
			text += " " + d.Cause
		}
		short = append(short, text)
	}
	slices.Sort(short)
	return short
}

// ordinary are mails of which each has headers of its own.
func ordinary(n int) (mails []mailtest.Mail) {
	for i := range n {
		folder := [][]string{{"INBOX"}, {"Work"}, {"Lists", "sailing"}}[i%3]
		text := fmt.Sprintf("Message-ID: <%d@example.org>\r\nDate: Sat, 01 Jan 2005 00:00:%02d +0000\r\nFrom: a@example.org\r\nTo: b@example.org\r\n"+
			"Subject: letter %d\r\n\r\n%s", i, i%60, i, strings.Repeat("one line of text\r\n", 1+i%7))
		mails = append(mails, mailtest.Mail{Folder: folder, Date: time.Date(2005, 1, 1, 0, i, 0, 0, time.UTC), Bytes: []byte(text)})
	}
	return mails
}

// damage alters one byte of the message with that subject in a user's store.
func damage(t *testing.T, s *mailtest.Server, user, subject string) {
	t.Helper()
	done := false
	err := filepath.WalkDir(s.Home(user), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.Contains(path, "cur") && !strings.Contains(path, "new") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(text, []byte("Subject: "+subject+"\n")) && !bytes.Contains(text, []byte("Subject: "+subject+"\r\n")) {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		text = bytes.Replace(text, []byte("one line of text"), []byte("one line of Text"), 1)
		done = true
		return errors.Join(os.WriteFile(path, text, 0o600), os.Chtimes(path, info.ModTime(), info.ModTime()))
	})
	if err != nil || !done {
		t.Fatalf("damage %q: %v, done %v", subject, err, done)
	}
}

// TestVerify: what was copied is equal; what then happens to it is named, no more
// and no less, as far as each level can see.
func TestVerify(t *testing.T) {
	from := mailtest.Shared(t, mailtest.DovecotOptions{})
	to := mailtest.Shared(t, mailtest.DovecotOptions{Format: mailtest.Maildir})
	a, b := from.NewUser(), to.NewUser()
	mailtest.Load(t, from.IMAP, a, ordinary(60))
	m := newMove(t, clear("imap", a, from.IMAP), clear("imap", b, to.IMAP))
	m.run()
	for _, level := range []string{"headers", "bytes"} {
		lines, sum := m.verified(0, "--level", level)
		if len(lines) > 0 || sum.Messages != 60 || sum.Equal != 60 || sum.There != 60 {
			t.Errorf("%s: got %+v %+v, want 60 equal", level, sum, lines)
		}
	}
	say(t, to.IMAP, b, "SELECT INBOX", `STORE 1:3 +FLAGS (\Deleted)`, "EXPUNGE",
		`STORE 4 +FLAGS (\Flagged $Mine)`, `STORE 5 +FLAGS (\Answered)`, "COPY 6 Work", `STORE 6 +FLAGS (\Deleted)`, "EXPUNGE",
		`APPEND INBOX {25+}`+"\r\nSubject: hello\r\n\r\nforeign")
	damage(t, to, b, "letter 1")
	before := mailtest.Take(t, to.IMAP, b)
	want := []string{
		"missing  gone", "missing  gone", "missing  gone", "altered flags changed", "altered flags changed",
		"misplaced  changed", "surplus  foreign",
	}
	slices.Sort(want)
	lines, sum := m.verified(exitDiffers)
	if got := kinds(lines); !slices.Equal(got, want) {
		t.Errorf("headers: got %q, want %q", got, want)
	}
	if sum.Equal != 60-6 {
		t.Errorf("got %+v, want 54 equal", sum)
	}
	lines, _ = m.verified(exitDiffers, "--level", "bytes")
	want = append(want, "altered bytes changed")
	slices.Sort(want)
	if got := kinds(lines); !slices.Equal(got, want) {
		t.Errorf("bytes: got %q, want %q", got, want)
	}
	for _, d := range lines {
		switch {
		case d.Kind == "missing" && (d.Folder != "INBOX" || d.Subject != "letter 0" && d.Subject != "letter 3" && d.Subject != "letter 6" || d.Date == ""):
			t.Errorf("got %+v, want the messages 0, 3 and 6 missing", d)
		case d.Kind == "misplaced" && (d.Folder != "INBOX" || d.There != "Work" || d.Message != "<24@example.org>"):
			t.Errorf("got %+v, want message 24 in Work", d)
		case slices.Contains(d.Differs, "bytes") && d.Subject != "letter 1":
			t.Errorf("got %+v, want message 1 altered", d)
		}
	}
	told := m.verify(exitDiffers, "--level", "bytes")
	for _, text := range []string{"INBOX\n  missing    2005-01-01 00:00", "its bytes differ: the body differs", "it is in Work", "there it also has $Mine, \\Flagged\n"} {
		if !strings.Contains(told, text) {
			t.Errorf("got no %q in:\n%s", text, told)
		}
	}
	for _, d := range mailtest.Compare(before, mailtest.Take(t, to.IMAP, b), mailtest.CompareOptions{}) {
		t.Errorf("the destination was changed: %s", d)
	}

	// Repaired, all is there again; what is too much stays, and so does what was moved.
	m.verify(exitDiffers, "--level", "bytes", "--repair=all")
	lines, sum = m.verified(exitDiffers, "--level", "bytes")
	want = []string{"misplaced  changed", "surplus  foreign", "surplus  superseded"}
	if got := kinds(lines); !slices.Equal(got, want) || sum.Equal != 59 {
		t.Errorf("after the repair: got %q %+v, want %q", got, sum, want)
	}
	m.want(m.run(), tally{Present: 60})

	// Its record stands for the good copy, and the altered one is no message of the
	// source: status counts 60, and a manifest made now checks out.
	var status statusLine
	if err := json.Unmarshal([]byte(m.say("status", "--json")), &status); err != nil || status.Arrived != 60 {
		t.Errorf("got %+v, %v, want 60 arrived", status, err)
	}
	path := filepath.Join(t.TempDir(), "m")
	m.say("manifest", "--output", path)
	proof := exec.Command("mailhaul", "verify", "--state-dir", m.state, "--manifest", path, m.args[1])
	proof.Env = append(os.Environ(), "MAILHAUL_DEST_PASSWORD="+mailtest.Password)
	// What was moved is in another folder than the manifest says.
	if out, _ := proof.CombinedOutput(); !strings.Contains(string(out), "59  equal") || !strings.Contains(string(out), "1  misplaced") {
		t.Errorf("the manifest made then: %s", out)
	}
}

// TestVerifyOdd: mail of every odd kind, from all sources, is equal to its copy.
func TestVerifyOdd(t *testing.T) {
	s := mailtest.Shared(t, mailtest.DovecotOptions{})
	mails := mailtest.Corpus(9, 200, mailtest.CorpusOptions{Small: true})
	plain := mailtest.Corpus(2, 150, mailtest.CorpusOptions{Small: true, Plain: true})
	a, b := s.NewUser(), s.NewUser()
	mailtest.Load(t, s.IMAP, a, mails)
	maildir, mbox, pop := t.TempDir(), t.TempDir(), s.NewUser()
	mailtest.WriteMaildir(t, maildir, plain)
	for i := range plain {
		plain[i].Folder = []string{"INBOX"}
	}
	mailtest.Load(t, s.IMAP, pop, plain)
	if err := os.WriteFile(filepath.Join(mbox, "old.mbox"), []byte("From a@b Sat Jan  1 00:00:00 2005\nMessage-ID: <1@x>\nDate: Sat, 1 Jan 2005 00:00:00 +0000\n\n>From x\nbody\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ from, to string }{
		{clear("imap", a, s.IMAP), b}, {"maildir:" + maildir, s.NewUser()}, {"mbox:" + mbox, s.NewUser()}, {clear("pop3", pop, s.POP3), s.NewUser()},
	} {
		t.Run(strings.SplitN(tc.from, ":", 2)[0], func(t *testing.T) {
			m := newMove(t, tc.from, clear("imap", tc.to, s.IMAP))
			copied := m.run()
			for _, level := range []string{"headers", "bytes"} {
				lines, sum := m.verified(0, "--level", level)
				if sum.Equal != copied.Messages {
					t.Errorf("%s: got %+v, want %d equal: %+v", level, sum, copied.Messages, lines)
				}
			}
		})
	}
}
