package main

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// Ctrl-C at a question, and while both sides are looked at: what happened and what
// stays is told.
func TestCtrlC(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	greeted := make(chan bool, 8)
	go func() {
		for {
			conn, err := silent.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			_, _ = conn.Write([]byte("* OK hello\r\n"))
			_, _ = bufio.NewReader(conn).ReadString('\n')
			greeted <- true
		}
	}()
	end := "imap://you@" + silent.Addr().String() + "?tls=none"
	for _, tc := range []struct {
		args  []string
		wait  string
		typed string
		stays string
		asked bool // the server has been asked something
	}{
		{[]string{"setup", "--plain"}, "Where is your mail now?", "", "interrupted: no job was written, no mail was copied, and nothing was changed (exit 130)", false},
		{[]string{"plan", "--progress", "none", "mbox:.", end}, "Connecting to", "", "interrupted before the plan was whole; both sides were only read, and nothing was changed (exit 130)", true},
	} {
		dir := t.TempDir()
		cmd := exec.CommandContext(t.Context(), "mailhaul", tc.args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_STATE_HOME="+dir)
		term := mailtest.AtTerminal(t, cmd)
		term.Wait(tc.wait)
		if tc.typed != "" {
			term.Type(tc.typed)
		}
		if tc.asked {
			<-greeted
		}
		term.Type("\x03")
		if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitInterrupted {
			t.Errorf("%s: got %v, want exit code %d: %s", tc.args, err, exitInterrupted, term.Shown())
		}
		term.WaitForEnd()
		if !strings.Contains(term.Shown(), tc.stays) {
			t.Errorf("%s: got %q, want %q", tc.args, term.Shown(), tc.stays)
		}
	}
}
