package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mailhaul/mailhaul/examples"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// The scripts have these commands besides testscript's own:
//
//	mailhaul ARGS...     the program
//	exits CODE ARGS...   mailhaul with ARGS ends with that exit code
//	samplemail DIR       lays out the sample mail
//	example FILE         gives an example config
//	put FILE OLD NEW     writes NEW for OLD in a file
//	imapserver           starts a server that forgets; sets IMAP and ADDR
//	arrived all          at the server is the whole sample mail, and no more
//	arrived N            at the server are N messages
//
// With Dovecot IMAP, IMAPS, POP3S and CAFILE lead to accounts of their own.
func TestMain(m *testing.M) {
	testscript.Main(mailtest.Stopping(m), map[string]func(){"mailhaul": fakeMain, "testbrowser": browserMain, "testasked": askedMain})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Setup: isolate, Cmds: scriptCommands()})
}

// TestDovecotScripts runs what needs a real server.
func TestDovecotScripts(t *testing.T) {
	s := mailtest.Shared(t, mailtest.DovecotOptions{})
	testscript.Run(t, testscript.Params{
		Dir: "testdata/dovecot", Cmds: scriptCommands(),
		Setup: func(env *testscript.Env) error {
			user := s.NewUser()
			env.Setenv("ADDR", s.IMAP)
			env.Setenv("WHO", user)
			env.Setenv("IMAP", "imap://"+user+"@"+s.IMAP)
			env.Setenv("IMAPS", "imaps://"+user+"@"+s.IMAPS)
			env.Setenv("IMAPCLEAR", "imap://"+user+"@"+s.IMAP+"?tls=none")
			env.Setenv("NEW", "imap://"+s.NewUser()+"@"+s.IMAP)
			env.Setenv("POP3S", "pop3s://"+user+"@"+s.POP3S)
			env.Setenv("CAFILE", s.CAFile)
			env.Setenv("PASSWORD", mailtest.Password)
			return isolate(env)
		},
	})
}

// isolate keeps the user's own places out.
func isolate(env *testscript.Env) error {
	env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
	env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, "config"))
	env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, "state"))
	env.Setenv("AppData", filepath.Join(env.WorkDir, "config"))
	env.Setenv("LocalAppData", filepath.Join(env.WorkDir, "state"))
	env.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	return nil
}

func scriptCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"exits": exits, "samplemail": sampleMail, "imapserver": imapServer, "arrived": hasArrived,
		"example": example, "put": put,
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits CODE ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec("mailhaul", args[1:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("mailhaul %q: got exit code %d, want %d", args[1:], got, want)
	}
}

func sampleMail(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: samplemail DIR")
	}
	ts.Check(os.CopyFS(ts.MkAbs(args[0]), examples.Mail()))
}

func imapServer(ts *testscript.TestScript, neg bool, args []string) {
	m, err := startServer()
	ts.Check(err)
	ts.Defer(m.close)
	ts.Setenv("ADDR", m.address())
	ts.Setenv("WHO", demoUser)
	ts.Setenv("PASSWORD", demoPassword)
	ts.Setenv("IMAP", m.access().Endpoint.String())
}

func hasArrived(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: arrived all|N")
	}
	got, err := readBack(ts.Getenv("ADDR"), ts.Getenv("WHO"), ts.Getenv("PASSWORD"))
	ts.Check(err)
	if args[0] != "all" {
		if strconv.Itoa(len(got)) != args[0] {
			ts.Fatalf("got %d messages at the server, want %s", len(got), args[0])
		}
		return
	}
	if diff := compare(examples.All(), got); len(diff) > 0 {
		ts.Fatalf("got at the server other than the sample mail:\n%q", diff)
	}
}

func example(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: example FILE")
	}
	text, err := fs.ReadFile(examples.Configs(), args[0])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text, 0o600))
}

func put(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: put FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, args[1], args[2])), 0o600))
}
