package transfertest

import (
	"slices"

	"github.com/mailhaul/mailhaul/transfer"
)

// unmake: a folder goes when nothing is in it, nothing below it, and nobody else has
// ever put anything there.
func (t *destTest) unmake() {
	remover, ok := t.dst.(transfer.Unmaker)
	if !ok {
		t.Skip("this destination is no Unmaker")
	}
	deep := t.at(t.folder.Path[len(t.folder.Path)-1], "below")
	below := t.mustOpen(deep)
	box := t.mustOpen(t.folder)
	ls := letters(0, 2)
	t.send(ls)
	next := t.mustOpen(t.folder).Next
	stays := func(f transfer.Folder, epoch string, next uint32, what string) {
		t.Helper()
		if removed, why, err := remover.Unmake(t.Context(), f, epoch, next); err != nil || removed || why == "" {
			t.Errorf("%s: got %v, %q, %v, want a reason to stay", what, removed, why, err)
		}
	}
	stays(t.folder, box.Epoch, next, "with mail in it")
	held := t.wantHeld(ls)
	t.mustOpen(t.folder)
	if err := t.dst.(transfer.Remover).Remove(t.Context(), t.folder, []uint32{held[0].UID, held[1].UID}); err != nil {
		t.Fatal(err)
	}
	stays(t.folder, box.Epoch, next, "with a folder below it")
	goes := func(f transfer.Folder, epoch string, next uint32) {
		t.Helper()
		if removed, why, err := remover.Unmake(t.Context(), f, epoch, next); err != nil || !removed || why != "" {
			t.Fatalf("%s: got %v, %q, %v, want it removed", f.Name(), removed, why, err)
		}
	}
	goes(deep, below.Epoch, below.Next)
	stays(t.folder, box.Epoch+"1", next, "of another epoch")
	stays(t.folder, box.Epoch, next-1, "that others have used")
	goes(t.folder, box.Epoch, next)
	if removed, why, err := remover.Unmake(t.Context(), t.folder, box.Epoch, next); err != nil || removed || why != "" {
		t.Errorf("not there: got %v, %q, %v", removed, why, err)
	}
	if again := t.mustOpen(t.folder); !again.Created {
		t.Errorf("it was not removed: got %+v", again)
	}
	// What came with a folder below it goes with it.
	t.dst = t.open()
	remover = t.dst.(transfer.Unmaker)
	deepest := append(slices.Clone(deep.Path), "deep")
	box = t.mustOpen(transfer.Folder{Path: deepest})
	if len(box.Above) != 1 || !slices.Equal(box.Above[0], deep.Path) {
		t.Fatalf("made above: got %q, want %q", box.Above, deep.Path)
	}
	if removed, _, err := remover.Unmake(t.Context(), deep, "", 0); err != nil || removed {
		t.Errorf("above others: got %v, %v, want it to stay", removed, err)
	}
	goes(transfer.Folder{Path: deepest}, box.Epoch, 1)
	if _, why, err := remover.Unmake(t.Context(), deep, "", 0); err != nil || why != "" {
		t.Errorf("above: got %q, %v, want it gone", why, err)
	}
}
