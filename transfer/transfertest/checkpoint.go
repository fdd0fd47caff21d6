package transfertest

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// Checkpoint tests what [transfer.Checkpoint] promises. open makes a new empty
// checkpoint for each test. crash ends it as the loss of the machine would,
// without any farewell, and opens what it left behind.
func Checkpoint(t *testing.T, open func(t *testing.T) (cp transfer.Checkpoint, crash func() transfer.Checkpoint)) {
	tests := []struct {
		name string
		run  func(*checkpointTest)
	}{
		{"books", (*checkpointTest).books},
		{"window is found again", (*checkpointTest).window},
		{"window survives a crash", (*checkpointTest).windowDurable},
		{"settled before begin survives a crash", (*checkpointTest).settleDurable},
		{"synced survives a crash", (*checkpointTest).syncDurable},
		{"settle leaves what is empty untouched", (*checkpointTest).partial},
		{"settle without begin", (*checkpointTest).unannounced},
		{"begin again", (*checkpointTest).again},
		{"pending by folder", (*checkpointTest).pending},
		{"linked and unlinked", (*checkpointTest).links},
		{"doubtful", (*checkpointTest).doubtful},
		{"doubt survives a second sending", (*checkpointTest).doubtAgain},
		{"where folders went", (*checkpointTest).went},
		{"open folder of a book", (*checkpointTest).openFolder},
		{"claim after an epoch", (*checkpointTest).claim},
		{"many records come without words", (*checkpointTest).lean},
		{"finish", (*checkpointTest).finish},
		{"many", (*checkpointTest).many},
		{"from several goroutines", (*checkpointTest).parallel},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			cp, crash := open(t)
			tc.run(&checkpointTest{T: t, cp: cp, crash: crash})
		})
	}
}

// checkpointTest is one test of the suite with words to say it in.
type checkpointTest struct {
	*testing.T
	cp    transfer.Checkpoint
	crash func() transfer.Checkpoint
}

var (
	inbox   = transfer.Folder{Path: []string{"INBOX"}, Epoch: "1"}
	archive = transfer.Folder{Path: []string{"Archive", "2019/20"}, Epoch: "7"}
)

