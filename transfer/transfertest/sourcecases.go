package transfertest

import (
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/mailhaul/mailhaul/transfer"
)

func (t *sourceTest) folders() {
	fs, err := t.src.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(fs) != len(t.store.Folders) {
		t.Errorf("folders: got %q, want %d", paths(fs), len(t.store.Folders))
	}
	t.each(func(f transfer.Folder, want WantFolder) {
		if f.Role != want.Role {
			t.Errorf("role of %q: got %q, want %q", f.Path, f.Role, want.Role)
		}
		if f.Count != -1 && f.Count != len(want.Messages) {
			t.Errorf("count of %q: got %d, want %d", f.Path, f.Count, len(want.Messages))
		}
	})
	again, err := t.src.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(paths(again), paths(fs)) {
		t.Errorf("folders again: got %q, want %q", paths(again), paths(fs))
	}
	for i := range min(len(fs), len(again)) {
		if fs[i].Epoch != again[i].Epoch {
			t.Errorf("epoch of %q: got %q, then %q", fs[i].Path, fs[i].Epoch, again[i].Epoch)
		}
	}
}

func paths(fs []transfer.Folder) []string {
	var out []string
	for _, f := range fs {
		out = append(out, f.Name())
	}
	return out
}

func (t *sourceTest) list() {
	t.each(func(f transfer.Folder, want WantFolder) {
		ms := t.listFrom(f, "", -1)
		if len(ms) != len(want.Messages) {
			t.Fatalf("list %q: got %d messages, want %d", f.Name(), len(ms), len(want.Messages))
		}
		seen := make(map[string]bool)
		for i, m := range ms {
			if m.ID == "" || seen[m.ID] {
				t.Errorf("list %q, number %d: ID %q is empty or doubled", f.Name(), i, m.ID)
			}
			seen[m.ID] = true
			t.wantMessage(f, m, want.Messages[i])
		}
	})
}

// wantMessage compares what List told.
func (t *sourceTest) wantMessage(f transfer.Folder, m transfer.Message, want WantMessage) {
	t.Helper()
	if want.ID != "" && m.ID != want.ID {
		t.Errorf("list %q: got ID %q, want %q", f.Name(), m.ID, want.ID)
	}
	if t.store.Flags && !sameFlags(m.Flags, want.Flags) {
		t.Errorf("flags of %q of %q: got %q, want %q", m.ID, f.Name(), m.Flags, want.Flags)
	}
	if t.store.Dates && !m.Date.Equal(want.Date) {
		t.Errorf("date of %q of %q: got %v, want %v", m.ID, f.Name(), m.Date, want.Date)
	}
	if size := int64(len(want.Body)); t.store.Sizes && m.Size != size {
		t.Errorf("size of %q of %q: got %d, want %d", m.ID, f.Name(), m.Size, size)
	}
	if m.Size < -1 {
		t.Errorf("size of %q of %q: got %d", m.ID, f.Name(), m.Size)
	}
}

// sameFlags compares flags as a set.
func sameFlags(a, b []transfer.Flag) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func (t *sourceTest) listInPieces() {
	t.each(func(f transfer.Folder, want WantFolder) {
		whole := t.listFrom(f, "", -1)
		for _, step := range []int{1, 2} {
			after, n := "", 0
			for {
				piece := t.listFrom(f, after, step)
				if len(piece) == 0 {
					break
				}
				for _, m := range piece {
					if n >= len(whole) || m.ID != whole[n].ID {
						t.Fatalf("list %q by %d after %q, number %d: got %q, want the order of the whole list", f.Name(), step, after, n, m.ID)
					}
					after, n = m.ID, n+1
				}
			}
			if n != len(whole) {
				t.Errorf("list %q by %d: got %d messages, want %d", f.Name(), step, n, len(whole))
			}
		}
	})
}

func (t *sourceTest) fetchAll() {
	t.each(func(f transfer.Folder, want WantFolder) {
		for i, g := range t.fetch(f, t.listFrom(f, "", -1)) {
			t.wantBody(f, g, want.Messages[i])
		}
	})
}

// fetchAsTold tells the source that all will be fetched, does so, and goes on as if
// it had not been told.
func (t *sourceTest) fetchAsTold() {
	t.each(func(f transfer.Folder, want WantFolder) {
		f.All = true
		t.listFrom(f, "", 1)
		for _, ms := range [][]transfer.Message{t.listFrom(f, "", -1), t.listFrom(f, "", -1)} {
			for range 2 {
				for i, g := range t.fetch(f, ms) {
					t.wantBody(f, g, want.Messages[i])
				}
			}
		}
	})
}

