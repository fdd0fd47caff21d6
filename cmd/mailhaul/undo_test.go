package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// undo runs "mailhaul undo" on a move with what is typed.
func (m *move) undo(typed string, flags ...string) (out string, code int) {
	m.t.Helper()
	cmd := exec.Command("mailhaul", append(append([]string{"undo", "--state-dir", m.state}, flags...), m.args...)...)
	cmd.Env = append(os.Environ(), "MAILHAUL_DEST_PASSWORD="+mailtest.Password)
	cmd.Stdin = strings.NewReader(typed)
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	_ = cmd.Run() // the exit code tells
	return both.String(), cmd.ProcessState.ExitCode()
}

// TestUndo: what a run put there goes again, and nothing else: not what was there
// before, nor what the user has touched since.
func TestUndo(t *testing.T) {
	from := mailtest.Shared(t, mailtest.DovecotOptions{})
	to := mailtest.Shared(t, mailtest.DovecotOptions{Format: mailtest.Maildir})
	a, b := from.NewUser(), to.NewUser()
	mails := ordinary(60)
	for i := range mails {
		if i%3 == 1 {
			mails[i].Flags = []string{`\Seen`, "$Forwarded"}
		}
	}
	mailtest.Load(t, from.IMAP, a, mails)
	own := ordinary(70)[60:]
	mailtest.Load(t, to.IMAP, b, append(own, mails[:6]...)) // six of them are recognised
	before := mailtest.Take(t, to.IMAP, b)
	m := newMove(t, clear("imap", a, from.IMAP), clear("imap", b, to.IMAP))
	m.want(m.run(), tally{Copied: 54, Adopted: 6})

	t.Run("untouched", func(t *testing.T) {
		if out, code := m.undo("", "--dry-run"); code != 0 || !strings.Contains(out, "54  can be removed") || !strings.Contains(out, "6  stay") {
			t.Errorf("got exit %d:\n%s", code, out)
		}
		for _, typed := range []string{"", "yes\n", "undo 53\n"} {
			if out, code := m.undo(typed); code != exitError || !strings.Contains(out, "it was not confirmed") {
				t.Errorf("typed %q: got exit %d:\n%s", typed, code, out)
			}
		}
		if out, code := m.undo("undo 54\n", "--no-input"); code != exitUsage {
			t.Errorf("without input: got exit %d:\n%s", code, out)
		}
		if out, code := m.undo("undo 54\n"); code != 0 || !strings.Contains(out, "54 messages removed from ") {
			t.Errorf("got exit %d:\n%s", code, out)
		}
		for _, d := range mailtest.Compare(before, mailtest.Take(t, to.IMAP, b), mailtest.CompareOptions{IgnoreEmpty: true}) {
			t.Errorf("not as it was before: %s", d)
		}
	})
	t.Run("touched", func(t *testing.T) {
		m.want(m.run(), tally{Copied: 54, Present: 6})
		say(t, to.IMAP, b, "SELECT Lists/sailing", `STORE * +FLAGS (\Flagged)`, "CREATE Mine", "COPY 10:11 Mine", `STORE 10:11 +FLAGS (\Deleted)`, "EXPUNGE",
			"SELECT Work", `STORE * -FLAGS (\Seen)`)
		damage(t, to, b, "letter 30")
		out, code := m.undo("undo 49\n")
		for _, row := range []string{"49  can be removed", "2  stay            marked since", "1  stay            their bytes", "2  gone"} {
			if !strings.Contains(out, row) {
				t.Errorf("got exit %d and no %q:\n%s", code, row, out)
			}
		}
		after := mailtest.Take(t, to.IMAP, b)
		left := 0
		for _, f := range after {
			left += len(f)
		}
		if want := 16 + 5; left != want {
			t.Errorf("got %d messages left, want %d", left, want)
		}
	})
}
