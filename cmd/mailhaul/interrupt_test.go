package main

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/examples"
)

// A server that takes the connection and says nothing: the program waits until
// it is asked to stop. Meanwhile a second run of the same job is kept out.
func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows sends no SIGINT to another process")
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	dir := t.TempDir()
	if err := os.CopyFS(dir, examples.Mail()); err != nil {
		t.Fatal(err)
	}
	var out, talk bytes.Buffer
	command := func() *exec.Cmd {
		c := exec.CommandContext(t.Context(), "mailhaul", "copy", "--json", "--state-dir", filepath.Join(dir, "state"),
			"mbox:"+filepath.Join(dir, "archive.mbox"), "imap://you@"+silent.Addr().String()+"?tls=none")
		c.Env = append(os.Environ(), "MAILHAUL_DEST_PASSWORD=demo")
		return c
	}
	cmd := command()
	cmd.Stdout, cmd.Stderr = &out, &talk
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	conn, err := silent.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	second, err := command().CombinedOutput()
	var held *exec.ExitError
	if !errors.As(err, &held) || held.ExitCode() != exitHeld {
		t.Errorf("a second run: got %v, want exit code %d; it said:\n%s", err, exitHeld, second)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Errorf("got %v, want exit code %d; it said:\n%s", err, exitInterrupted, talk.String())
	}
	if !strings.Contains(talk.String(), "the same command goes on") {
		t.Errorf("got %q, want a word that the same command goes on", talk.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, `{"event":"summary"`) || !strings.HasSuffix(last, `"exit":130}`) {
		t.Errorf("got the last line %q, want the summary with exit 130", last)
	}
}

// askedMain is a program that goes on when it is asked to stop.
func askedMain() {
	ctx := untilAsked()
	os.Stdout.WriteString("ready\n")
	<-ctx.Done()
	for range 100 { // the second signal is the system's a moment later
		os.Stdout.WriteString("asked\n")
		time.Sleep(100 * time.Millisecond)
	}
}

// The first signal asks, a second one ends the process.
func TestInterruptTwice(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows sends no SIGINT to another process")
	}
	cmd := exec.CommandContext(t.Context(), "testasked")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	asked := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if asked++; asked == 1 || asked == 3 {
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || asked > 50 {
		t.Errorf("got %v after %d lines, want it ended by the second signal", err, asked)
	}
}
