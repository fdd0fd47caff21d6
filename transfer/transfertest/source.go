package transfertest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// SourceStore is a store that a test has filled for [Source]: several folders,
// at least one of them with three messages or more.
type SourceStore struct {
	// Open makes a session with the store.
	Open func(t *testing.T) transfer.Source
	// Folders are what it holds, messages in the order in which they are to be
	// listed.
	Folders []WantFolder
	// Flags, Dates and Sizes tell whether the protocol carries flags and
	// dates, and whether List knows the exact size of each message. A size of
	// -1 is always allowed without Sizes.
	Flags, Dates, Sizes bool
	// Snapshot answers something that differs when anything in the store
	// changed (names, bytes, flags); nil if the test cannot tell.
	Snapshot func(t *testing.T) string
	// Remove takes one message away behind the sessions' backs; nil if the
	// test cannot.
	Remove func(t *testing.T, f transfer.Folder, m transfer.Message)
	// Stalled opens a session whose Folders blocks until Close; nil if nothing
	// in this source can block.
	Stalled func(t *testing.T) transfer.Source
}

// WantFolder is what a folder of a [SourceStore] shall look like.
type WantFolder struct {
	Path     []string
	Role     transfer.Role
	Messages []WantMessage
}

// WantMessage is one message of a [WantFolder]; an empty ID is not compared.
type WantMessage struct {
	ID    string
	Body  []byte
	Flags []transfer.Flag
	Date  time.Time
	// Mended is what the source has to change to come to Body; nil is nothing.
	Mended *transfer.Mended
}

// Source tests what [transfer.Source] promises. Its last test removes a
// message from the store.
func Source(t *testing.T, store SourceStore) {
	before := ""
	if store.Snapshot != nil {
		before = store.Snapshot(t)
	}
	tests := []struct {
		name string
		run  func(*sourceTest)
	}{
		{"folders", (*sourceTest).folders},
		{"list", (*sourceTest).list},
		{"list in pieces", (*sourceTest).listInPieces},
		{"list briefly", (*sourceTest).listBriefly},
		{"fetch", (*sourceTest).fetchAll},
		{"fetch all, as it was told", (*sourceTest).fetchAsTold},
		{"fetch again and backwards", (*sourceTest).fetchBackwards},
		{"fetch nothing", (*sourceTest).fetchNothing},
		{"bodies left unread", (*sourceTest).unread},
		{"a message that never was", (*sourceTest).unknown},
		{"identify", (*sourceTest).identify},
		{"two sessions", (*sourceTest).twoSessions},
		{"cancelled", (*sourceTest).cancelled},
		{"closed", (*sourceTest).closed},
		{"close while blocked", (*sourceTest).closeBlocked},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) { tc.run(newSourceTest(t, store)) })
	}
	if store.Snapshot != nil {
		if after := store.Snapshot(t); after != before {
			t.Errorf("reading changed the source:\nbefore %s\nafter  %s", before, after)
		}
	}
	t.Run("vanished", func(t *testing.T) { newSourceTest(t, store).vanished() })
}

// sourceTest is one test of the suite on a session of its own.
type sourceTest struct {
	*testing.T
	store SourceStore
	src   transfer.Source
}

func newSourceTest(t *testing.T, store SourceStore) *sourceTest {
	st := &sourceTest{T: t, store: store}
	st.src = st.open()
	return st
}

func (t *sourceTest) open() transfer.Source {
	src := t.store.Open(t.T)
	t.Cleanup(func() { src.Close() })
	return src
}

// each calls do for each wanted folder and what the source tells of it.
func (t *sourceTest) each(do func(f transfer.Folder, want WantFolder)) {
	t.Helper()
	fs, err := t.src.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range t.store.Folders {
		i := slices.IndexFunc(fs, func(f transfer.Folder) bool { return slices.Equal(f.Path, want.Path) })
		if i < 0 {
			t.Fatalf("folder %q is missing", want.Path)
		}
		do(fs[i], want)
	}
}

