package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// interrupt sends it an interrupt when so many folders are done.
func (m *move) interrupt(folders int) {
	m.t.Helper()
	talk, err := m.cutShort(os.Interrupt, folders, `"event":"folder-done"`)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		m.t.Errorf("got %v, want exit code %d; it said:\n%s", err, exitInterrupted, talk)
	}
}

// What a copy made that was interrupted and gone on with goes again, too: folders that
// it had made ahead and not come to. They are subscribed at any time.
func TestUndoAfterInterrupts(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows sends no SIGINT to another process")
	}
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	a, b := server.NewUser(), server.NewUser()
	mails := ordinary(120)
	for i := range mails {
		mails[i].Folder = []string{fmt.Sprintf("Year %d", 1900+i/2)}
	}
	mailtest.Load(t, server.IMAP, a, mails)
	mailtest.Load(t, server.IMAP, b, ordinary(1))
	folders := allFolders(t, server.IMAP, b)
	line := mailtest.Proxy(t, server.IMAP, mailtest.ProxyOptions{Delay: 10 * time.Millisecond})
	m := newMove(t, clear("imap", a, server.IMAP), clear("imap", b, line.Addr))
	for _, done := range []int{1, 2, 5, 11} {
		m.interrupt(done)
		there := allFolders(t, server.IMAP, b)
		for name := range strings.Lines(there) {
			if name, ok := strings.CutPrefix(name, "* LIST"); ok && !strings.Contains(name, "INBOX") && !strings.Contains(there, "* LSUB"+name) {
				t.Errorf("after an interrupt: %q is not subscribed", strings.TrimSpace(name))
			}
		}
	}
	if got := m.run(); got.Copied+got.Present != 120 {
		t.Errorf("got %+v, want all 120 there", got)
	}
	if out, code := m.undo("undo 120\n"); code != 0 {
		t.Errorf("got exit %d:\n%s", code, out)
	}
	if got := allFolders(t, server.IMAP, b); got != folders {
		t.Errorf("got the folders\n%swant\n%s", got, folders)
	}
}
