package checkpoint

import (
	"slices"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

// TestUndone: what is taken back is counted in the transaction that forgets it, and
// a job knows which folders it has made, and which copies are spoiled.
func TestUndone(t *testing.T) {
	o := options(t)
	l := mustOpen(t, o)
	b := enter(t, l, inbox, archive)
	var rs []transfer.Record
	for i, id := range []string{"1", "2", "3"} {
		rs = append(rs, landed(letter(b.ID, id), archive, uint32(i+1)))
	}
	settle(t, l, rs...)
	for _, err := range []error{
		l.Made(t.Context(), archive, archive.Epoch), l.Made(t.Context(), archive, archive.Epoch),
		l.Filled(t.Context(), archive, archive.Epoch, 4), l.Filled(t.Context(), archive, archive.Epoch, 1),
		l.Spoil(t.Context(), archive, archive.Epoch, 9), l.Sync(t.Context()),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got, err := l.Linked(t.Context(), archive, archive.Epoch); err != nil || !slices.Equal(got, []uint32{1, 2, 3, 9}) {
		t.Errorf("linked: got %v, %v, want the spoiled one, too", got, err)
	}
	u, err := l.BeginUndo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Forget(t.Context(), rs[:1], rs[1:2]); err != nil {
		t.Fatal(err)
	}
	// As a kill would leave it.
	o = leftovers(t, o)
	again := mustOpen(t, o)
	s, err := Read(o.Path())
	if err != nil || len(s.Undone) != 1 || !s.Undone[0].Ended.IsZero() || s.Undone[0].Removed != 1 || s.Undone[0].Released != 1 || s.Undone[0].Bytes != rs[0].Size {
		t.Errorf("got %+v, %v, want one that was cut off", s.Undone, err)
	}
	if got, err := again.Linked(t.Context(), archive, archive.Epoch); err != nil || !slices.Equal(got, []uint32{3, 9}) {
		t.Errorf("linked: got %v, %v, want 3 and the spoiled one", got, err)
	}
	if err := u.End(1, 2); err != nil {
		t.Fatal(err)
	}
	j, err := ReadJournal(l.path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	all, err := j.Undone(t.Context())
	if err != nil || len(all) != 1 || all[0].Ended.Before(all[0].Begun) || all[0].Kept != 1 || all[0].Folders != 2 {
		t.Errorf("got %+v, %v, want one that ended", all, err)
	}
	if got, err := j.Linked(t.Context(), archive, archive.Epoch); err != nil || !slices.Equal(got, []uint32{3}) {
		t.Errorf("the journal's linked: got %v, %v, want what has arrived alone", got, err)
	}
	if got, err := j.Spoiled(t.Context(), archive, archive.Epoch); err != nil || !slices.Equal(got, []uint32{9}) {
		t.Errorf("spoiled: got %v, %v, want 9", got, err)
	}
	made, err := j.Made(t.Context())
	if err != nil || !slices.Equal(made, []transfer.MadeFolder{{To: archive.Key(), Epoch: archive.Epoch, Next: 4}}) {
		t.Errorf("made: got %+v, %v", made, err)
	}
	if err := l.Unmade(t.Context(), archive, archive.Epoch); err != nil {
		t.Fatal(err)
	}
	if err := l.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if made, err := j.Made(t.Context()); err != nil || len(made) != 0 {
		t.Errorf("unmade: got %+v, %v, want none", made, err)
	}
}
