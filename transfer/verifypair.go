package transfer

import (
	"context"
	"slices"
)

// matching is a [pairing] of slips.
type matching struct {
	*pairing
	as, bs []*slip
	bytes  bool // all digests are known that can be
}

func (v *verification) matching(as, bs []*slip) *matching {
	return &matching{pairing: newPairing(v.hand(as), v.hand(bs)), as: as, bs: bs, bytes: v.audit.Bytes}
}

// hand is slips as one side of a pairing.
func (v *verification) hand(slips []*slip) *hand {
	h := &hand{}
	for _, s := range slips {
		h.add(newCard(s.ident, s.size, s.date(), s.flags), s.digest)
	}
	h.read = func(ctx context.Context, at []int) error {
		some := make([]*slip, len(at))
		for k, i := range at {
			some[k] = slips[i]
		}
		if err := v.readDigests(ctx, some); err != nil {
			return err
		}
		for k, i := range at {
			if some[k].digest != (Digest{}) {
				h.know(i, some[k].digest)
			}
		}
		return nil
	}
	return h
}

// here pairs what is equal. At the level of bytes the digests say so; else
// identity, size and date, and the digests only where these leave a doubt.
func (m *matching) here(ctx context.Context) error {
	if m.bytes {
		as, bs := m.kin()
		if err := m.byDigest(ctx, as, bs); err != nil {
			return err
		}
	}
	m.byLook()
	m.alone()
	if m.bytes {
		return nil
	}
	as, bs := m.doubts()
	return m.byDigest(ctx, as, bs)
}

// mates reports whether two may be paired without their digests, which would say
// so or otherwise.
func (m *matching) mates(i, j int) bool {
	da, knownA := m.a.digest[i]
	db, knownB := m.b.digest[j]
	return m.free(i, j) && (!knownA || !knownB || da == db)
}

// byLook pairs those of equal identity, size and date where as many stand on one
// side as on the other, those with equal flags first.
func (m *matching) byLook() {
	type seen struct {
		ident      Ident
		size, when int64
	}
	groups := map[seen][2][]int{}
	for side, h := range [...]*hand{m.a, m.b} {
		for i, c := range h.cards {
			_, done := m.mate[i]
			if side == 1 {
				done = m.used[i]
			}
			if done || c.when == 0 || c.size < 0 || c.ident == (Ident{}) {
				continue
			}
			g := groups[seen{c.ident, c.size, c.when}]
			g[side] = append(g[side], i)
			groups[seen{c.ident, c.size, c.when}] = g
		}
	}
	for _, g := range groups {
		if len(g[0]) != len(g[1]) {
			continue
		}
		for like := 2; like >= 1; like-- {
			for _, i := range g[0] {
				at := slices.IndexFunc(g[1], func(j int) bool {
					return m.mates(i, j) && likeness(m.a.cards[i], m.b.cards[j]) >= like
				})
				if at >= 0 {
					m.take(i, g[1][at])
				}
			}
		}
	}
}

// alone pairs those of a strong identity that stand once on each side, with one
// size, whatever their dates are.
func (m *matching) alone() {
	left, right := m.byIdent()
	for id, is := range left {
		js := right[id]
		if id.Strong() && len(is) == 1 && len(js) == 1 && m.mates(is[0], js[0]) && sameSize(m.a.cards[is[0]], m.b.cards[js[0]]) {
			m.take(is[0], js[0])
		}
	}
}

// byIdent are those that have no mate yet.
func (m *matching) byIdent() (left, right map[Ident][]int) {
	left, right = map[Ident][]int{}, map[Ident][]int{}
	for i, c := range m.a.cards {
		if _, done := m.mate[i]; !done && c.ident != (Ident{}) {
			left[c.ident] = append(left[c.ident], i)
		}
	}
	for j, c := range m.b.cards {
		if !m.used[j] && len(left[c.ident]) > 0 {
			right[c.ident] = append(right[c.ident], j)
		}
	}
	return left, right
}

// doubts are those of one identity that only their bytes can tell apart: of equal
// sizes, or several.
func (m *matching) doubts() (as, bs []int) {
	left, right := m.byIdent()
	for id, is := range left {
		js := right[id]
		if len(js) == 0 {
			continue
		}
		several := len(is) > 1 || len(js) > 1
		if several || sameSize(m.a.cards[is[0]], m.b.cards[js[0]]) || m.a.cards[is[0]].size < 0 {
			as, bs = append(as, is...), append(bs, js...)
		}
	}
	return as, bs
}

// kindred pairs what is left and has one identity: its bytes were changed, or
// only its line ends. Those of one folder come first, then those of one date.
func (m *matching) kindred(v *verification) (kin []matched) {
	left, right := m.byIdent()
	for id, is := range left {
		for like := 3; like >= 0; like-- {
			for _, i := range is {
				at := slices.IndexFunc(right[id], func(j int) bool { return m.free(i, j) && m.kinship(v, i, j) >= like })
				if at >= 0 {
					j := right[id][at]
					m.take(i, j)
					kin = append(kin, matched{a: m.as[i], b: m.bs[j]})
				}
			}
		}
	}
	return kin
}

// kinship is 2 for the same folder, and 1 more for the same date.
func (m *matching) kinship(v *verification, i, j int) (n int) {
	if v.at(m.as[i]).to.Key() == v.at(m.bs[j]).to.Key() {
		n = 2
	}
	if m.a.cards[i].when == m.b.cards[j].when {
		n++
	}
	return n
}
