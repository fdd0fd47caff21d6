package transfertest

import (
	"cmp"
	"reflect"

	"github.com/mailhaul/mailhaul/transfer"
)

// listBriefly lists folders in which nothing has happened since: whole and in
// pieces the same messages are named in the same order, and what is told of them
// is true.
func (t *sourceTest) listBriefly() {
	t.each(func(f transfer.Folder, want WantFolder) {
		whole := t.listFrom(f, "", -1)
		f.Since = cmp.Or(f.State, f.Mark, "nonsense")
		for _, step := range []int{-1, 1, 2} {
			var all []transfer.Message
			after := ""
			for {
				piece := t.listFrom(f, after, step)
				if all = append(all, piece...); step < 0 || len(piece) == 0 {
					break
				}
				after = piece[len(piece)-1].ID
			}
			if len(all) != len(whole) {
				t.Fatalf("list %q briefly by %d: got %d messages, want %d", f.Name(), step, len(all), len(whole))
			}
			for i, m := range all {
				if want := shortened(whole[i], m.Brief); !reflect.DeepEqual(m, want) {
					t.Fatalf("list %q briefly by %d, number %d: got %+v, want %+v", f.Name(), step, i, m, want)
				}
			}
		}
	})
}

// shortened is m as it is told in brief.
func shortened(m transfer.Message, b transfer.Brief) transfer.Message {
	if b == 0 {
		return m
	}
	out := transfer.Message{ID: m.ID, UID: m.UID, Size: -1, Brief: b}
	if b == transfer.Undated {
		out.Flags = m.Flags
	}
	return out
}
