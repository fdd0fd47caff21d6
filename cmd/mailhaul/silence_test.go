package main

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/examples"
)

// A limit that is reached while a server is still silent is a limit, not an
// error.
func TestLimitWhileConnecting(t *testing.T) {
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
	cmd := exec.CommandContext(t.Context(), "mailhaul", "copy", "--max-duration", "20ms", "--state-dir", filepath.Join(dir, "state"),
		"mbox:"+filepath.Join(dir, "archive.mbox"), "imap://you@"+silent.Addr().String()+"?tls=none")
	cmd.Env = append(os.Environ(), "MAILHAUL_DEST_PASSWORD=demo")
	cmd.Stdout, cmd.Stderr = &out, &talk
	err = cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitLimit {
		t.Errorf("got %v, want exit code %d", err, exitLimit)
	}
	if !strings.Contains(talk.String(), "--max-duration was reached") {
		t.Errorf("got %q on standard error, want the limit named", talk.String())
	}
}
