//go:build unix

package main

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mailhaul/mailhaul/examples"
)

// SIGUSR1 has a run say how far it is, also one that says nothing else.
func TestAskedBySignal(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	dir := t.TempDir()
	if err := os.CopyFS(dir, examples.Mail()); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "mailhaul", "copy", "-q", "--state-dir", filepath.Join(dir, "state"),
		"mbox:"+filepath.Join(dir, "archive.mbox"), "imap://you@"+silent.Addr().String()+"?tls=none")
	cmd.Env = append(os.Environ(), "MAILHAUL_DEST_PASSWORD=demo")
	talk, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	conn, err := silent.Accept() // it looks at both sides now
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(talk).ReadString('\n')
	if err != nil || !strings.Contains(line, "looking at the folders of both sides") {
		t.Errorf("got %q, %v; want a line on how far it is", line, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
}
