package transfertest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// DestStore is an empty place that mail goes to, for [Dest].
type DestStore struct {
	// Open makes a session with it.
	Open func(t *testing.T) transfer.Dest
	// Root is the path below which the suite makes its folders; nil is the top.
	Root []string
	// Inspect answers what a folder holds in the order in which the server
	// tells it, by another way than the sessions where there is one.
	Inspect func(t *testing.T, path []string) []Stored
	// AnyOrder tells that letters may stand in any order ([transfer.Wide]).
	AnyOrder bool
	// UIDs tells that receipts carry UIDs (UIDPLUS).
	UIDs bool
	// Keywords tells that it keeps keywords besides the system flags.
	Keywords bool
	// Dates tells that Inspect answers the date of arrival.
	Dates bool
	// Refused makes a letter that it refuses, nil if it takes all.
	Refused func(t *testing.T) *transfer.Letter
	// RefusedName is a path that it will not create, nil if it takes all.
	RefusedName []string
	// Stalled opens a session whose Site blocks until Close; nil if the test
	// has none.
	Stalled func(t *testing.T) transfer.Dest
}

// Dest tests what [transfer.Dest] promises, and the powers of
// [transfer.Remover], [transfer.Unmaker] and [transfer.Reflagger] if a session has
// them.
func Dest(t *testing.T, store DestStore) {
	tests := []struct {
		name string
		run  func(*destTest)
	}{
		{"site", (*destTest).site},
		{"open creates with parents", (*destTest).creates},
		{"open refuses a name", (*destTest).refusesName},
		{"append", (*destTest).append},
		{"append nothing", (*destTest).appendNothing},
		{"append again", (*destTest).appendAgain},
		{"window by window", (*destTest).windowByWindow},
		{"leave append early", (*destTest).leaveEarly},
		{"refused letter", (*destTest).refusedLetter},
		{"flags and dates", (*destTest).flagsAndDates},
		{"stored", (*destTest).stored},
		{"read", (*destTest).read},
		{"remove", (*destTest).remove},
		{"unmake", (*destTest).unmake},
		{"reflag", (*destTest).reflag},
		{"cancelled", (*destTest).cancelled},
		{"closed", (*destTest).closed},
		{"close while blocked", (*destTest).closeBlocked},
	}
	for i, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			dt := &destTest{T: t, store: store}
			dt.dst = dt.open()
			dt.folder = dt.at(fmt.Sprintf("Contract %d", i))
			tc.run(dt)
		})
	}
}

// destTest is one test of the suite on a session and a folder of its own.
type destTest struct {
	*testing.T
	store  DestStore
	dst    transfer.Dest
	folder transfer.Folder
}

func (t *destTest) open() transfer.Dest {
	t.Helper()
	dst := t.store.Open(t.T)
	t.Cleanup(func() { dst.Close() })
	return dst
}

// at is the folder of that path below the root.
func (t *destTest) at(path ...string) transfer.Folder {
	return transfer.Folder{Path: append(slices.Clone(t.store.Root), path...)}
}

func (t *destTest) mustOpen(f transfer.Folder) transfer.Mailbox {
	t.Helper()
	m, err := t.dst.Open(t.Context(), f)
	if err != nil {
		t.Fatalf("open %q: %v", f.Name(), err)
	}
	return m
}

// send appends windows and answers the receipts, one for each letter.
func (t *destTest) send(windows ...[]*transfer.Letter) []transfer.Receipt {
	t.Helper()
	var rs []transfer.Receipt
	for r, err := range t.dst.Append(t.Context(), t.folder, each(windows)) {
		if err != nil {
			t.Fatalf("append: %v", err)
		}
		rs = append(rs, r)
	}
	t.wantReceipts(rs, slices.Concat(windows...))
	return rs
}

// each is a sequence of windows.
func each(windows [][]*transfer.Letter) func(func([]*transfer.Letter) bool) {
	return func(yield func([]*transfer.Letter) bool) {
		for _, w := range windows {
			if !yield(w) {
				return
			}
		}
	}
}

