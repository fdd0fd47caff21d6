package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// foreseeing is a session that makes the next folder ahead, and tells so only when it
// is opened, as an IMAP server's answers come.
type foreseeing struct {
	transfer.Dest
	other transfer.Dest // a session with the same server
	next  func() (transfer.Folder, bool)
	made  map[string]bool
	asked func()
}

func (d *foreseeing) Foresee(next func() (transfer.Folder, bool)) { d.next = next }

func (d *foreseeing) Open(ctx context.Context, f transfer.Folder) (transfer.Mailbox, error) {
	box, err := d.Dest.Open(ctx, f)
	box.Created = box.Created || d.made[f.Key()]
	return box, err
}

func (d *foreseeing) Append(ctx context.Context, f transfer.Folder, windows func(func([]*transfer.Letter) bool)) iter.Seq2[transfer.Receipt, error] {
	return d.Dest.Append(ctx, f, func(yield func([]*transfer.Letter) bool) {
		windows(yield)
		if to, ok := d.next(); ok {
			box, err := d.other.Open(ctx, to)
			d.made[to.Key()] = err == nil && box.Created
			d.asked()
		}
	})
}

// A folder that was made ahead is noted if the run ends before its turn.
func TestMadeAheadAndNotReached(t *testing.T) {
	var folders []transfertest.MailFolder
	for i := range 6 {
		name := []string{fmt.Sprint("folder ", i)}
		folders = append(folders, folder(name, letters(name[0], 3)...))
	}
	f := newFlow(t, transfertest.ServerOptions{}, folders...)
	ctx, cancel := context.WithCancel(t.Context())
	f.job.Lanes = 1
	f.job.Dest.Open = func(ctx context.Context) (transfer.Dest, error) {
		d, err := f.server.Open(ctx)
		other, otherErr := f.server.Open(ctx)
		return &foreseeing{Dest: d, other: other, made: map[string]bool{}, asked: cancel}, errors.Join(err, otherErr)
	}
	if _, err := f.run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want %v", err, context.Canceled)
	}
	var noted []string
	for _, m := range f.cp.MadeFolders() {
		if m.Epoch == "" {
			t.Errorf("%s: got no epoch", m.To)
		}
		noted = append(noted, m.To)
	}
	slices.Sort(noted)
	if got := f.made(); len(got) != 2 || !slices.Equal(got, noted) {
		t.Errorf("got %q made and %q noted, want the same two", got, noted)
	}
}

// made are the keys of the folders that the destination has beside INBOX, sorted.
func (f *flow) made() (keys []string) {
	f.t.Helper()
	d, err := f.server.Open(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	defer d.Close()
	site, err := d.Site(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	for _, there := range site.Folders {
		if there.Role != transfer.RoleInbox {
			keys = append(keys, there.Key())
		}
	}
	slices.Sort(keys)
	return keys
}
