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
				if last := piece[len(piece)-1]; last.Upto > 0 {
					after = transfer.ID(last.Upto)
				} else {
					after = last.ID
				}
			}
			all = oneByOne(all)
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

// oneByOne is a list with each message of a span by itself.
func oneByOne(ms []transfer.Message) (all []transfer.Message) {
	for _, m := range ms {
		low, ok := transfer.Number(m.ID)
		high := m.Upto
		if m.Upto = 0; high == 0 || !ok {
			all = append(all, m)
			continue
		}
		for n := range transfer.Numbers([]transfer.Span{{Low: low, High: high}}) {
			m.ID = transfer.ID(n)
			all = append(all, m)
		}
	}
	return all
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
