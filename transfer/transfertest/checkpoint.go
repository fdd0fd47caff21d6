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
		{"pending in order", (*checkpointTest).pendingOrder},
		{"window survives a crash", (*checkpointTest).windowDurable},
		{"settled before begin survives a crash", (*checkpointTest).settleDurable},
		{"synced survives a crash", (*checkpointTest).syncDurable},
		{"settle leaves what is empty untouched", (*checkpointTest).partial},
		{"settle without begin", (*checkpointTest).unannounced},
		{"begin again", (*checkpointTest).again},
		{"pending by folder", (*checkpointTest).pending},
		{"linked and unlinked", (*checkpointTest).links},
		{"foreign to a folder", (*checkpointTest).foreign},
		{"gone from a source", (*checkpointTest).gone},
		{"census", (*checkpointTest).census},
		{"doubtful", (*checkpointTest).doubtful},
		{"doubt survives a second sending", (*checkpointTest).doubtAgain},
		{"where folders went", (*checkpointTest).went},
		{"open folder of a book", (*checkpointTest).openFolder},
		{"claim after an epoch", (*checkpointTest).claim},
		{"sent of a book", (*checkpointTest).sent},
		{"renumbered under one epoch", (*checkpointTest).renumbered},
		{"many records come without words", (*checkpointTest).lean},
		{"finish", (*checkpointTest).finish},
		{"deletions", (*checkpointTest).deletions},
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

func ids(rs []transfer.Record) []string {
	return slices.Sorted(slices.Values(idsInOrder(rs)))
}

func idsInOrder(rs []transfer.Record) []string {
	var out []string
	for _, r := range rs {
		out = append(out, r.ID)
	}
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
