package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// say runs a command on a job's state alone.
func (m *move) say(command string, flags ...string) string {
	m.t.Helper()
	args := append(append([]string{command, "--state-dir", m.state}, flags...), m.args...)
	out, err := exec.Command("mailhaul", args...).Output()
	if err != nil {
		m.t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return string(out)
}

// TestVerifyRescues: mail that another program has brought, which added a header
// to each message, lost some and marked all as read. Only what is missing is
// copied, and nothing twice.
func TestVerifyRescues(t *testing.T) {
	s := mailtest.Shared(t, mailtest.DovecotOptions{})
	a, b := s.NewUser(), s.NewUser()
	mails := ordinary(60)
	mailtest.Load(t, s.IMAP, a, mails)
	var brought []mailtest.Mail
	for i, mail := range mails {
		if i%10 == 4 {
			continue
		}
		if i%2 == 0 {
			mail.Bytes = append([]byte("X-TUID: 4HsoCZ1jXdo1\r\n"), mail.Bytes...)
		}
		brought = append(brought, mail)
	}
	mailtest.Load(t, s.IMAP, b, brought)
	m := newMove(t, clear("imap", a, s.IMAP), clear("imap", b, s.IMAP))
	for _, level := range []string{"headers", "bytes"} {
		lines, sum := m.verified(exitDiffers, "--level", level)
		if sum.Missing != 6 || sum.Altered != 24 || sum.Equal != 30 || sum.Surplus != 0 {
			t.Errorf("%s: got %+v", level, sum)
		}
		for _, d := range lines {
			if d.Kind == "altered" && d.Text != "the header X-TUID was added" {
				t.Errorf("got %+v, want the added header told", d)
			}
		}
	}
	_, sum := m.verified(exitDiffers, "--repair")
	if sum.Missing != 0 || sum.Altered != 24 || sum.Equal != 36 || sum.There != 60 {
		t.Errorf("after the repair: got %+v", sum)
	}
	m.want(m.run(), tally{Present: 60})
}

// TestVerifyRepairsTwins: of messages that are the same byte for byte as many are
// brought as are missing, whichever of them were removed, and none that is there.
func TestVerifyRepairsTwins(t *testing.T) {
	s := mailtest.Shared(t, mailtest.DovecotOptions{})
	for _, removed := range []string{"1", "4", "1,4", "2:3"} {
		a, b := s.NewUser(), s.NewUser()
		mails := ordinary(6)
		for i := range mails {
			mails[i].Folder = []string{"INBOX"}
		}
		mails = append([]mailtest.Mail{mails[0], mails[0], mails[0]}, mails...) // four of one kind
		mailtest.Load(t, s.IMAP, a, mails)
		m := newMove(t, clear("imap", a, s.IMAP), clear("imap", b, s.IMAP))
		m.want(m.run(), tally{Copied: 9})
		want := mailtest.Take(t, s.IMAP, b)
		say(t, s.IMAP, b, "SELECT INBOX", `STORE `+removed+` +FLAGS (\Deleted)`, "EXPUNGE")
		if _, sum := m.verified(0, "--repair"); sum.Equal != 9 || sum.There != 9 {
			t.Errorf("%s removed: got %+v after the repair, want 9 equal", removed, sum)
		}
		for _, d := range mailtest.Compare(want, mailtest.Take(t, s.IMAP, b), mailtest.CompareOptions{IgnoreOrder: true}) {
			t.Errorf("%s removed: %s", removed, d)
		}
		m.want(m.run(), tally{Present: 9})
		if _, sum := m.verified(0); sum.Equal != 9 {
			t.Errorf("%s removed: got %+v at the end", removed, sum)
		}
		if out := m.say("status"); !strings.Contains(out, "9 messages arrived") {
			t.Errorf("%s removed: got %s", removed, out)
		}
	}
}

// TestVerifyRepairOfAMovedTwin: one of two twins was moved away and back, so that
// it has another UID; the other one was removed.
func TestVerifyRepairOfAMovedTwin(t *testing.T) {
	s := mailtest.Shared(t, mailtest.DovecotOptions{})
	a, b := s.NewUser(), s.NewUser()
	mail := ordinary(1)[0]
	mailtest.Load(t, s.IMAP, a, []mailtest.Mail{mail, mail})
	m := newMove(t, clear("imap", a, s.IMAP), clear("imap", b, s.IMAP))
	m.want(m.run(), tally{Copied: 2})
	say(t, s.IMAP, b, "SELECT INBOX", "COPY 1 INBOX", `STORE 1:2 +FLAGS (\Deleted)`, "EXPUNGE")
	if _, sum := m.verified(0, "--repair"); sum.Equal != 2 || sum.There != 2 {
		t.Errorf("got %+v after the repair, want 2 equal", sum)
	}
	m.want(m.run(), tally{Present: 2})
}
