package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// reported runs "mailhaul report" on a move and wants an exit code.
func (m *move) reported(code int, flags ...string) string {
	m.t.Helper()
	cmd := exec.Command("mailhaul", append(append([]string{"report", "--no-input", "--state-dir", m.state}, flags...), m.args...)...)
	cmd.Env = append(os.Environ(), "MAILHAUL_SOURCE_PASSWORD="+mailtest.Password)
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &talk
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		m.t.Fatalf("report %q: got exit %d, want %d\n%s%s", flags, got, code, &out, &talk)
	}
	return out.String()
}

// refused is the list as programs get it.
func (m *move) refused(code int, flags ...string) (lines []refusedLine) {
	m.t.Helper()
	for line := range strings.Lines(m.reported(code, append([]string{"--refused", "--json"}, flags...)...)) {
		var r refusedLine
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			m.t.Fatalf("%v: %s", err, line)
		}
		lines = append(lines, r)
	}
	return lines
}

// copy runs the copy for people and wants an exit code.
func (m *move) copy(code int) string {
	m.t.Helper()
	cmd := m.command()
	cmd.Args = slices.DeleteFunc(cmd.Args, func(a string) bool { return a == "--json" })
	out, _ := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != code {
		m.t.Fatalf("copy: got exit %d, want %d\n%s", got, code, out)
	}
	return string(out)
}

// hostileMails are messages of which the large ones will be refused.
func hostileMails() (mails []mailtest.Mail, large map[string]mailtest.Mail) {
	large = map[string]mailtest.Mail{}
	for i, tc := range []struct {
		folder  []string
		subject string
		large   bool
	}{
		{[]string{"INBOX"}, "small", false},
		{[]string{"INBOX"}, "=?utf-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?=", true},
		{[]string{"INBOX"}, "../../../etc/passwd", true},
		{[]string{"INBOX"}, "", true},
		{[]string{"CON"}, `C:\x "?" <a|b> *`, true},
		{[]string{"Lists", "con: who?"}, "=?utf-8?Q?=1B[31m=0Ared=E2=80=AE?=", true},
		{[]string{"Lists", "con: who?"}, "small too", false},
		{[]string{"LISTS"}, strings.Repeat("long ", 60), true},
	} {
		size := 100
		if tc.large {
			size = 60 << 10
		}
		text := fmt.Sprintf("Message-ID: <%d@example.org>\r\n", i)
		if tc.subject != "" {
			text += "Subject: " + tc.subject + "\r\n"
		}
		text += "\r\n" + strings.Repeat("line\r\n", size/6)
		m := mailtest.Mail{Folder: tc.folder, Date: time.Date(2011+i, 2, 3, 4, 5, 6, 0, time.UTC), Bytes: []byte(text)}
		mails = append(mails, m)
		if tc.large {
			large[fmt.Sprintf("<%d@example.org>", i)] = m
		}
	}
	return mails, large
}

// TestRefused: a destination that takes no large message. What it refused is
// listed, and comes out as files, byte for byte.
func TestRefused(t *testing.T) {
	from := mailtest.Shared(t, mailtest.DovecotOptions{})
	to := mailtest.Shared(t, mailtest.DovecotOptions{MaxSize: 30 << 10})
	a, b := from.NewUser(), to.NewUser()
	mails, large := hostileMails()
	mailtest.Load(t, from.IMAP, a, mails)
	before := mailtest.Take(t, from.IMAP, a)
	m := newMove(t, clear("imap", a, from.IMAP), clear("imap", b, to.IMAP))
	t.Chdir(t.TempDir())

	told := m.copy(exitRefused)
	command := "  mailhaul report --refused --state-dir=" + m.state + " --no-input '" + m.args[0] + "' '" + m.args[1] + "'\n"
	if !strings.Contains(told, "6 messages were refused. To see each, and to save them as files:\n"+command) {
		t.Errorf("got no command %q in:\n%s", command, told)
	}
	pasted, err := exec.Command("sh", "-c", command).CombinedOutput()
	if err != nil || !strings.HasPrefix(string(pasted), "6 messages were refused.\n") {
		t.Errorf("%s: %v\n%s", command, err, pasted)
	}
	wantList(t, m.refused(0), large)

	lines := m.refused(0, "--export", "saved")
	wantFiles(t, lines, large, "saved")
	for _, d := range mailtest.Compare(before, mailtest.Take(t, from.IMAP, a), mailtest.CompareOptions{}) {
		t.Errorf("the source was changed: %s", d)
	}
	t.Run("again", func(t *testing.T) {
		mine := []byte("mine\n")
		if err := os.WriteFile(lines[0].File, mine, 0o600); err != nil {
			t.Fatal(err)
		}
		again := m.refused(0, "--export", "saved")
		wantFiles(t, again, large, "saved")
		if got, err := os.ReadFile(lines[0].File); err != nil || !bytes.Equal(got, mine) {
			t.Errorf("%s: got %q, %v, want it left as it is", lines[0].File, got, err)
		}
		if again[0].File == lines[0].File || again[1].File != lines[1].File {
			t.Errorf("got %s and %s, want another and the same name", again[0].File, again[1].File)
		}
		if n := len(allFiles(t, "saved")); n != len(large)+1 {
			t.Errorf("got %d files, want %d", n, len(large)+1)
		}
	})
	t.Run("gone", func(t *testing.T) {
		say(t, from.IMAP, a, "SELECT CON", `STORE 1 +FLAGS (\Deleted)`, "EXPUNGE")
		told := m.reported(0, "--export", "other")
		if !strings.Contains(told, "5 messages written to other.\n") || !strings.Contains(told, "1 message gone from the source:\n  CON  2015-02-03 04:05") {
			t.Errorf("got:\n%s", told)
		}
	})
}

