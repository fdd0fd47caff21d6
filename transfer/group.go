package transfer

import (
	"bytes"
	"cmp"
	"slices"
)

// groups are the positions of cards by identity. There may be as many as a folder has
// messages: a number each is all that is held.
type groups struct {
	cards []card
	order []int // positions, by identity and then rising
}

// group sorts a hand.
func group(h *hand) groups {
	g := groups{h.cards, make([]int, len(h.cards))}
	for i := range g.order {
		g.order[i] = i
	}
	slices.SortFunc(g.order, func(i, j int) int {
		return cmp.Or(bytes.Compare(g.cards[i].ident[:], g.cards[j].ident[:]), cmp.Compare(i, j))
	})
	return g
}

// of are those of one identity, rising. Nobody may change them.
func (g groups) of(id Ident) []int {
	from, _ := slices.BinarySearchFunc(g.order, id, func(i int, id Ident) int {
		return bytes.Compare(g.cards[i].ident[:], id[:])
	})
	to, _ := slices.BinarySearchFunc(g.order[from:], id, func(i int, id Ident) int {
		return cmp.Or(bytes.Compare(g.cards[i].ident[:], id[:]), -1)
	})
	return slices.Clip(g.order[from : from+to])
}
