package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// TestVerifyReadsOnly: the destination is only read, on a server that would tell.
func TestVerifyReadsOnly(t *testing.T) {
	s := mailtest.Shared(t, mailtest.DovecotOptions{})
	a, b := s.NewUser(), s.NewUser()
	mailtest.Load(t, s.IMAP, a, ordinary(30))
	m := newMove(t, clear("imap", a, s.IMAP), clear("imap", b, s.IMAP))
	log := filepath.Join(t.TempDir(), "log")
	lines, sum := m.verified(exitDiffers, "-vv", "--level", "bytes", "--log-file", log)
	if sum.Missing != 30 || sum.NoFolder != 2 || len(lines) != 32 {
		t.Errorf("got %+v, want 30 missing and 2 folders", sum)
	}
	if folders := mailtest.Take(t, s.IMAP, b); len(folders) > 1 {
		t.Errorf("got the folders %v at the destination, want none made", folders)
	}
	said, err := os.ReadFile(log)
	if err != nil || !regexp.MustCompile(`\bEXAMINE\b`).Match(said) {
		t.Fatalf("got %v, no EXAMINE in:\n%s", err, said)
	}
	if bad := regexp.MustCompile(`.* C: \S+ (UID )?(SELECT|CREATE|SUBSCRIBE|APPEND|STORE|EXPUNGE|COPY|MOVE|DELETE|RENAME).*`).Find(said); bad != nil {
		t.Errorf("it said %s", bad)
	}
	entries, err := os.ReadDir(m.state)
	if err != nil || len(entries) > 0 {
		t.Errorf("got %v, %v in the state folder, want nothing left", entries, err)
	}
}

// TestVerifyResumes: what was read before a break is not read again.
func TestVerifyResumes(t *testing.T) {
	s := mailtest.Shared(t, mailtest.DovecotOptions{})
	a, b := s.NewUser(), s.NewUser()
	mails := ordinary(90)
	for i := range mails {
		mails[i].Bytes = append(mails[i].Bytes, strings.Repeat("more and more text\r\n", 500)...)
	}
	mailtest.Load(t, s.IMAP, a, mails)
	var broken atomic.Bool
	line := mailtest.Proxy(t, s.IMAP, mailtest.ProxyOptions{Plan: func(int) (p mailtest.Plan) {
		if broken.Load() {
			p.Down.CutAfter = 200_000 // not a quarter of it
		}
		return p
	}})
	m := newMove(t, clear("imap", a, s.IMAP), clear("imap", b, line.Addr))
	m.run()
	broken.Store(true)
	m.verified(exitTemporary, "--level", "bytes", "--tries", "1")
	broken.Store(false)
	before := len(line.Traffic())
	_, sum := m.verified(0, "--level", "bytes")
	got := int64(0)
	for _, c := range line.Traffic()[before:] {
		got += c.Down
	}
	if whole := int64(len(mails) * len(mails[0].Bytes)); sum.Digested != 90 || got > whole*9/10 || got < whole/10 {
		t.Errorf("got %d bytes of %d from the destination, %d digested, want what was left", got, whole, sum.Digested)
	}
}
