package checkpoint

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

// A draft knows what the job's file knows, also while a run holds it, and leaves
// nothing behind.
func TestDraft(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	o := Options{Dir: filepath.Join(t.TempDir(), "state"), Sources: []string{"a"}, Dest: "b"}
	inbox := transfer.Folder{Path: []string{"INBOX"}}
	enter := func(l *Log) transfer.Book {
		t.Helper()
		book, err := l.Enter(t.Context(), "a", inbox, inbox)
		if err != nil {
			t.Fatal(err)
		}
		return book
	}
	draft := func(want int, then ...transfer.Record) {
		t.Helper()
		d, err := OpenDraft(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		book := enter(d.Log)
		known, err := d.Known(t.Context(), book.ID, []string{"1", "2"})
		if err != nil || len(known) != want {
			t.Errorf("got %d records (%v), want %d", len(known), err, want)
		}
		for _, r := range then {
			r.Book = book.ID
			if err := d.Settle(t.Context(), []transfer.Record{r}); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}

	draft(0, transfer.Record{ID: "2", Fate: transfer.Copied, To: "INBOX", Epoch: "1", UID: 2})
	if _, err := os.Stat(o.Dir); err == nil {
		t.Errorf("a draft of a job without a checkpoint has made %s", o.Dir)
	}
	held, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	one := transfer.Record{Book: enter(held).ID, ID: "1", Fate: transfer.Copied, To: "INBOX", Epoch: "1", UID: 1}
	if err := held.Settle(t.Context(), []transfer.Record{one}); err != nil {
		t.Fatal(err)
	}
	if err := held.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	draft(1, transfer.Record{ID: "2", Fate: transfer.Copied, To: "INBOX", Epoch: "1", UID: 2})
	draft(1)
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(os.TempDir()); len(left) > 0 {
		t.Errorf("got %v left behind, want nothing", left)
	}
}
