package checkpoint

import (
	"bytes"
	"os"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

// FuzzOpen: a file that is none of ours is refused and stays as it is; ours with
// wrong bytes in it is refused or works, and never crashes.
func FuzzOpen(f *testing.F) {
	o := Options{Dir: f.TempDir(), Sources: []string{"source"}, Dest: "dest"}
	l, err := Open(f.Context(), o)
	if err != nil {
		f.Fatal(err)
	}
	inbox := transfer.Folder{Path: []string{"INBOX"}, Epoch: "1"}
	book, err := l.Enter(f.Context(), "source", inbox, inbox)
	if err == nil {
		err = l.Settle(f.Context(), []transfer.Record{{Book: book.ID, ID: "1", Fate: transfer.Copied, To: inbox.Key(), Epoch: "1", UID: 7}})
	}
	if err == nil {
		err = l.Close()
	}
	if err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(o.Path())
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("no database at all"), -1, 0)
	f.Add([]byte("SQLite format 3\x00"), -1, 0)
	f.Add([]byte{0xff}, 100, 0)
	f.Add([]byte("garbage"), 5000, 0)
	f.Add([]byte{}, 0, 4000)
	f.Fuzz(func(t *testing.T, data []byte, at, size int) {
		o := Options{Dir: t.TempDir(), Sources: o.Sources, Dest: o.Dest}
		content, ours := data, at >= 0
		if ours {
			content = bytes.Clone(good)
			if size > 0 {
				content = content[:size%len(content)]
			}
			copy(content[at%(len(content)+1):], data)
		}
		if err := os.WriteFile(o.Path(), content, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Open(t.Context(), o)
		if err == nil {
			use(t, l)
			return
		}
		if after, err := os.ReadFile(o.Path()); err != nil || !ours && !bytes.Equal(after, content) {
			t.Errorf("%.100q: refused, and changed to %.100q, %v", content, after, err)
		}
	})
}

// use asks an open log for all it knows; what it answers may be errors.
func use(t *testing.T, l *Log) {
	inbox := transfer.Folder{Path: []string{"INBOX"}, Epoch: "1"}
	if book, err := l.Enter(t.Context(), "source", inbox, inbox); err == nil {
		known, err := l.Known(t.Context(), book.ID, []string{"1"})
		if rec, ok := known["1"]; err == nil && ok && rec.ID != "1" {
			t.Errorf("got the record %+v of another message", rec)
		}
		_, _ = l.Pending(t.Context(), inbox)
		_, _ = l.Linked(t.Context(), inbox, "1")
		_, _ = l.Doubtful(t.Context(), inbox)
		_, _ = l.Former(t.Context(), book.ID)
	}
	_ = l.Close()
}
