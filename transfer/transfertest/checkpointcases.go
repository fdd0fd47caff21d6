package transfertest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

func (t *checkpointTest) books() {
	const source = "imaps://anna@old.example"
	b := t.enter(source, inbox, archive)
	if b.State != "" || b.Former || b.Tally != (transfer.Tally{}) {
		t.Errorf("a new book: got %+v", b)
	}
	if again := t.enter(source, inbox, archive); again != b {
		t.Errorf("the same book again: got %+v, want %+v", again, b)
	}
	seen := map[int64]string{b.ID: "first"}
	epoch2 := inbox
	epoch2.Epoch = "2"
	flat := transfer.Folder{Path: []string{"Archive", "2019", "20"}, Epoch: "7"}
	for name, other := range map[string]transfer.Book{
		"other source":            t.enter("maildir:/mail", inbox, archive),
		"other source folder":     t.enter(source, archive, archive),
		"other epoch":             t.enter(source, epoch2, archive),
		"folder of equal letters": t.enter(source, flat, archive),
	} {
		if first, dup := seen[other.ID]; dup {
			t.Errorf("%s and %s share the book %d", name, first, other.ID)
		}
		seen[other.ID] = name
	}
	if moved := t.enter(source, inbox, inbox); moved.ID != b.ID {
		t.Errorf("another destination: got book %d, want %d: what has arrived is not to be copied again", moved.ID, b.ID)
	}
}

func (t *checkpointTest) window() {
	b := t.enter("s", inbox, archive)
	before := time.Now().Add(-time.Second)
	r := letter(b.ID, "a b\tc'\"%é\x80")
	t.begin(archive, 41, r)
	got, err := t.cp.Pending(t.Context(), archive)
	t.must(err)
	if len(got) != 1 {
		t.Fatalf("pending: got %d records, want 1", len(got))
	}
	r.To, r.Epoch = archive.Key(), archive.Epoch
	t.wantRecord(got[0], r)
	t.wantKnown(r)
	if got[0].Base != 41 {
		t.Errorf("base: got %d, want 41", got[0].Base)
	}
	if begun := got[0].Begun; begun.Before(before) || begun.After(time.Now().Add(time.Second)) {
		t.Errorf("begun: got %v, want about %v", begun, before)
	}
	t.settle(landed(r, archive, 41))
	t.wantKnown(landed(r, archive, 41))
	t.wantIDs("pending after settle", t.pendingIDs(archive))
}

func (t *checkpointTest) windowDurable() {
	b := t.enter("s", inbox, archive)
	t.begin(archive, 41, letter(b.ID, "1"), letter(b.ID, "2"))
	t.cp = t.crash()
	t.wantIDs("pending after a crash", t.pendingIDs(archive), "1", "2")
	if again := t.enter("s", inbox, archive); again.ID != b.ID {
		t.Errorf("book after a crash: got %d, want %d", again.ID, b.ID)
	}
}

func (t *checkpointTest) settleDurable() {
	b := t.enter("s", inbox, archive)
	t.begin(archive, 41, letter(b.ID, "1"))
	t.settle(landed(letter(b.ID, "1"), archive, 41))
	t.begin(archive, 42, letter(b.ID, "2"))
	t.cp = t.crash()
	t.wantKnown(landed(letter(b.ID, "1"), archive, 41))
	t.wantIDs("pending after a crash", t.pendingIDs(archive), "2")
}

func (t *checkpointTest) syncDurable() {
	b := t.enter("s", inbox, archive)
	r := transfer.Record{Book: b.ID, ID: "1", Fate: transfer.Refused, Words: "NO [TOOBIG] ü\r\n\"x\""}
	t.settle(r)
	tally := transfer.Tally{Messages: 1, Refused: 1, Folders: 1, Bytes: 1 << 40}
	t.must(t.cp.Finish(t.Context(), b.ID, "state", tally))
	t.must(t.cp.Sync(t.Context()))
	t.cp = t.crash()
	t.wantKnown(r)
	if got := t.enter("s", inbox, archive); got.State != "state" || got.Tally != tally {
		t.Errorf("book after a crash: got %+v, want state and %+v", got, tally)
	}
}