// largest answers the folder with the most messages, and these.
func (t *sourceTest) largest() (transfer.Folder, []transfer.Message, WantFolder) {
	t.Helper()
	var best transfer.Folder
	var want WantFolder
	t.each(func(f transfer.Folder, w WantFolder) {
		if len(w.Messages) > len(want.Messages) {
			best, want = f, w
		}
	})
	if len(want.Messages) < 3 {
		t.Fatal("the suite needs a folder with three messages or more")
	}
	ms := t.listFrom(best, "", -1)
	if len(ms) != len(want.Messages) {
		t.Fatalf("list %q: got %d messages, want %d", best.Name(), len(ms), len(want.Messages))
	}
	return best, ms, want
}

// listFrom lists up to n messages after one, all if n is negative.
func (t *sourceTest) listFrom(f transfer.Folder, after string, n int) []transfer.Message {
	t.Helper()
	var out []transfer.Message
	for m, err := range t.src.List(t.Context(), f, after) {
		if err != nil {
			t.Fatalf("list %q after %q: %v", f.Name(), after, err)
		}
		if out = append(out, m); len(out) == n {
			break
		}
	}
	return out
}

// got is a [transfer.Fetched] with its body read.
type got struct {
	transfer.Fetched
	bytes []byte
}

// fetch fetches and reads all.
func (t *sourceTest) fetch(f transfer.Folder, ms []transfer.Message) []got {
	t.Helper()
	var out []got
	for x, err := range t.src.Fetch(t.Context(), f, ms) {
		if err != nil {
			t.Fatalf("fetch from %q: %v", f.Name(), err)
		}
		g := got{Fetched: x}
		if x.Err == nil {
			if g.bytes, err = io.ReadAll(x.Body); err != nil {
				t.Fatalf("read %q of %q: %v", x.ID, f.Name(), err)
			}
		}
		out = append(out, g)
	}
	if len(out) != len(ms) {
		t.Fatalf("fetch from %q: got %d, want %d", f.Name(), len(out), len(ms))
	}
	for i := range out {
		if out[i].ID != ms[i].ID {
			t.Fatalf("fetch from %q, number %d: got %q, want %q", f.Name(), i, out[i].ID, ms[i].ID)
		}
	}
	return out
}

func (t *sourceTest) wantBody(f transfer.Folder, g got, want WantMessage) {
	t.Helper()
	if g.Err != nil {
		t.Errorf("fetch %q of %q: %v", g.ID, f.Name(), g.Err)
		return
	}
	if !bytes.Equal(g.bytes, want.Body) {
		t.Errorf("bytes of %q of %q:\n got %s\nwant %s", g.ID, f.Name(), excerpt(g.bytes), excerpt(want.Body))
	}
	var mended, wantMended transfer.Mended
	if g.Mended != nil {
		mended = *g.Mended
	}
	if want.Mended != nil {
		wantMended = *want.Mended
	}
	if mended != wantMended {
		t.Errorf("mended in %q of %q: got %+v, want %+v", g.ID, f.Name(), mended, wantMended)
	}
}

func (t *sourceTest) wantGone(f transfer.Folder, g got) {
	t.Helper()
	if !errors.Is(g.Err, transfer.ErrVanished) || g.Body != nil {
		t.Errorf("fetch %q of %q, which is gone: got error %v, body %v, want ErrVanished alone", g.ID, f.Name(), g.Err, g.Body)
	}
}

// prompt fails unless do ends soon.
func (t *sourceTest) prompt(what string, do func()) {
	t.Helper()
	soon(t.T, what, do)
}

func soon(t *testing.T, what string, do func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	go func() {
		defer cancel()
		do()
	}()
	<-ctx.Done()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Fatalf("%s: still busy after 10 s", what)
	}
}

// excerpt is text short enough to print.
func excerpt(p []byte) string {
	if len(p) <= 300 {
		return quoted(p)
	}
	return quoted(p[:150]) + " ... " + quoted(p[len(p)-150:])
}
