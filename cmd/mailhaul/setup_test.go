package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestSetupText: whatever names and commands hold, the config gives it back, and
// what stood there before stays.
func TestSetupText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mailhaul", "config.toml")
	odd := "a \"b\" \\c\t=#é"
	old := &setupSide{account: accountConfig{Endpoint: "pop3s://anna@pop.old.example", Password: &passwordConfig{Command: `printf '%s' "pw"`}}, from: "a\nguess"}
	anew := &setupSide{account: accountConfig{Endpoint: "imaps://anna@imap.new.example", Password: &passwordConfig{Env: "NEW_PW"}, Pin: "sha256:x"}}
	for i, job := range []string{odd, "second", "third"} {
		file, err := (&world{}).readConfigText(path)
		if err != nil {
			t.Fatal(err)
		}
		text := file.add(job, old, anew)
		if i > 0 && !strings.HasPrefix(text, file.text) {
			t.Errorf("got\n%s\nwant what was there first", text)
		}
		if err := file.write(text); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	c, err := (&world{}).readConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Jobs) != 3 || len(c.Accounts) != 6 || c.Jobs[0].Name != odd || c.Jobs[0].From[0] != odd+" old" {
		t.Errorf("got jobs %+v, want three, the first named %q", c.Jobs, odd)
	}
	if got := c.account(odd + " old"); got.Endpoint != old.account.Endpoint || got.Password.Command != old.account.Password.Command {
		t.Errorf("got %+v, want what was answered", got)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		t.Errorf("got mode %v and %v, want a file that nobody else reads", info.Mode(), err)
	}
	bad := &configText{path: path}
	if err := bad.write("version = 2\n"); err == nil {
		t.Error("got no error for a config that is not right")
	}
	if _, err := (&world{}).readConfig(path); err != nil {
		t.Errorf("got %v, want the old config untouched", err)
	}
}
