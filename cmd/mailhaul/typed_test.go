package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/examples"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// Every key of a setup arrives where it was meant to, however fast and early it was
// typed: at one go, pasted, or key by key.
func TestSetupLosesNoKey(t *testing.T) {
	m, err := startServer()
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	const down, left, home, kill = "\x1b[B", "\x1b[D", "\x01", "\x0b"
	keys := []string{
		"nowhere\r", home + kill, "mbox:mail/archive.mbox\r",
		m.access().Endpoint.String(), "\r",
		"wröng\r",
		"\r", // try again
		"wrong\x7f\x15\x7f" + demoPassword + "\r",
		down, down, down, "\r", "NEW_PASSWORD\r",
		home + kill, "/typed\r", // what a menu would take for a search
		left, "\r", // at Yes, and stays there
	}
	for name, press := range map[string]func(*mailtest.Terminal){
		"at one go": func(term *mailtest.Terminal) { term.Press(strings.Join(keys, "")) },
		"key by key": func(term *mailtest.Terminal) {
			for _, key := range keys {
				if strings.HasPrefix(key, "\x1b") {
					term.Press(key)
					time.Sleep(10 * time.Millisecond)
					continue
				}
				for i := range len(key) {
					term.Press(key[i : i+1])
					time.Sleep(10 * time.Millisecond)
				}
			}
		},
		"pasted": func(term *mailtest.Terminal) {
			keys := slices.Clone(keys)
			keys[7] = demoPassword + "\r" // a paste is text: it deletes nothing
			for _, key := range keys {
				if text, ok := strings.CutSuffix(key, "\r"); ok && text != "" {
					key = "\x1b[200~" + text + "\x1b[201~\r"
				}
				term.Press(key)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(filepath.Join(dir, "mail"), examples.Mail()); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "mailhaul", "setup")
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_STATE_HOME="+dir, "TERM=xterm")
			term := mailtest.AtTerminalOf(t, cmd, 80, 24)
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			term.Wait("Where is your mail now?") // what is typed before, the terminal shows
			press(term)
			select {
			case err := <-ended:
				if err != nil {
					t.Errorf("got %v, want all questions answered", err)
				}
			case <-time.After(20 * time.Second):
				_ = cmd.Process.Kill()
				t.Error("a key was lost: it waits")
			}
			config, _ := os.ReadFile(filepath.Join(dir, "mailhaul", "config.toml"))
			for _, want := range []string{`name = "/typed"`, `env = "NEW_PASSWORD"`} {
				if !strings.Contains(string(config), want) {
					t.Errorf("got config %q, want %s in it; the terminal shows %s", config, want, term.Shown())
				}
			}
			if strings.Contains(term.Shown(), "wröng") {
				t.Errorf("a password is shown: %q", term.Shown())
			}
		})
	}
}
