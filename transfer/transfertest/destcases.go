package transfertest

import (
	"bytes"
	"io"
	"slices"
	"sync/atomic"

	"github.com/mailhaul/mailhaul/transfer"
)

func (t *destTest) site() {
	site, err := t.dst.Site(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if hasPath(site, t.folder.Path) {
		t.Fatalf("site: %q is there before it was made", t.folder.Name())
	}
	t.mustOpen(t.folder)
	if site, err = t.dst.Site(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !hasPath(site, t.folder.Path) {
		t.Errorf("site: %q is missing after it was made", t.folder.Name())
	}
}

func hasPath(site transfer.Site, path []string) bool {
	return slices.ContainsFunc(site.Folders, func(f transfer.Folder) bool { return slices.Equal(f.Path, path) })
}

func (t *destTest) creates() {
	deep := transfer.Folder{Path: append(slices.Clone(t.folder.Path), "Größe & Co", "% deep")}
	m := t.mustOpen(deep)
	if !m.Created || m.Count != 0 || m.Epoch == "" || m.Next == 0 {
		t.Errorf("open of a missing folder: got %+v, want created, empty, with epoch and next", m)
	}
	again := t.mustOpen(deep)
	if again.Created || again.Epoch != m.Epoch || again.Next != m.Next {
		t.Errorf("open again: got %+v, want %+v, not created", again, m)
	}
	inbox := t.mustOpen(transfer.Folder{Path: []string{"INBOX"}})
	if inbox.Created {
		t.Errorf("open of INBOX: got %+v, want not created", inbox)
	}
}

func (t *destTest) refusesName() {
	if t.store.RefusedName == nil {
		t.Skip("this destination takes any name")
	}
	_, err := t.dst.Open(t.Context(), transfer.Folder{Path: t.store.RefusedName})
	if err == nil || !transfer.Permanent(err) {
		t.Errorf("open of %q: got %v, want a permanent error", t.store.RefusedName, err)
	}
}

func (t *destTest) append() {
	before := t.mustOpen(t.folder)
	ls := letters(0, 40)
	rs := t.send(ls[:1], ls[1:9], ls[9:12], ls[12:])
	held := t.wantHeld(ls)
	for _, r := range rs {
		if r.Err != nil {
			t.Errorf("letter %q: %v", r.Letter.ID, r.Err)
		}
		if r.UID == 0 {
			continue
		}
		if m, _ := byUID(held, r.UID); !bytes.Equal(m.Body, text(r.Letter)) {
			t.Errorf("the message of UID %d is not letter %q", r.UID, r.Letter.ID)
		}
	}
	if held[0].UID < before.Next {
		t.Errorf("first UID: got %d, want %d or more", held[0].UID, before.Next)
	}
	after := t.mustOpen(t.folder)
	if after.Count != len(ls) || after.Next <= held[len(held)-1].UID {
		t.Errorf("open after append: got %+v, want %d messages and next beyond %d", after, len(ls), held[len(held)-1].UID)
	}
}

func (t *destTest) appendNothing() {
	t.mustOpen(t.folder)
	t.send()
	t.wantHeld(nil)
}

func (t *destTest) appendAgain() {
	t.mustOpen(t.folder)
	ls := letters(0, 6)
	t.send(ls[:3])
	t.send(ls[3:])
	same := letters(0, 6)[:1] // the same bytes as another letter
	t.send(same)
	t.wantHeld(append(slices.Clone(ls), same...))
}

// windowByWindow yields a window only when the receipts of the one before are
// out: a port that waits for more before it sends stands still.
func (t *destTest) windowByWindow() {
	t.mustOpen(t.folder)
	ls := letters(0, 9)
	next := make(chan bool, len(ls))
	soon(t.T, "append of windows that wait for the receipts before", func() {
		n := 0
		for _, err := range t.dst.Append(t.Context(), t.folder, func(yield func([]*transfer.Letter) bool) {
			for w := range slices.Chunk(ls, 3) {
				if !yield(w) {
					return
				}
				<-next
			}
		}) {
			if err != nil {
				t.Errorf("append: %v", err)
			}
			if n++; n%3 == 0 || err != nil {
				next <- true
			}
		}
	})
	t.wantHeld(ls)
}

// leaveEarly stops at the first receipt: the port pulls no more once Append
// has returned, and reads no more letters.
func (t *destTest) leaveEarly() {
	t.mustOpen(t.folder)
	var pulling atomic.Bool
	soon(t.T, "append that the caller leaves", func() {
		for range t.dst.Append(t.Context(), t.folder, func(yield func([]*transfer.Letter) bool) {
			pulling.Store(true)
			defer pulling.Store(false)
			for i := range 500 {
				if !yield(letters(i, 1)) {
					return
				}
			}
			t.Error("all 500 windows were pulled after the caller had left")
		}) {
			break
		}
	})
	if pulling.Load() {
		t.Error("windows are still pulled after append has returned")
	}
}

func (t *destTest) refusedLetter() {
	if t.store.Refused == nil {
		t.Skip("this destination takes any letter")
	}
	t.mustOpen(t.folder)
	ls := letters(0, 5)
	bad := t.store.Refused(t.T)
	for _, r := range t.send([]*transfer.Letter{ls[0], bad, ls[1]}, ls[2:]) {
		if (r.Err != nil) != (r.Letter == bad) {
			t.Errorf("letter %q: got error %v", r.Letter.ID, r.Err)
		}
	}
	t.wantHeld(ls)
}

func (t *destTest) flagsAndDates() {
	t.mustOpen(t.folder)
	ls := letters(0, 4)
	ls[0].Flags = []transfer.Flag{transfer.Seen, transfer.Answered, transfer.Flagged, transfer.Deleted, transfer.Draft}
	ls[1].Flags = []transfer.Flag{transfer.Flagged}
	if t.store.Keywords {
		ls[2].Flags = []transfer.Flag{"$Forwarded", transfer.Seen}
	}
	ls[3].Date = ls[3].Date.AddDate(-10, 0, 0)
	t.send(ls)
	for i, m := range t.wantHeld(ls) {
		if !sameFlags(m.Flags, ls[i].Flags) {
			t.Errorf("flags of message %d: got %q, want %q", i, m.Flags, ls[i].Flags)
		}
		if t.store.Dates && !m.Date.Equal(ls[i].Date) {
			t.Errorf("date of message %d: got %v, want %v", i, m.Date, ls[i].Date)
		}
	}
}

func (t *destTest) read() {
	t.mustOpen(t.folder)
	ls := letters(0, 6)
	t.send(ls)
	held := t.wantHeld(ls)
	want := map[uint32]*transfer.Letter{held[1].UID: ls[1], held[2].UID: ls[2], held[5].UID: ls[5]}
	uids := []uint32{held[1].UID, held[2].UID, held[5].UID}
	skip := true // leave the first body unread
	for x, err := range t.dst.Read(t.Context(), t.folder, uids) {
		if err != nil || x.Err != nil {
			t.Fatalf("read: %v, %v", err, x.Err)
		}
		l := want[x.UID]
		if delete(want, x.UID); l == nil {
			t.Fatalf("read: UID %d was not asked for or comes twice", x.UID)
		}
		if skip {
			skip = false
			continue
		}
		p, err := io.ReadAll(x.Body)
		if err != nil || !bytes.Equal(p, text(l)) {
			t.Errorf("read UID %d: got %s, %v, want %s", x.UID, excerpt(p), err, excerpt(text(l)))
		}
	}
	if len(want) != 0 {
		t.Errorf("read: %d of %d did not come", len(want), len(uids))
	}
}

func (t *destTest) remove() {
	remover, ok := t.dst.(transfer.Remover)
	if ok != t.store.UIDs {
		t.Fatalf("remover: got %v, want the same as UIDs: %v", ok, t.store.UIDs)
	}
	if !ok {
		t.Skip("this destination is no Remover")
	}
	t.mustOpen(t.folder)
	ls := letters(0, 5)
	ls[2].Flags = []transfer.Flag{transfer.Deleted} // somebody else's mark: it stays
	t.send(ls)
	held := t.wantHeld(ls)
	uids := []uint32{held[1].UID, held[3].UID}
	for range 2 { // the second time they are gone
		if err := remover.Remove(t.Context(), t.folder, uids); err != nil {
			t.Fatal(err)
		}
		t.wantHeld([]*transfer.Letter{ls[0], ls[2], ls[4]})
	}
}

func (t *destTest) reflag() {
	reflagger, ok := t.dst.(transfer.Reflagger)
	if !ok {
		t.Skip("this destination is no Reflagger")
	}
	t.mustOpen(t.folder)
	ls := letters(0, 3)
	ls[0].Flags = []transfer.Flag{transfer.Seen, transfer.Flagged}
	ls[1].Flags = []transfer.Flag{transfer.Seen}
	t.send(ls)
	held := t.wantHeld(ls)
	_, err := reflagger.Reflag(t.Context(), t.folder, []transfer.Reflag{
		{UID: held[0].UID, Add: []transfer.Flag{transfer.Answered}, Drop: []transfer.Flag{transfer.Flagged}},
		{UID: held[1].UID, Drop: []transfer.Flag{transfer.Seen}},
		{UID: held[2].UID + 1000, Add: []transfer.Flag{transfer.Seen}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]transfer.Flag{{transfer.Seen, transfer.Answered}, nil, nil}
	for i, m := range t.wantHeld(ls) {
		if !sameFlags(m.Flags, want[i]) {
			t.Errorf("flags of message %d: got %q, want %q", i, m.Flags, want[i])
		}
	}
}
