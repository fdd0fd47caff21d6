package main

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/mapping"
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

// TestSetupComments: whatever stands in a comment to be used can be used: with the
// first # away it is right, and means what it says.
func TestSetupComments(t *testing.T) {
	for _, tc := range []struct {
		endpoint string
		want     func(*config) bool
	}{
		{"pop3s://anna@pop.old.example", func(c *config) bool { return c.Jobs[0].Delete != "" && c.Jobs[0].PopSeen != "" }},
		{"imaps://anna@imap.old.example", func(c *config) bool { return len(c.Jobs[0].Exclude) == 2 && len(c.Jobs[0].Map) == 1 }},
		{"mbox:Mail", func(c *config) bool { return len(c.Jobs[0].Map) == 1 }},
	} {
		old, anew := &setupSide{}, &setupSide{kept: "the keyring", account: accountConfig{Endpoint: "imaps://anna@imap.new.example"}}
		var err error
		if old.Endpoint, err = readEndpoint(tc.endpoint); err != nil {
			t.Fatal(err)
		}
		old.account = accountConfig{Endpoint: tc.endpoint, Password: &passwordConfig{Prompt: true}}
		text := (&configText{said: "my config.toml"}).add("anna", old, anew)
		used := regexp.MustCompile(`(?m)^# ( *(\[\[|[a-z-]+ = ).*)$`).ReplaceAllString(text, "$1")
		c, err := parseConfig([]byte(used))
		if err != nil {
			t.Fatalf("%s: %v\n%s", tc.endpoint, err, used)
		}
		if c.Jobs[0].MaxSize != "25M" || !tc.want(c) {
			t.Errorf("%s: got %+v, want what the comments offer\n%s", tc.endpoint, c.Jobs[0], used)
		}
		l, err := (&world{}).layers(newRun(&world{}).Flags(), &c.Jobs[0])
		if err != nil {
			t.Fatal(err)
		}
		rules, err := readRules(l, &c.Jobs[0])
		if err == nil {
			_, err = mapping.New(rules)
		}
		if err != nil {
			t.Errorf("%s: %v", tc.endpoint, err)
		}
		if !strings.Contains(text, "mailhaul run --config 'my config.toml' anna\n") || !strings.Contains(text, "mailhaul login --forget imaps://anna@imap.new.example\n") {
			t.Errorf("%s: the commands in the comments do not work as they stand:\n%s", tc.endpoint, text)
		}
	}
}
