package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/examples"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// In a terminal without a size, or hardly any, all commands come to their end, and
// the questions can be read: fields are taken where there is room for them.
func TestTerminalsOfAllSizes(t *testing.T) {
	for _, size := range [][2]uint16{{0, 0}, {1, 1}, {3, 2}, {30, 24}, {80, 5}, {80, 24}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			m, err := startServer()
			if err != nil {
				t.Fatal(err)
			}
			defer m.close()
			dir := t.TempDir()
			if err := os.CopyFS(dir+"/mail", examples.Mail()); err != nil {
				t.Fatal(err)
			}
			run := func(args ...string) (*exec.Cmd, *mailtest.Terminal) {
				cmd := exec.CommandContext(t.Context(), "mailhaul", args...)
				cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_STATE_HOME="+dir, "TERM=xterm", "MAILHAUL_DEST_PASSWORD="+demoPassword)
				return cmd, mailtest.AtTerminalOf(t, cmd, size[0], size[1])
			}
			to := m.access().Endpoint.String()
			for _, args := range [][]string{
				{"plan", "mbox:mail/archive.mbox", to}, {"copy", "--progress", "bar", "mbox:mail/archive.mbox", to},
				{"status", "-v"}, {"report", "mbox:mail/archive.mbox", to}, {"verify", "mbox:mail/archive.mbox", to},
			} {
				cmd, term := run(args...)
				if err := cmd.Wait(); err != nil {
					t.Errorf("%s: got %v: %s", args[0], err, term.Shown())
				}
				term.WaitForEnd()
				if shown := term.Shown(); !strings.Contains(shown, "archive") && args[0] != "copy" && args[0] != "verify" {
					t.Errorf("%s: got %q, want it to name the folder", args[0], shown)
				}
			}
			cmd, term := run("setup")
			term.Wait("Where is your mail now?")
			fields := size == [2]uint16{80, 24}
			if fields {
				term.Wait("\u2503") // the frame of a field
			}
			time.Sleep(50 * time.Millisecond) // so that the field reads what is typed
			term.Type("\x03")
			if cmd.Wait(); cmd.ProcessState.ExitCode() != exitInterrupted {
				t.Errorf("setup: got exit code %d, want %d", cmd.ProcessState.ExitCode(), exitInterrupted)
			}
			if got := strings.Contains(term.Shown(), "\u2503"); got != fields {
				t.Errorf("setup: got fields: %v, want %v: %q", got, fields, term.Shown())
			}
		})
	}
}
