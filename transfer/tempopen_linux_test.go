package transfer_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// TestRunClosesItsTempFiles: of the files that large bodies were in none is open, and
// none has a name, when the run is over.
func TestRunClosesItsTempFiles(t *testing.T) {
	large := message("1", "Subject: large", strings.Repeat("x", 5<<20))
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, large))
	f.job.TempDir = t.TempDir()
	opened := false
	f.job.Watch = func(e transfer.Event) { opened = opened || len(openBelow(t, f.job.TempDir)) > 0 }
	f.mustRun(transfer.Tally{Copied: 1})
	f.same(inbox, large)
	if !opened {
		t.Error("the body was never in a file")
	}
	if open := openBelow(t, f.job.TempDir); len(open) > 0 {
		t.Errorf("got %v open after the run, want none", open)
	}
}

// openBelow are the files below dir that this process has open.
func openBelow(t *testing.T, dir string) (open []string) {
	t.Helper()
	fds, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(fds) == 0 {
		t.Fatalf("got %d descriptors, %v", len(fds), err)
	}
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil && strings.HasPrefix(to, dir) {
			open = append(open, to)
		}
	}
	return open
}

// TestStoppedRunClosesItsTempFiles: nor when the user has stopped it in the middle.
func TestStoppedRunClosesItsTempFiles(t *testing.T) {
	var ms []transfertest.MailMessage
	for i := range 12 {
		ms = append(ms, message(fmt.Sprint(i), fmt.Sprint("Subject: large ", i), strings.Repeat("x", 5<<20)))
	}
	f := newFlow(t, transfertest.ServerOptions{}, folder(inbox, ms...))
	f.job.TempDir = t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	f.atCopied(2, cancel)
	if _, err := f.run(ctx); err == nil {
		t.Fatal("the run was not stopped")
	}
	if open := openBelow(t, f.job.TempDir); len(open) > 0 {
		t.Errorf("got %v open after the run, want none", open)
	}
}
