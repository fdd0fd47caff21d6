package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// stage is a move between two accounts of servers that write down what they hear.
type stage struct {
	*move
	heard    [2]string // folders of the source's and the destination's logs
	accounts [2]func() mailtest.Snapshot
}

// foresees plans and then copies, and compares them folder by folder. The plan
// changes nothing on either side, nor has it asked for it; the copy nothing at the
// source.
func (m *stage) foresees(name string, flags ...string) {
	m.t.Helper()
	m.forget()
	before := [2]mailtest.Snapshot{m.accounts[0](), m.accounts[1]()}
	m.forget() // what the test itself has said
	began := time.Now()
	lines := m.tell(0, "plan", flags...)
	took := time.Since(began)
	for _, dir := range m.heard {
		if found := changes(m.t, dir); len(found) > 0 {
			m.t.Errorf("%s: the plan has sent %q", name, found)
		}
	}
	for i, side := range m.accounts {
		for _, d := range mailtest.Compare(before[i], side(), mailtest.CompareOptions{}) {
			m.t.Errorf("%s: the plan has changed an account: %s", name, d)
		}
	}
	m.forget()
	want, _, sum := foretold(lines)
	got := done(m.tell(0, "copy", flags...))
	for folder, c := range want {
		if got[folder] != c {
			m.t.Errorf("%s: %s: the plan was %+v, the copy made %+v", name, folder, c, got[folder])
		}
	}
	if len(got) > len(want) {
		m.t.Errorf("%s: %d folders were copied, %d planned", name, len(got), len(want))
	}
	if found := changes(m.t, m.heard[0]); len(found) > 0 {
		m.t.Errorf("%s: the copy has sent %q to the source", name, found)
	}
	// The very look that finds nothing of a plan finds what a copy sends.
	if found := changes(m.t, m.heard[1]); sum.Planned > 0 && len(found) == 0 {
		m.t.Errorf("%s: the log of the destination shows nothing of the copy", name)
	}
	for _, d := range mailtest.Compare(before[0], m.accounts[0](), mailtest.CompareOptions{}) {
		m.t.Errorf("%s: the source was changed: %s", name, d)
	}
	m.t.Logf("%s: planned in %v: %+v", name, took.Round(time.Millisecond), sum)
}

// forget throws away what the servers have heard.
func (m *stage) forget() {
	for _, dir := range m.heard {
		logs, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			m.t.Fatal(err)
		}
		for _, path := range logs {
			if err := os.Remove(path); err != nil {
				m.t.Fatal(err)
			}
		}
	}
}

// listening is a server that writes down what one user's sessions say.
func listening(t *testing.T) (s *mailtest.Server, user, heard string) {
	raw, err := os.MkdirTemp("/tmp", "mailhaul-rawlog")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(raw) })
	s = mailtest.Dovecot(t, mailtest.DovecotOptions{Extra: "protocol imap {\n rawlog_dir = " + raw + "/%u\n}"})
	user = s.NewUser()
	heard = filepath.Join(raw, user)
	if err := os.Mkdir(heard, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{raw, heard} {
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return s, user, heard
}

// changing is a command that changes something. SELECT does not where nothing is
// \Recent, which a plan makes sure of before it asks what INBOX does with keywords.
var changing = regexp.MustCompile(`(?im)^\S+ (UID )?(APPEND|STORE|COPY|MOVE|EXPUNGE|CREATE|DELETE|RENAME|SUBSCRIBE|UNSUBSCRIBE|SETQUOTA|SETACL|SETMETADATA|CLOSE)\b`)

// changes are the commands that change something among all that the server has heard,
// in whatever session.
func changes(t *testing.T, dir string) (found []string) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, "*.in"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("got no log of the server in %s: %v", dir, err)
	}
	for _, path := range logs {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range changing.FindAll(rawTimes.ReplaceAll(data, nil), -1) {
			found = append(found, string(one))
		}
	}
	return found
}

// rawTimes is what Dovecot writes before each line.
var rawTimes = regexp.MustCompile(`(?m)^\d+\.\d+ `)