func (t *checkpointTest) partial() {
	b := t.enter("s", inbox, archive)
	full := letter(b.ID, "1")
	t.begin(archive, 41, full)
	// The flow marks a letter whose bytes leave a second time.
	t.settle(transfer.Record{Book: b.ID, ID: "1", Fate: transfer.Open, To: archive.Key(), Epoch: archive.Epoch,
		Size: full.Size, Flags: full.Flags, Date: full.Date, Resent: true})
	rs, err := t.cp.Pending(t.Context(), archive)
	t.must(err)
	if len(rs) != 1 || rs[0].Base != 41 || rs[0].Begun.IsZero() || !rs[0].Resent {
		t.Fatalf("pending: got %+v, want base 41, begun and resent", rs)
	}
	done := landed(full, archive, 44)
	empty := done
	empty.Digest, empty.Ident = transfer.Digest{}, transfer.Ident{}
	t.settle(empty)
	t.wantKnown(done)
}

func (t *checkpointTest) unannounced() {
	b := t.enter("s", inbox, archive)
	adopted := landed(letter(b.ID, "1"), archive, 9)
	adopted.Fate = transfer.Adopted
	vanished := transfer.Record{Book: b.ID, ID: "2", Fate: transfer.Vanished}
	t.settle(adopted, vanished)
	t.wantKnown(adopted)
	t.wantKnown(vanished)
	t.wantIDs("pending", t.pendingIDs(archive))
	if r, ok := t.known(b.ID, "3"); ok {
		t.Errorf("known of an ID never seen: got %+v", r)
	}
	if r, ok := t.known(b.ID+1000, "1"); ok {
		t.Errorf("known of a book never seen: got %+v", r)
	}
}

// again records a letter in a second window while the first is open: it may
// still land from the first, so the lower base counts.
func (t *checkpointTest) again() {
	b := t.enter("s", inbox, archive)
	t.settle(transfer.Record{Book: b.ID, ID: "1", Fate: transfer.Refused, Words: "NO"})
	t.begin(archive, 41, letter(b.ID, "1"))
	r := letter(b.ID, "1")
	r.Resent = true
	t.begin(archive, 50, r)
	rs, err := t.cp.Pending(t.Context(), archive)
	t.must(err)
	if len(rs) != 1 || rs[0].Base != 41 || !rs[0].Resent || rs[0].Words != "" {
		t.Errorf("pending after a second begin: got %+v, want one with base 41, resent, no words", rs)
	}
	renewed := archive
	renewed.Epoch = "8"
	t.begin(renewed, 60, r)
	if rs, err = t.cp.Pending(t.Context(), renewed); err != nil || len(rs) != 1 || rs[0].Base != 60 {
		t.Errorf("pending after a begin in another epoch: got %+v, %v, want one with base 60", rs, err)
	}
}

func (t *checkpointTest) pending() {
	one, two := t.enter("s", inbox, archive), t.enter("t", inbox, archive)
	three := t.enter("u", inbox, inbox)
	t.begin(archive, 1, letter(one.ID, "1"))
	t.begin(archive, 2, letter(two.ID, "2"))
	t.begin(inbox, 3, letter(three.ID, "3"))
	t.wantIDs("pending of Archive", t.pendingIDs(archive), "1", "2")
	t.wantIDs("pending of INBOX", t.pendingIDs(inbox), "3")
	moved := archive
	moved.Epoch = "8"
	t.wantIDs("pending under another epoch", t.pendingIDs(moved), "1", "2")
}

func (t *checkpointTest) links() {
	b := t.enter("s", inbox, archive)
	adopted := landed(letter(b.ID, "adopted"), archive, 5)
	adopted.Fate = transfer.Adopted
	old := landed(letter(b.ID, "old epoch"), archive, 6)
	old.Epoch = "6"
	elsewhere := t.enter("s", inbox, inbox)
	t.settle(
		landed(letter(b.ID, "high"), archive, 4294967295), landed(letter(b.ID, "low"), archive, 2), adopted, old,
		landed(letter(b.ID, "no uid"), archive, 0),
		landed(letter(elsewhere.ID, "elsewhere"), inbox, 3),
		transfer.Record{Book: b.ID, ID: "refused", Fate: transfer.Refused, To: archive.Key(), Epoch: archive.Epoch},
	)
	t.begin(archive, 10, letter(b.ID, "open"))
	uids, err := t.linked(archive)
	t.must(err)
	if want := []uint32{2, 5, 4294967295}; !slices.Equal(uids, want) {
		t.Errorf("linked: got %v, want %v", uids, want)
	}
	rs, err := t.cp.Unlinked(t.Context(), archive, archive.Epoch)
	t.must(err)
	t.wantIDs("unlinked", ids(rs), "no uid", "old epoch")
}