// wantReceipts wants one for each letter, in any order.
func (t *destTest) wantReceipts(rs []transfer.Receipt, letters []*transfer.Letter) {
	t.Helper()
	if len(rs) != len(letters) {
		t.Fatalf("receipts: got %d, want %d", len(rs), len(letters))
	}
	uids := make(map[uint32]bool)
	seen := make(map[*transfer.Letter]bool)
	for _, r := range rs {
		if seen[r.Letter] || !slices.Contains(letters, r.Letter) {
			t.Fatalf("receipt for a letter that is doubled or was never sent: %+v", r)
		}
		seen[r.Letter] = true
		if r.Err != nil {
			continue
		}
		if (r.UID != 0) != t.store.UIDs || uids[r.UID] && r.UID != 0 {
			t.Errorf("receipt of %q: got UID %d, doubled %v; the destination tells UIDs: %v", r.Letter.ID, r.UID, uids[r.UID], t.store.UIDs)
		}
		uids[r.UID] = true
	}
}

// wantHeld compares the folder's content with letters. Where the store keeps no
// order they are brought into that of the folder, for the caller, too.
func (t *destTest) wantHeld(letters []*transfer.Letter) []Stored {
	t.Helper()
	held := t.store.Inspect(t.T, t.folder.Path)
	if len(held) != len(letters) {
		t.Fatalf("folder %q: got %d messages, want %d", t.folder.Name(), len(held), len(letters))
	}
	if t.store.AnyOrder {
		copy(letters, inOrderOf(held, letters))
	}
	last := uint32(0)
	for i, m := range held {
		if want := text(letters[i]); !bytes.Equal(m.Body, want) {
			t.Errorf("message %d:\n got %s\nwant %s", i, excerpt(m.Body), excerpt(want))
		}
		if m.UID <= last {
			t.Errorf("message %d: got UID %d after %d", i, m.UID, last)
		}
		last = m.UID
	}
	return held
}

// inOrderOf brings letters into the order in which they are held, those that are
// not held to the places left.
func inOrderOf(held []Stored, letters []*transfer.Letter) []*transfer.Letter {
	rest := slices.Clone(letters)
	out := make([]*transfer.Letter, len(held))
	for i, m := range held {
		if k := slices.IndexFunc(rest, func(l *transfer.Letter) bool { return bytes.Equal(text(l), m.Body) }); k >= 0 {
			out[i] = rest[k]
			rest = slices.Delete(rest, k, k+1)
		}
	}
	for i := range out {
		if out[i] == nil {
			out[i], rest = rest[0], rest[1:]
		}
	}
	return out
}

// letters makes n letters of several sizes, all with exact line ends.
func letters(from, n int) []*transfer.Letter {
	var out []*transfer.Letter
	for i := from; i < from+n; i++ {
		head := fmt.Sprintf("Message-ID: <%d@contract>\r\nFrom: a@b\r\nSubject: n\xc3\xbcmber %d\r\n\r\n", i, i)
		body := strings.Repeat(fmt.Sprintf(".line of %d\r\n", i), i%7*300)
		out = append(out, newLetter(fmt.Sprint(i), head+body+"A1 LOGOUT\r\n.\r\n"))
	}
	return out
}

func newLetter(id, text string) *transfer.Letter {
	c := transfer.NewCanonical()
	_, _ = io.WriteString(c, text)
	l := &transfer.Letter{Body: strings.NewReader(text)}
	l.Digest, l.Canon = c.Sum()
	l.ID, l.Size, l.Ident = id, int64(len(text)), transfer.Identify([]byte(text))
	l.Date = time.Date(2015, 10, 21, 7, 28, 0, 0, time.FixedZone("", -7*3600))
	return l
}

// text is what a letter holds.
func text(l *transfer.Letter) []byte {
	var b bytes.Buffer
	_, err := l.Body.Seek(0, io.SeekStart)
	if err == nil {
		_, err = b.ReadFrom(l.Body)
	}
	if err == nil {
		_, err = l.Body.Seek(0, io.SeekStart)
	}
	if err != nil {
		panic(errors.New("letter of the suite cannot be read: " + err.Error()))
	}
	return b.Bytes()
}

// byUID answers the message of a UID.
func byUID(ms []Stored, uid uint32) (Stored, bool) {
	i := slices.IndexFunc(ms, func(m Stored) bool { return m.UID == uid })
	if i < 0 {
		return Stored{}, false
	}
	return ms[i], true
}
