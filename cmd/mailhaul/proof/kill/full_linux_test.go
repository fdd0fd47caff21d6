package kill

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// small mounts a disk of so many KB at dir, and gives a function that makes it
// larger.
func small(t *testing.T, dir string, kilobytes int) (grow func(kilobytes int)) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	mount := func(kilobytes int, flags uintptr) error {
		return syscall.Mount("tmpfs", dir, "tmpfs", flags, fmt.Sprintf("size=%dk,mode=0700", kilobytes))
	}
	if err := mount(kilobytes, 0); err != nil {
		t.Skipf("no small disk can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return func(kilobytes int) {
		t.Helper()
		if err := mount(kilobytes, syscall.MS_REMOUNT); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDiskFull fills the disk of the checkpoint in the middle of a run: nothing
// more leaves, what has arrived is recorded in the room that was kept for it, and
// with room again the same command goes on.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	const messages = 3000
	var mails []mailtest.Mail
	for i := range messages {
		mails = append(mails, mailtest.Mail{
			Folder: []string{"INBOX"}, Date: time.Date(2019, 1, 1, 0, 0, i, 0, time.UTC),
			Bytes: text(fmt.Sprintf("<%d@example.org>", i/2), fmt.Sprint(i/2), fmt.Sprint("body ", i)),
		})
	}
	maildir := filepath.Join(t.TempDir(), "Maildir")
	mailtest.WriteMaildir(t, maildir, mails)
	s := mailtest.Shared(t, mailtest.DovecotOptions{})
	r := route{name: "maildir", source: "maildir:" + maildir, dest: s, want: mailtest.FromMails(mails), state: treeState(t, maildir)}
	home, user := t.TempDir(), s.NewUser()
	state := filepath.Join(home, "state", "mailhaul")
	grow := small(t, state, 512)
	c := proof.Command{Args: r.args(user, s.IMAP), Home: home, Limit: patience}

	r.stopsFull(t, c, state) // no room even for the reserve
	if n := mailtest.Take(t, s.IMAP, user).Messages(); n != 0 {
		t.Errorf("no room to begin with: got %d messages, want none", n)
	}
	grow(1800)
	r.stopsFull(t, c, state)
	arrived := mailtest.Take(t, s.IMAP, user).Messages()
	if arrived == 0 || arrived == messages {
		t.Fatalf("disk full in the middle: got %d of %d messages, want some", arrived, messages)
	}
	recorded, open := recordedIn(t, state)
	if recorded != arrived || open != 0 {
		t.Errorf("disk full in the middle: got %d recorded as copied and %d open, want all %d that arrived and none", recorded, open, arrived)
	}
	r.stopsFull(t, c, state) // it is still full
	grow(64 << 10)
	o := r.resume(t, c, user, func() {})
	for _, w := range o.wrong {
		t.Error(w)
	}
	t.Logf("%d of %d had arrived when the disk was full", arrived, messages)
}

// TestReadOnly wants a disk that takes nothing to be told before anything leaves.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	r := routes(t)[0]
	home, user := t.TempDir(), r.dest.NewUser()
	state := filepath.Join(home, "state", "mailhaul")
	small(t, state, 64)
	if err := syscall.Mount("tmpfs", state, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	end := proof.Command{Args: r.args(user, r.dest.IMAP), Home: home, Limit: patience}.Run(t)
	if end.Exit != 1 || !strings.Contains(end.Stderr, state) || !strings.Contains(end.Stderr, "--state-dir") {
		t.Errorf("got exit %d, %s, want 1, the folder and what to do", end.Exit, end.Stderr)
	}
	if n := mailtest.Take(t, r.dest.IMAP, user).Messages(); n != 0 {
		t.Errorf("got %d messages at the destination, want none", n)
	}
}

// stopsFull runs the command and wants it to end for want of room, in words that
// help.
func (r *route) stopsFull(t *testing.T, c proof.Command, state string) {
	t.Helper()
	end := c.Run(t)
	said := strings.ToLower(end.Stderr)
	full := strings.Contains(said, "disk is full") || strings.Contains(said, "no space left")
	if end.Exit != 1 || !full || !strings.Contains(end.Stderr, state) || !strings.Contains(said, "make room") {
		t.Errorf("disk full: got exit %d, %s, want 1, what is full and what to do", end.Exit, end.Stderr)
	}
}

// recordedIn is what the only checkpoint in dir tells.
func recordedIn(t *testing.T, dir string) (copied, open int) {
	t.Helper()
	all, err := checkpoint.List(dir)
	if err != nil || len(all) != 1 {
		t.Fatalf("checkpoints: got %d, %v, want one", len(all), err)
	}
	for _, f := range all[0].Folders {
		copied, open = copied+f.Recorded.Copied, open+f.Open
	}
	return copied, open
}
