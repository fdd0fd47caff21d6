package transfer

import (
	"slices"
)

// matched is a source message with what stands for it at the destination. One
// of both is nil where the other has no mate.
type matched struct {
	a, b  *slip
	bytes bool   // they are known to differ
	words string // more about it
}

// matchHere matches a lot of one destination folder. What has a mate that is
// beyond doubt is done; the rest is left for elsewhere.
func (v *verification) matchHere(as, bs []*slip) error {
	for _, a := range as {
		v.countIn(a)
	}
	m := v.matching(as, bs)
	if err := m.here(v.feed); err != nil {
		return err
	}
	var out []matched
	for i, j := range m.mate {
		out = append(out, matched{a: as[i], b: bs[j]})
	}
	if err := v.settle(out); err != nil {
		return err
	}
	for i, a := range as {
		if _, ok := m.mate[i]; !ok && !a.left {
			if err := v.left.missing.add(identLot(a), a); err != nil {
				return err
			}
		}
	}
	known := map[Ident]bool{}
	for _, a := range as {
		known[a.ident] = true
	}
	for j, b := range bs {
		if !m.used[j] {
			b.twin = known[b.ident]
			if err := v.left.surplus.add(identLot(b), b); err != nil {
				return err
			}
		}
	}
	v.sum.There += len(bs)
	return nil
}

func (v *verification) countIn(a *slip) {
	if a.digest != (Digest{}) {
		v.sum.Digested++
		v.sum.Read += a.size
	}
	if a.left {
		v.sum.Skipped++
	} else {
		v.sum.Messages++
	}
}

// matchElsewhere matches what was left over in all folders: first the same
// message in another folder, then the same headers with other bytes. What has no
// mate yet goes on to be matched by its looks.
func (v *verification) matchElsewhere(as, bs []*slip, missing, surplus *pile) error {
	m := v.matching(as, bs)
	if err := m.here(v.feed); err != nil {
		return err
	}
	var out []matched
	for i, j := range m.mate {
		out = append(out, matched{a: as[i], b: bs[j]})
	}
	if err := v.settle(out); err != nil {
		return err
	}
	if err := v.settleKin(m.kindred(v)); err != nil {
		return err
	}
	for i, a := range as {
		if _, ok := m.mate[i]; !ok {
			if err := missing.add(lookLot(a, v.places[a.at].to.Key()), a); err != nil {
				return err
			}
		}
	}
	for j, b := range bs {
		if !m.used[j] && !v.places[b.at].spare {
			if err := surplus.add(lookLot(b, v.places[b.at].to.Key()), b); err != nil {
				return err
			}
		}
	}
	return nil
}

// shape is how large a message is, and in which folder.
type shape struct {
	to   string
	size int64
}

// matchLooks is the last try: equal size and date in one folder, and yet another
// identity. Then a header was changed, or a side reads an odd one differently.
func (v *verification) matchLooks(as, bs []*slip) error {
	there := map[shape][]int{}
	for j, b := range bs {
		l := shape{v.at(b).to.Key(), b.size}
		there[l] = append(there[l], j)
	}
	m := v.matching(as, bs)
	alike := func(i int) (js []int) {
		for _, j := range there[shape{v.at(as[i]).to.Key(), as[i].size}] {
			if !m.used[j] && (as[i].when == 0 || as[i].when == bs[j].when) {
				js = append(js, j)
			}
		}
		return js
	}
	var ia, ib []int
	for i, a := range as {
		if js := alike(i); len(js) > 0 && a.size > 0 {
			ia, ib = append(ia, i), append(ib, js...)
		}
	}
	slices.Sort(ib)
	if err := m.byDigest(v.feed, ia, slices.Compact(ib)); err != nil {
		return err
	}
	var out, kin []matched
	for i, j := range m.mate {
		out = append(out, matched{a: as[i], b: bs[j]})
	}
	for _, i := range ia {
		if js := alike(i); len(js) == 1 && as[i].when != 0 && m.free(i, js[0]) {
			m.take(i, js[0])
			kin = append(kin, matched{a: as[i], b: bs[js[0]]})
		}
	}
	for i, a := range as {
		if _, done := m.mate[i]; !done {
			out = append(out, matched{a: a})
		}
	}
	for j, b := range bs {
		if !m.used[j] && !v.audit.OneWay {
			out = append(out, matched{b: b})
		}
	}
	if err := v.settle(out); err != nil {
		return err
	}
	return v.settleKin(kin)
}

// at is the folder of a slip.
func (v *verification) at(s *slip) *place { return v.places[s.at] }
