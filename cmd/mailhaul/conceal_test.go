package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestNoSecretStaysInTheProcess: a program that a library starts, as go-keyring does,
// finds none in what it inherits; mailhaul's settings work all the same.
func TestNoSecretStaysInTheProcess(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "c.toml")
	if err := os.WriteFile(config, []byte(`version = 1
[[account]]
name = "old"
endpoint = "imap://anna@127.0.0.1:1?tls=none"
password = { env = "OLD_PW" }
[[job]]
name = "anna"
from = ["old"]
to = "old"
`), 0o600); err != nil {
		t.Fatal(err)
	}
	secrets := map[string]string{
		"MAILHAUL_SOURCE_PASSWORD": "canary", "MAILHAUL_DEST_PASSWORD_FILE": filepath.Join(dir, "none"),
		"MAILHAUL_SOURCE_TOKEN": "canary", "OLD_PW": "canary",
	}
	for name, value := range secrets {
		t.Setenv(name, value)
	}
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv("XDG_STATE_HOME", dir)
	var out, talk bytes.Buffer
	w := realWorld()
	w.out, w.talk = &sink{w: &out, name: "standard output"}, &talk
	run := func(want int, args ...string) {
		w.args = append([]string{"mailhaul"}, args...)
		if code := obey(t.Context(), w); code != want {
			t.Errorf("%q: got exit code %d, want %d: %s", args, code, want, &talk)
		}
	}
	run(exitDone, "version")
	if got := os.Getenv("MAILHAUL_SOURCE_PASSWORD") + os.Getenv("MAILHAUL_SOURCE_TOKEN"); got != "" {
		t.Errorf("got %q in the process, want it gone before any command runs", got)
	}
	run(exitUsage, "plan", "--job", "anna", "--config", config) // a job into itself, which only the config tells
	for name, value := range secrets {
		if got, there := os.LookupEnv(name); there {
			t.Errorf("got %s=%s in the process, want it gone", name, got)
		}
		if !slices.Contains(w.environ, name+"="+value) {
			t.Errorf("got no %s in the program's own environment", name)
		}
	}
}
