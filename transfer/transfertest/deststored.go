package transfertest

import (
	"slices"

	"github.com/mailhaul/mailhaul/transfer"
)

func (t *destTest) stored() {
	t.mustOpen(t.folder)
	ls := letters(0, 8)
	t.send(ls)
	held := t.wantHeld(ls)
	for _, tc := range []struct {
		name  string
		from  uint32
		known []int
		want  []int
	}{
		{"all", 1, nil, []int{0, 1, 2, 3, 4, 5, 6, 7}},
		{"from the third", held[2].UID, nil, []int{2, 3, 4, 5, 6, 7}},
		{"less the known", held[1].UID, []int{3, 7}, []int{1, 2, 4, 5, 6}},
		{"all known", 1, []int{0, 1, 2, 3, 4, 5, 6, 7}, nil},
		{"beyond the end", held[7].UID + 1, nil, nil},
	} {
		var told, there, known []transfer.Span
		for i, m := range held {
			if m.UID >= tc.from {
				there = transfer.Join(there, transfer.Span{Low: m.UID, High: m.UID})
			}
			if slices.Contains(tc.known, i) {
				known = transfer.Join(known, transfer.Span{Low: m.UID, High: m.UID})
			}
		}
		pick := func(spans []transfer.Span) ([]transfer.Span, error) {
			told = slices.Clone(spans)
			return transfer.Less(spans, known), nil
		}
		var got []transfer.Message
		for m, err := range t.dst.Stored(t.Context(), t.folder, tc.from, pick) {
			if err != nil {
				t.Fatalf("%s: %v", tc.name, err)
			}
			got = append(got, m)
		}
		if !slices.Equal(told, there) {
			t.Errorf("%s: told that %v are there, want %v", tc.name, told, there)
		}
		if len(got) != len(tc.want) {
			t.Fatalf("%s: got %d messages, want %d", tc.name, len(got), len(tc.want))
		}
		for i, k := range tc.want {
			if m := got[i]; m.UID != held[k].UID || m.Size != ls[k].Size || m.Ident != ls[k].Ident {
				t.Errorf("%s, message %d: got UID %d, size %d, ident %x, want %d, %d, %x",
					tc.name, i, m.UID, m.Size, m.Ident, held[k].UID, ls[k].Size, ls[k].Ident)
			}
		}
	}
}