func (t *checkpointTest) must(err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (t *checkpointTest) enter(source string, from, to transfer.Folder) transfer.Book {
	t.Helper()
	b, err := t.cp.Enter(t.Context(), source, from, to)
	t.must(err)
	return b
}

func (t *checkpointTest) begin(to transfer.Folder, base uint32, rs ...transfer.Record) {
	t.Helper()
	t.must(t.cp.Begin(t.Context(), transfer.Window{To: to, Epoch: to.Epoch, Base: base, Records: rs}))
}

func (t *checkpointTest) settle(rs ...transfer.Record) {
	t.Helper()
	t.must(t.cp.Settle(t.Context(), rs))
}

func (t *checkpointTest) pendingIDs(to transfer.Folder) []string {
	t.Helper()
	rs, err := t.cp.Pending(t.Context(), to)
	t.must(err)
	return ids(rs)
}

// wantDoubtful wants the doubtful records of a folder to be those IDs, with that base.
func (t *checkpointTest) wantDoubtful(to transfer.Folder, base uint32, want ...string) {
	t.Helper()
	rs, err := t.cp.Doubtful(t.Context(), to)
	t.must(err)
	t.wantIDs("doubtful in "+to.Name(), ids(rs), want...)
	for _, r := range rs {
		if r.Base != base || !r.Resent {
			t.Errorf("doubtful %q: got base %d, resent %v, want base %d, resent", r.ID, r.Base, r.Resent, base)
		}
	}
}

func (t *checkpointTest) wantOpen(from, to transfer.Folder, want string) {
	t.Helper()
	if got := t.enter("s", from, to).Open; got != want {
		t.Errorf("open of %s on its way to %s: got %q, want %q", from.Name(), to.Name(), got, want)
	}
}

func (t *checkpointTest) wantWent(source string, want map[string]string) {
	t.Helper()
	got, err := t.cp.Went(t.Context(), source)
	t.must(err)
	if !maps.Equal(got, want) {
		t.Errorf("went of %s: got %q, want %q", source, got, want)
	}
}

func (t *checkpointTest) known(book int64, id string) (transfer.Record, bool) {
	t.Helper()
	m, err := t.cp.Known(t.Context(), book, []string{id})
	t.must(err)
	r, ok := m[id]
	return r, ok
}

func (t *checkpointTest) wantKnown(want transfer.Record) {
	t.Helper()
	got, ok := t.known(want.Book, want.ID)
	if !ok {
		t.Fatalf("known %q of book %d: got nothing", want.ID, want.Book)
	}
	t.wantRecord(got, want)
}

// wantRecord compares all but the window, which only open records have.
func (t *checkpointTest) wantRecord(got, want transfer.Record) {
	t.Helper()
	if !got.Date.Equal(want.Date) {
		t.Errorf("record %q: got date %v, want %v", want.ID, got.Date, want.Date)
	}
	got.Date, got.Base, got.Begun = want.Date, want.Base, want.Begun
	if got != want {
		t.Errorf("record %q:\n got %+v\nwant %+v", want.ID, got, want)
	}
}

func (t *checkpointTest) wantIDs(what string, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// doubtful sends letters twice: those that arrived may still get a twin until
// the flow has looked for it.
func (t *checkpointTest) doubtful() {
	b := t.enter("s", inbox, archive)
	elsewhere := t.enter("t", inbox, inbox)
	var rs []transfer.Record
	for _, id := range []string{"copied", "merged", "adopted", "refused", "vanished", "open"} {
		rs = append(rs, letter(b.ID, id))
	}
	once := letter(b.ID, "once")
	t.begin(archive, 41, rs...)
	t.begin(archive, 50, rs...)
	t.begin(archive, 50, once)
	t.begin(inbox, 7, resent(letter(elsewhere.ID, "elsewhere")))
	t.wantDoubtful(archive, 0)
	for i, fate := range []transfer.Fate{transfer.Copied, transfer.Merged, transfer.Adopted, transfer.Refused, transfer.Vanished} {
		r := resent(landed(rs[i], archive, uint32(60+i)))
		r.Fate = fate
		t.settle(r)
	}
	t.settle(landed(once, archive, 70), resent(landed(letter(elsewhere.ID, "elsewhere"), inbox, 7)))
	t.wantDoubtful(archive, 41, "copied", "merged", "adopted")
	t.wantDoubtful(inbox, 7, "elsewhere")
	t.wantKnown(resent(landed(rs[0], archive, 60)))
	t.must(t.cp.Sync(t.Context()))
	t.cp = t.crash()
	renewed := archive
	renewed.Epoch = "8"
	t.wantDoubtful(renewed, 41, "copied", "merged", "adopted")
	t.settle(landed(rs[0], archive, 60), landed(letter(elsewhere.ID, "elsewhere"), inbox, 7))
	t.wantDoubtful(archive, 41, "merged", "adopted")
	t.wantDoubtful(inbox, 0)
	t.wantKnown(landed(rs[0], archive, 60))
}

// doubtAgain sends a letter anew while a twin of it may still land: the doubt
// and the lower base stay.
func (t *checkpointTest) doubtAgain() {
	b := t.enter("s", inbox, archive)
	r := letter(b.ID, "1")
	t.begin(archive, 41, resent(r))
	t.settle(resent(landed(r, archive, 0)))
	t.begin(archive, 50, r)
	rs, err := t.cp.Pending(t.Context(), archive)
	t.must(err)
	if len(rs) != 1 || rs[0].Base != 41 || !rs[0].Resent {
		t.Errorf("pending: got %+v, want one with base 41, resent", rs)
	}
	done := resent(landed(r, archive, 55))
	done.Base, done.Begun = 52, time.Now()
	t.settle(done)
	t.wantDoubtful(archive, 52, "1")
}

// openFolder asks where a book's open records must be settled.
func (t *checkpointTest) openFolder() {
	b := t.enter("s", inbox, archive)
	other := t.enter("s", archive, inbox)
	t.wantOpen(inbox, archive, "")
	t.begin(archive, 1, letter(b.ID, "1"), letter(b.ID, "2"))
	t.wantOpen(inbox, inbox, archive.Key())
	t.wantOpen(archive, inbox, "")
	t.settle(landed(letter(b.ID, "1"), archive, 1))
	t.begin(inbox, 1, letter(b.ID, "3"), letter(other.ID, "1"))
	t.cp = t.crash()
	t.wantOpen(inbox, inbox, archive.Key())
	t.wantOpen(archive, archive, inbox.Key())
	t.settle(landed(letter(b.ID, "2"), archive, 2)) // not durable yet
	t.wantOpen(inbox, archive, inbox.Key())
	t.settle(landed(letter(b.ID, "3"), inbox, 1))
	t.wantOpen(inbox, archive, "")
	renewed := archive
	renewed.Epoch = "2"
	n := t.enter("s", renewed, archive)
	former, err := t.cp.Former(t.Context(), n.ID)
	t.must(err)
	for _, r := range former {
		t.must(t.cp.Claim(t.Context(), n.ID, r, "claimed"))
	}
	t.wantOpen(renewed, archive, inbox.Key())
	t.wantOpen(archive, archive, "")
}

// went tells where a folder goes only when something is recorded of it.
func (t *checkpointTest) went() {
	b := t.enter("s", inbox, archive)
	t.wantWent("s", nil)
	t.begin(archive, 1, letter(b.ID, "1"))
	t.wantWent("s", map[string]string{inbox.Key(): archive.Key()})
	t.enter("s", inbox, inbox)
	t.wantWent("s", map[string]string{inbox.Key(): archive.Key()})
	other := t.enter("s", archive, inbox)
	t.settle(landed(letter(other.ID, "1"), inbox, 1)) // not durable yet
	both := map[string]string{inbox.Key(): archive.Key(), archive.Key(): inbox.Key()}
	t.wantWent("s", both)
	t.wantWent("t", nil)
	t.must(t.cp.Sync(t.Context()))
	t.cp = t.crash()
	t.wantWent("s", both)
	next := inbox
	next.Epoch = "2"
	n := t.enter("s", inbox, archive)
	renewed := t.enter("s", next, inbox)
	t.settle(landed(letter(renewed.ID, "1"), inbox, 2))
	t.settle(landed(letter(n.ID, "1"), archive, 2)) // of an earlier Enter
	both[inbox.Key()] = inbox.Key()
	t.wantWent("s", both)
}

func (t *checkpointTest) lean() {
	b := t.enter("s", inbox, archive)
	refused := letter(b.ID, "refused")
	refused.Fate, refused.Words = transfer.Refused, "NO [TOOBIG]"
	adrift := resent(landed(letter(b.ID, "adrift"), archive, 0))
	full := adrift
	full.Words = "OK"
	t.settle(refused, full)
	rs, err := t.cp.Unlinked(t.Context(), archive, archive.Epoch)
	t.must(err)
	if len(rs) != 1 {
		t.Fatalf("unlinked: got %d records, want 1", len(rs))
	}
	t.wantRecord(rs[0], adrift)
	next := inbox
	next.Epoch = "2"
	n := t.enter("s", next, archive)
	rs, err = t.cp.Former(t.Context(), n.ID)
	t.must(err)
	if len(rs) != 2 {
		t.Fatalf("former: got %d records, want 2", len(rs))
	}
	for _, r := range rs {
		if r.Words != "" {
			t.Errorf("former %q: got words %q, want none", r.ID, r.Words)
		}
		t.must(t.cp.Claim(t.Context(), n.ID, r, r.ID))
	}
	refused.Book = n.ID
	t.wantKnown(refused)
}

func ids(rs []transfer.Record) []string {
	var out []string
	for _, r := range rs {
		out = append(out, r.ID)
	}
	slices.Sort(out)
	return out
}

// letter is a record as the flow makes it before its bytes leave.
func letter(book int64, id string) transfer.Record {
	c := transfer.NewCanonical()
	fmt.Fprintf(c, "Subject: %s\r\n\r\nbody\r\n", id)
	d, n := c.Sum()
	return transfer.Record{
		Book: book, ID: id, Fate: transfer.Open, Size: n, Digest: d,
		Ident: transfer.Identify([]byte("Subject: " + id + "\r\n")),
		Flags: `$Forwarded \Seen`, Date: time.Date(2019, 3, 4, 5, 6, 7, 0, time.FixedZone("", 3600)),
	}
}

// letterAs is the letter made for old under another ID.
func letterAs(book int64, old, id string) transfer.Record {
	r := letter(book, old)
	r.ID = id
	return r
}

// landed is what becomes of r when the destination confirms it.
func landed(r transfer.Record, to transfer.Folder, uid uint32) transfer.Record {
	r.Fate, r.To, r.Epoch, r.UID = transfer.Copied, to.Key(), to.Epoch, uid
	return r
}

// resent is r when its bytes have left more than once.
func resent(r transfer.Record) transfer.Record {
	r.Resent = true
	return r
}
