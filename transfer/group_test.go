package transfer

import (
	"slices"
	"testing"
)

func TestGroupsAreByIdentity(t *testing.T) {
	a, b, none := Ident{1}, Ident{1, 0, 2}, Ident{}
	h := &hand{}
	for _, id := range []Ident{b, a, none, b, a, b} {
		h.add(card{ident: id}, Digest{})
	}
	g := group(h)
	for _, tc := range []struct {
		id   Ident
		want []int
	}{{a, []int{1, 4}}, {b, []int{0, 3, 5}}, {none, []int{2}}, {Ident{0, 1}, nil}, {Ident{9}, nil}} {
		if got := g.of(tc.id); !slices.Equal(got, tc.want) {
			t.Errorf("%x: got positions %v, want %v", tc.id, got, tc.want)
		}
	}
	_ = append(g.of(a), 7) // somebody's own
	if got := g.of(b); !slices.Equal(got, []int{0, 3, 5}) {
		t.Errorf("after a group had grown: got %v for the next one, want what it had", got)
	}
	if got := group(&hand{}).of(a); len(got) != 0 {
		t.Errorf("of nobody: got %v", got)
	}
}
