package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
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

// deepOrdinary are ordinary mails, some of them in a folder below folders.
func deepOrdinary(n int) []mailtest.Mail {
	mails := ordinary(n)
	for i := range mails {
		if i%10 == 7 {
			mails[i].Folder = []string{"Deep", "er", "est"}
		}
	}
	return mails
}

// TestUndo: what a run put there goes again, with the folders that it made, and
// nothing else: not what was there before, nor what the user has touched since.
func TestUndo(t *testing.T) {
	for name, o := range map[string]mailtest.DovecotOptions{"maildir": {Format: mailtest.Maildir}, "sdbox": {}} {
		t.Run(name, func(t *testing.T) { testUndo(t, mailtest.Shared(t, o)) })
	}
}

func testUndo(t *testing.T, to *mailtest.Server) {
	from := mailtest.Shared(t, mailtest.DovecotOptions{})
	a, b := from.NewUser(), to.NewUser()
	mails := deepOrdinary(60)
	for i := range mails {
		if i%3 == 1 {
			mails[i].Flags = []string{`\Seen`, "$Forwarded"}
		}
	}
	mailtest.Load(t, from.IMAP, a, mails)
	own := ordinary(70)[60:]
	mailtest.Load(t, to.IMAP, b, append(own, mails[:6]...)) // six of them are recognised
	before, folders := mailtest.Take(t, to.IMAP, b), allFolders(t, to.IMAP, b)
	m := newMove(t, clear("imap", a, from.IMAP), clear("imap", b, to.IMAP))
	m.want(m.run(), tally{Copied: 54, Adopted: 6})

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
	if out, code := m.undo("undo 54\n"); code != 0 || !strings.Contains(out, "54 messages removed from ") || !strings.Contains(out, "that the copy had made removed: Deep") {
		t.Errorf("got exit %d:\n%s", code, out)
	}
	for _, d := range mailtest.Compare(before, mailtest.Take(t, to.IMAP, b), mailtest.CompareOptions{}) {
		t.Errorf("not as it was before: %s", d)
	}
	if got := allFolders(t, to.IMAP, b); got != folders {
		t.Errorf("got the folders\n%swant\n%s", got, folders)
	}
	m.tellsUndo(54)
	m.want(m.run(), tally{Copied: 54, Adopted: 6}) // nothing is remembered of the first time
	m.want(m.run(), tally{Present: 60})
	for command, want := range map[string][]string{
		"status": {"60 messages arrived", "last run ended"},
		// A run that copies nothing tells nothing of the line: the one before does.
		"report":               {"All there.", "Throughput: ", "Taken back:\n", "54 messages removed"},
		"report --format html": {"<h2>Runs <small>3 runs", "<h2>Throughput "},
	} {
		for _, text := range want {
			if out := m.say(strings.Fields(command)[0], strings.Fields(command)[1:]...); !strings.Contains(out, text) {
				t.Errorf("%s after another copy: got no %q in\n%s", command, text, out)
			}
		}
	}
	testUndoTouched(t, m, to, b, before)
}

// tellsUndo wants status, report and manifest to tell that all was taken back.
func (m *move) tellsUndo(n int) {
	m.t.Helper()
	taken := fmt.Sprintf("%d messages removed", n)
	for _, tc := range []struct {
		args []string
		want []string
	}{
		{[]string{"status"}, []string{"  taken back 20", "  0 messages arrived", taken, " and ", "6 not counted any more"}},
		{[]string{"status", "--json"}, []string{`"arrived":0`, `"undone":[{"begun":"2`, fmt.Sprintf(`"removed":%d`, n)}},
		{[]string{"report"}, []string{"Taken back: " + taken + " from the destination.", "Taken back:\n", "Throughput: ", "Copy again, if you like"}},
		{[]string{"report", "--format", "md"}, []string{"## Taken back", taken, "Throughput: "}},
		{[]string{"report", "--format", "html"}, []string{"<h2>Taken back</h2>", taken, "<h2>Throughput "}},
		{[]string{"report", "--format", "json"}, []string{fmt.Sprintf(`"removed":%d`, n), `"mood":"part"`, `"flow":{`}},
		{[]string{"manifest"}, []string{`"undone":[{"at":"20`, fmt.Sprintf(`"removed":%d`, n), `"messages":0`}},
	} {
		out := m.say(tc.args[0], tc.args[1:]...)
		for _, text := range tc.want {
			if !strings.Contains(out, text) {
				m.t.Errorf("%q after the undo: got no %q in\n%s", tc.args, text, out)
			}
		}
	}
}