func (t *sourceTest) fetchBackwards() {
	f, ms, want := t.largest()
	slices.Reverse(ms)
	for range 2 {
		for i, g := range t.fetch(f, ms) {
			t.wantBody(f, g, want.Messages[len(ms)-1-i])
		}
	}
	for i, m := range ms[:2] { // one at a time
		t.wantBody(f, t.fetch(f, []transfer.Message{m})[0], want.Messages[len(ms)-1-i])
	}
}

func (t *sourceTest) fetchNothing() {
	f, _, _ := t.largest()
	t.fetch(f, nil)
}

// unread reads every third body whole, every third to its half, the others not.
func (t *sourceTest) unread() {
	f, ms, want := t.largest()
	for first := range 3 {
		t.readThird(f, ms, want, first)
	}
}

func (t *sourceTest) readThird(f transfer.Folder, ms []transfer.Message, want WantFolder, first int) {
	n := 0
	for x, err := range t.src.Fetch(t.Context(), f, ms) {
		if err != nil || x.Err != nil {
			t.Fatalf("fetch number %d: %v, %v", n, err, x.Err)
		}
		w := want.Messages[n]
		switch (n + first) % 3 {
		case 1:
			if _, err := io.CopyN(io.Discard, x.Body, int64(len(w.Body)/2)); err != nil {
				t.Fatal(err)
			}
		case 2:
			p, err := io.ReadAll(x.Body)
			if err != nil {
				t.Fatal(err)
			}
			t.wantBody(f, got{x, p}, w)
		}
		n++
	}
	if n != len(ms) {
		t.Errorf("fetch: got %d, want %d", n, len(ms))
	}
}

// unknown asks for a message under an ID that no message has.
func (t *sourceTest) unknown() {
	f, ms, want := t.largest()
	gone := ms[1]
	gone.ID += "9999999"[:7-min(6, len(gone.ID))]
	gs := t.fetch(f, []transfer.Message{ms[0], gone, ms[2]})
	t.wantBody(f, gs[0], want.Messages[0])
	t.wantGone(f, gs[1])
	t.wantBody(f, gs[2], want.Messages[2])
}

func (t *sourceTest) identify() {
	id, ok := t.src.(transfer.Identifier)
	if !ok {
		t.Skip("this source is no Identifier")
	}
	t.each(func(f transfer.Folder, want WantFolder) {
		ms, n := t.listFrom(f, "", -1), 0
		for m, err := range id.Identify(t.Context(), f, ms) {
			if err != nil {
				t.Fatal(err)
			}
			if n >= len(ms) || m.ID != ms[n].ID {
				t.Fatalf("identify in %q, number %d: got %q out of order", f.Name(), n, m.ID)
			}
			if m.Ident != transfer.Identify(want.Messages[n].Body) {
				t.Errorf("identify %q of %q: differs from what the bytes say", m.ID, f.Name())
			}
			n++
		}
		if n != len(ms) {
			t.Errorf("identify in %q: got %d, want %d", f.Name(), n, len(ms))
		}
	})
}

// twoSessions lists with one session while the other fetches.
func (t *sourceTest) twoSessions() {
	f, ms, want := t.largest()
	other := &sourceTest{T: t.T, store: t.store}
	other.src = other.open()
	n := 0
	for m, err := range other.src.List(t.Context(), f, "") {
		if err != nil {
			t.Fatal(err)
		}
		t.wantBody(f, t.fetch(f, []transfer.Message{m})[0], want.Messages[n])
		n++
	}
	if n != len(ms) {
		t.Errorf("list beside a fetch: got %d, want %d", n, len(ms))
	}
}

func quoted(p []byte) string { return fmt.Sprintf("%q", p) }

// drainMessages reads a sequence to its end and answers its error.
func drainMessages(seq iter.Seq2[transfer.Message, error]) error {
	for _, err := range seq {
		if err != nil {
			return err
		}
	}
	return nil
}

// drainFetched reads all bodies, calls at before each, and answers the error
// of the sequence.
func drainFetched(seq iter.Seq2[transfer.Fetched, error], at func()) error {
	for x, err := range seq {
		if err != nil {
			return err
		}
		if x.Body != nil {
			at()
			_, _ = io.Copy(io.Discard, x.Body) // a cut shows in the sequence
		}
	}
	return nil
}