// wantList wants exactly these messages, by Message-ID.
func wantList(t *testing.T, lines []refusedLine, want map[string]mailtest.Mail) {
	t.Helper()
	if len(lines) != len(want) {
		t.Errorf("got %d refused messages, want %d: %+v", len(lines), len(want), lines)
	}
	seen := map[string]bool{}
	for _, r := range lines {
		mail, ok := want[r.Message]
		if !ok || seen[r.Message] {
			t.Errorf("got %+v, want it not listed, or once", r)
			continue
		}
		seen[r.Message] = true
		_, subject, _ := strings.Cut(string(mail.Bytes), "Subject: ")
		subject, _, _ = strings.Cut(subject, "\r\n")
		subject = strings.TrimSpace(decodeHeader(subject[:min(len(subject), 200)]))
		if r.Event != "refused" || r.From != strings.Join(mail.Folder, "/") || r.Subject != subject ||
			r.Date != stamp(mail.Date) || r.Bytes != int64(len(mail.Bytes)) || r.Text == "" {
			t.Errorf("got %+v, want folder %q, subject %q, date %v, %d bytes", r, mail.Folder, subject, mail.Date, len(mail.Bytes))
		}
	}
}

// wantFiles wants each message in its file below dir: its bytes, its date, and
// nobody else's eyes.
func wantFiles(t *testing.T, lines []refusedLine, want map[string]mailtest.Mail, dir string) {
	t.Helper()
	wantList(t, lines, want)
	for _, r := range lines {
		got, err := os.ReadFile(r.File)
		if err != nil || !bytes.Equal(got, want[r.Message].Bytes) {
			t.Errorf("%q: got %d bytes, %v, want those of the source", r.File, len(got), err)
			continue
		}
		info, err := os.Stat(r.File)
		if err != nil || info.Mode().Perm() != 0o600 || !info.ModTime().Equal(want[r.Message].Date) {
			t.Errorf("%q: got mode %v of %v, want 0600 of %v", r.File, info.Mode(), info.ModTime(), want[r.Message].Date)
		}
		path, err := filepath.Rel(dir, r.File)
		if err != nil || !filepath.IsLocal(path) {
			t.Errorf("%q: got a file outside of %s", r.File, dir)
		}
		for part := range strings.SplitSeq(path, string(filepath.Separator)) {
			if wrong := wrongName(part); wrong != "" {
				t.Errorf("%q: %q %s", r.File, part, wrong)
			}
		}
	}
}

// allFiles are the files below dir.
func allFiles(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestRefusedLater: what a full destination has refused is listed until there
// is room for it.
func TestRefusedLater(t *testing.T) {
	from := mailtest.Shared(t, mailtest.DovecotOptions{})
	to := mailtest.Shared(t, mailtest.DovecotOptions{QuotaMessages: 3})
	a, b := from.NewUser(), to.NewUser()
	mails := mailtest.Corpus(8, 3, mailtest.CorpusOptions{Small: true})
	other := mailtest.Corpus(9, 3, mailtest.CorpusOptions{Small: true})
	for i := range mails {
		mails[i].Folder, other[i].Folder = []string{"INBOX"}, []string{"INBOX"}
	}
	mailtest.Load(t, from.IMAP, a, mails)
	mailtest.Load(t, to.IMAP, b, other)
	m := newMove(t, clear("imap", a, from.IMAP), clear("imap", b, to.IMAP))
	m.copy(exitFull)
	if got := m.refused(0); len(got) == 0 || !strings.Contains(got[0].Text, "OVERQUOTA") {
		t.Errorf("got %+v, want at least one, over quota", got)
	}
	say(t, to.IMAP, b, "SELECT INBOX", `STORE 1:* +FLAGS (\Deleted)`, "EXPUNGE")
	m.copy(exitDone)
	if got := m.refused(0); len(got) != 0 {
		t.Errorf("got %+v after all was copied, want none", got)
	}
	if told := m.reported(0, "--refused"); !strings.HasPrefix(told, "No message of this job is refused") {
		t.Errorf("got %q", told)
	}
	if told := m.reported(0); !strings.Contains(told, "INBOX") || strings.Contains(told, "--refused") {
		t.Errorf("got %q, want INBOX and no word of refused messages", told)
	}
}

// say gives a server commands, each of which must succeed.
func say(t *testing.T, addr, user string, commands ...string) {
	t.Helper()
	asked(t, addr, user, commands...)
}

// asked is say with the server's answers.
func asked(t *testing.T, addr, user string, commands ...string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(conn, "a LOGIN %s %s\r\na %s\r\nz LOGOUT\r\n", user, mailtest.Password, strings.Join(commands, "\r\na "))
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(conn); err != nil || strings.Count(answer.String(), "\r\na OK") != len(commands)+1 {
		t.Fatalf("%q: %v\n%s", commands, err, &answer)
	}
	return answer.String()
}
