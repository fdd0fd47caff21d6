package main

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// TestNoPasswordIsTaken: where only OAuth2 lets people in, they are told how to sign
// in, and are not asked for a password that nobody takes.
func TestNoPasswordIsTaken(t *testing.T) {
	fake := func(caps string) outside {
		addr := refusing(t, "* OK hello", caps, "NO [AUTHENTICATIONFAILED] no")
		return outside{records: []string{"imap.new.example A 127.0.0.20"}, ports: map[string]string{"imap.new.example:993": addr}}
	}
	office, _ := officeCheck(t)
	for _, tc := range []struct {
		name  string
		world outside
		dest  string
		typed bool // the server has to be asked
		login string
	}{
		{"by its capabilities", fake("IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2"), "imaps://anna@imap.new.example", false, "imaps://anna@imap.new.example"},
		{"by what is known", office, "anna@outlook.com", false, "anna@outlook.com"},
		{"by its refusal", fake("IMAP4rev1 AUTH=OAUTHBEARER"), "imaps://anna@imap.new.example", true, "imaps://anna@imap.new.example"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // who is asked all the same waits for ever
			defer cancel()
			dir := t.TempDir()
			cmd := exec.CommandContext(ctx, "mailhaul", "plan", "--ca-file", mailtest.CA().File(t), "maildir:"+emptyMaildir(t), tc.dest)
			cmd.Env = append(append(os.Environ(), tc.world.environ(t)...), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_STATE_HOME="+dir, "DBUS_SESSION_BUS_ADDRESS=")
			term := mailtest.AtTerminal(t, cmd)
			if tc.typed {
				term.Wait("Password of destination")
				term.Type("secret")
			}
			_ = cmd.Wait()
			term.WaitForEnd()
			shown := term.Shown()
			if code := cmd.ProcessState.ExitCode(); code != exitSignIn {
				t.Errorf("got exit code %d, want %d", code, exitSignIn)
			}
			if strings.Contains(shown, "assword of") != tc.typed || strings.Contains(shown, "left;") || !strings.Contains(shown, "mailhaul login "+tc.login) {
				t.Errorf("got %q, want mailhaul login %s, asked for a password: %v, once", shown, tc.login, tc.typed)
			}
		})
	}
}