func (t *checkpointTest) claim() {
	b := t.enter("s", inbox, archive)
	t.begin(archive, 1, letter(b.ID, "1"), letter(b.ID, "2"))
	t.settle(landed(letter(b.ID, "1"), archive, 1), landed(letter(b.ID, "2"), archive, 2))
	next := inbox
	next.Epoch = "2"
	n := t.enter("s", next, archive)
	if !n.Former || n.State != "" {
		t.Fatalf("book of a new epoch: got %+v, want former and no state", n)
	}
	if r, ok := t.known(n.ID, "1"); ok {
		t.Errorf("an old ID is known in the new epoch: %+v", r)
	}
	rs, err := t.cp.Former(t.Context(), n.ID)
	t.must(err)
	t.wantIDs("former", ids(rs), "1", "2")
	for _, r := range rs {
		if r.ID == "1" {
			t.must(t.cp.Claim(t.Context(), n.ID, r, "2")) // as if the UIDs had moved on by one
		}
	}
	t.wantKnown(landed(letterAs(n.ID, "1", "2"), archive, 1))
	rs, err = t.cp.Former(t.Context(), n.ID)
	t.must(err)
	t.wantIDs("former after a claim", ids(rs), "2")
	uids, err := t.linked(archive)
	t.must(err)
	if want := []uint32{1, 2}; !slices.Equal(uids, want) {
		t.Errorf("linked after a claim: got %v, want %v", uids, want)
	}
	t.must(t.cp.Sync(t.Context()))
	t.cp = t.crash()
	t.wantKnown(landed(letterAs(n.ID, "1", "2"), archive, 1))
}

func (t *checkpointTest) finish() {
	b := t.enter("s", inbox, archive)
	tally := transfer.Tally{Messages: 7, Copied: 1, Present: 2, Adopted: 1, Skipped: 1, Vanished: 1, Merged: 1, Bytes: 5}
	t.must(t.cp.Finish(t.Context(), b.ID, "one", transfer.Tally{Messages: 1}))
	t.must(t.cp.Finish(t.Context(), b.ID, "two", tally))
	if got := t.enter("s", inbox, archive); got.State != "two" || got.Tally != tally || got.ID != b.ID {
		t.Errorf("enter after finish: got %+v, want state two and %+v", got, tally)
	}
	if got := t.enter("s", inbox, inbox); got.State != "" {
		t.Errorf("another destination folder: got state %q, want none", got.State)
	}
	next := inbox
	next.Epoch = "2"
	if got := t.enter("s", next, archive); got.State != "" || got.Former {
		t.Errorf("another epoch: got %+v, want no state and nothing former", got)
	}
}

func (t *checkpointTest) many() {
	const n = 3000
	b := t.enter("s", inbox, archive)
	var rs []transfer.Record
	var all []string
	for i := range n {
		r := letter(b.ID, fmt.Sprint(i))
		rs, all = append(rs, r), append(all, r.ID)
	}
	t.begin(archive, 1, rs...)
	m, err := t.cp.Known(t.Context(), b.ID, all)
	t.must(err)
	if len(m) != n {
		t.Fatalf("known of %d IDs: got %d", n, len(m))
	}
	for i := range rs {
		rs[i] = landed(rs[i], archive, uint32(n-i))
	}
	t.settle(rs...)
	uids, err := t.linked(archive)
	t.must(err)
	if len(uids) != n || !slices.IsSorted(uids) {
		t.Errorf("linked: got %d, sorted %v, want %d sorted", len(uids), slices.IsSorted(uids), n)
	}
}

func (t *checkpointTest) parallel() {
	b := t.enter("s", inbox, archive)
	var wg sync.WaitGroup
	for lane := range 4 {
		wg.Go(func() {
			for i := range 10 {
				r := letter(b.ID, fmt.Sprintf("%d/%d", lane, i))
				w := transfer.Window{To: archive, Epoch: archive.Epoch, Base: 1, Records: []transfer.Record{r}}
				if err := t.cp.Begin(t.Context(), w); err != nil {
					t.Error(err)
				}
				if err := t.cp.Settle(t.Context(), []transfer.Record{landed(r, archive, uint32(lane*10+i+1))}); err != nil {
					t.Error(err)
				}
				if _, err := t.cp.Known(t.Context(), b.ID, []string{r.ID}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	uids, err := t.linked(archive)
	t.must(err)
	if len(uids) != 40 {
		t.Errorf("linked: got %d, want 40", len(uids))
	}
}
