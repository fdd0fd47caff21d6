package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// program runs mailhaul and answers both its outputs and its exit code.
func program(t *testing.T, args ...string) (out, talk string, code int) {
	t.Helper()
	cmd := exec.Command("mailhaul", args...)
	cmd.Env = append(os.Environ(), "MAILHAUL_NO_INPUT=true", "MAILHAUL_SOURCE_PASSWORD="+mailtest.Password, "MAILHAUL_DEST_PASSWORD="+mailtest.Password)
	var a, b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &a, &b
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return a.String(), b.String(), cmd.ProcessState.ExitCode()
}

// TestManifest: a destination is proved when the source is gone; one changed byte
// in the manifest or in the mail is found.
func TestManifest(t *testing.T) {
	from := mailtest.Shared(t, mailtest.DovecotOptions{})
	to := mailtest.Shared(t, mailtest.DovecotOptions{Format: mailtest.Maildir})
	a, b := from.NewUser(), to.NewUser()
	mailtest.Load(t, from.IMAP, a, ordinary(60))
	line := mailtest.Proxy(t, from.IMAP, mailtest.ProxyOptions{})
	m := newMove(t, clear("imap", a, line.Addr), clear("imap", b, to.IMAP))
	m.run()
	line.Close() // the source is shut down
	path := filepath.Join(t.TempDir(), "anna.manifest")
	args := append([]string{"manifest", "--state-dir", m.state, "--output", path}, m.args...)
	out, talk, code := program(t, args...)
	digest := regexp.MustCompile(`[0-9a-f]{64}`).FindString(out)
	if code != 0 || !strings.Contains(out, "60 messages written down in ") || digest == "" {
		t.Fatalf("got exit %d:\n%s%s", code, out, talk)
	}
	if _, again, _ := program(t, append([]string{"manifest", "--state-dir", m.state}, m.args...)...); !strings.Contains(again, digest) {
		t.Errorf("got another digest than %s the second time: %s", digest, again)
	}
	verify := []string{"verify", "--state-dir", m.state, "--manifest", path}
	for _, args := range [][]string{append(verify, "--digest", digest), append(verify, m.args[1]), append(verify, "--level", "headers")} {
		out, talk, code := program(t, args...)
		if code != 0 || !strings.Contains(out, "60 messages of the manifest compared") || !strings.Contains(out, digest) {
			t.Errorf("%q: got exit %d:\n%s%s", args, code, out, talk)
		}
	}
	if _, talk, code := program(t, append(verify, "--digest", strings.Repeat("0", 64))...); code != exitError || !strings.Contains(talk, "has the digest") {
		t.Errorf("another digest: got exit %d: %s", code, talk)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(whole, []byte(`"uid":7`), []byte(`"uid":8`), 1)
	if err := os.WriteFile(path, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, talk, code := program(t, verify...); code != exitError || !strings.Contains(talk, "does not belong to the lines before it") {
		t.Errorf("a changed manifest: got exit %d: %s", code, talk)
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	damage(t, to, b, "letter 7")
	say(t, to.IMAP, b, "SELECT INBOX", `STORE 2 +FLAGS (\Deleted)`, "EXPUNGE", "APPEND INBOX {25+}\r\nSubject: hello\r\n\r\nforeign")
	out, talk, code = program(t, verify...)
	if code != exitDiffers || !strings.Contains(out, "\n      58  equal") || !strings.Contains(out, "its bytes differ") || !strings.Contains(out, "  missing    2005-01-01 00:03") {
		t.Errorf("changed mail: got exit %d:\n%s%s", code, out, talk)
	}
	if strings.Contains(out, "surplus") {
		t.Errorf("got mail that came since told:\n%s", out)
	}
}
