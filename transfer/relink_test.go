package transfer

import (
	"fmt"
	"testing"
)

// One record speaks for all that stand for one message: the one whose date it has.
func TestByMessage(t *testing.T) {
	r := func(id string, fate Fate, epoch string, uid uint32) Record {
		return Record{ID: id, Fate: fate, Epoch: epoch, UID: uid}
	}
	firsts, more := byMessage([]Record{
		r("adopted", Adopted, "1", 5), r("copied", Copied, "1", 5), r("merged", Merged, "1", 5),
		r("earlier", Copied, "0", 5), r("no UID", Copied, "1", 0), r("nor this", Copied, "1", 0),
	})
	got := ""
	for i, f := range firsts {
		got += f.ID
		for _, m := range more[i] {
			got += " < " + m.ID
		}
		got += ", "
	}
	if want := "copied < adopted < merged, earlier, no UID, nor this, "; got != want || len(more) != 1 {
		t.Errorf("got %s with %s, want %s", got, fmt.Sprint(more), want)
	}
}