// testUndoTouched: each message that was touched is there afterwards, just as it was
// touched.
func testUndoTouched(t *testing.T, m *move, to *mailtest.Server, b string, before mailtest.Snapshot) {
	copied := mailtest.Take(t, to.IMAP, b)
	say(t, to.IMAP, b, "SELECT Lists/sailing", `STORE * +FLAGS (\Flagged)`, "CREATE Mine", "COPY 10:11 Mine", `STORE 10:11 +FLAGS (\Deleted)`, "EXPUNGE",
		"SELECT Work", `STORE * -FLAGS (\Seen)`)
	rows := []string{"50  can be removed", "2  stay            marked since", "2  gone"}
	if to.Format == mailtest.Maildir {
		damage(t, to, b, "letter 30")
		rows[0] = "49  can be removed"
		rows = append(rows, "1  stay            their bytes")
	}
	want := mailtest.Take(t, to.IMAP, b)
	for folder, entries := range want {
		want[folder] = slices.DeleteFunc(entries, func(e mailtest.Entry) bool {
			return has(copied[folder], e) && !has(before[folder], e)
		})
	}
	delete(want, mailtest.Key("Deep", "er", "est"))
	out, code := m.undo("undo " + strings.Fields(rows[0])[0] + "\n")
	for _, row := range rows {
		if !strings.Contains(out, row) {
			t.Errorf("got exit %d and no %q:\n%s", code, row, out)
		}
	}
	for _, d := range mailtest.Compare(want, mailtest.Take(t, to.IMAP, b), mailtest.CompareOptions{}) {
		t.Errorf("not as the user has left it: %s\nafter exit %d:\n%s", d, code, out)
	}
}

// has reports whether a message is among others just as it is.
func has(entries []mailtest.Entry, e mailtest.Entry) bool {
	return slices.ContainsFunc(entries, func(o mailtest.Entry) bool { return reflect.DeepEqual(o, e) })
}

// allFolders are the names of all folders, with those that are subscribed.
func allFolders(t *testing.T, addr, user string) string {
	t.Helper()
	var names []string
	for line := range strings.Lines(asked(t, addr, user, `LIST "" *`, `LSUB "" *`)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "* L") {
			names = append(names, line[:len("* LSUB")]+line[strings.LastIndex(line, `"/"`):])
		}
	}
	slices.Sort(names)
	return strings.Join(names, "\n") + "\n"
}

// TestUndoLeavesWhatAnotherJobCounts: what one job has copied and another one has
// recognised belongs to both. It goes when both are taken back, in whatever order.
func TestUndoLeavesWhatAnotherJobCounts(t *testing.T) {
	s := mailtest.Shared(t, mailtest.DovecotOptions{})
	a1, a2, b := s.NewUser(), s.NewUser(), s.NewUser()
	mails := deepOrdinary(20)
	mailtest.Load(t, s.IMAP, a1, mails)
	mailtest.Load(t, s.IMAP, a2, mails[:15])
	before := mailtest.Take(t, s.IMAP, b)
	first := newMove(t, clear("imap", a1, s.IMAP), clear("imap", b, s.IMAP))
	second := newMove(t, clear("imap", a2, s.IMAP), clear("imap", b, s.IMAP))
	second.state = first.state
	first.want(first.run(), tally{Copied: 20})
	second.want(second.run(), tally{Adopted: 15})

	out, code := first.undo("undo 5\n")
	for _, text := range []string{"5  can be removed", "15  stay            another job counts them", a2, "5 messages removed from "} {
		if !strings.Contains(out, text) {
			t.Errorf("got exit %d and no %q:\n%s", code, text, out)
		}
	}
	if _, sum := second.verified(0); sum.Equal != 15 {
		t.Errorf("got %+v, want all of the other job there", sum)
	}
	second.want(second.run(), tally{Present: 15})
	if out, code := first.undo(""); code != 0 || !strings.Contains(out, "15  stay") || !strings.Contains(out, "Nothing was removed") {
		t.Errorf("again: got exit %d:\n%s", code, out)
	}

	// The second job has copied nothing: taken back, it only counts nothing.
	if out, code := second.undo("undo 0\n"); code != 0 || !strings.Contains(out, "15 messages not counted as arrived any more") {
		t.Errorf("got exit %d:\n%s", code, out)
	}
	if out, code := first.undo("undo 15\n"); code != 0 || !strings.Contains(out, "15 messages removed") {
		t.Errorf("got exit %d:\n%s", code, out)
	}
	for _, d := range mailtest.Compare(before, mailtest.Take(t, s.IMAP, b), mailtest.CompareOptions{}) {
		t.Errorf("not as it was before: %s", d)
	}

	// Nobody knows what a checkpoint that cannot be read counts.
	first.want(first.run(), tally{Copied: 20})
	if err := os.WriteFile(filepath.Join(first.state, "other.db"), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := first.undo("undo 20\n"); code != exitError || !strings.Contains(out, "it is not known what other jobs count as arrived") {
		t.Errorf("got exit %d:\n%s", code, out)
	}
}
