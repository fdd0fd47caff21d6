package transfer

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tellPage is how many differences are looked up and told at a time.
const tellPage = 256

// settle counts what is equal and tells what is not.
func (v *verification) settle(ms []matched) error {
	var differ []matched
	for _, m := range ms {
		if m.a != nil && m.a.left {
			continue
		}
		if m.a != nil && m.b != nil && v.audit.Matched != nil {
			if err := v.audit.Matched(v.match(m)); err != nil {
				return &localError{err}
			}
		}
		if v.equal(m) {
			v.sum.Equal++
		} else {
			differ = append(differ, m)
		}
	}
	slices.SortFunc(differ, v.inOrder)
	for page := range slices.Chunk(differ, tellPage) {
		heads, err := v.heads(page)
		if err != nil {
			return err
		}
		if err := v.tell(page, heads); err != nil {
			return err
		}
	}
	return nil
}

// settleKin settles pairs of which it is not known whether their bytes differ.
func (v *verification) settleKin(kin []matched) error {
	slices.SortFunc(kin, v.inOrder)
	for page := range slices.Chunk(kin, tellPage) {
		if err := v.differing(page); err != nil {
			return err
		}
		if err := v.settle(page); err != nil {
			return err
		}
	}
	return nil
}

// inOrder: folder by folder, the oldest first.
func (v *verification) inOrder(x, y matched) int {
	s, t := x.either(), y.either()
	return cmp.Or(
		cmp.Compare(v.at(s).to.Key(), v.at(t).to.Key()), cmp.Compare(s.at, t.at),
		cmp.Compare(s.when, t.when), cmp.Compare(len(s.id), len(t.id)), strings.Compare(s.id, t.id),
	)
}

// either is the source's slip, or what stands there alone.
func (m matched) either() *slip {
	if m.a != nil {
		return m.a
	}
	return m.b
}

// differing finds out whether pairs differ in their bytes. Different headers tell
// it without the bodies.
func (v *verification) differing(page []matched) error {
	var both []*slip
	for _, m := range page {
		both = append(both, m.a, m.b)
	}
	heads, err := v.headsOf(both)
	if err != nil {
		return err
	}
	var doubt []*slip
	for i := range page {
		m := &page[i]
		if m.words = unlike(heads[m.a], heads[m.b]); m.words != "" {
			m.bytes = true
		} else {
			doubt = append(doubt, m.a, m.b)
		}
	}
	if err := v.readDigests(v.feed, doubt); err != nil {
		return err
	}
	for i := range page {
		m := &page[i]
		none := Digest{}
		if !m.bytes && m.a.digest != m.b.digest && m.a.digest != none && m.b.digest != none {
			if m.bytes = true; len(heads[m.a].fields) > 0 {
				m.words = "the body differs"
			}
		}
	}
	return nil
}

// equal reports whether nothing at all differs.
func (v *verification) equal(m matched) bool {
	if m.a == nil || m.b == nil || m.bytes || m.a.words+m.b.words != "" || v.moved(m) {
		return false
	}
	lacks, extra := v.flags(m)
	return !m.dated() && len(lacks)+len(extra) == 0
}

func (v *verification) moved(m matched) bool { return v.at(m.a).to.Key() != v.at(m.b).folder.Key() }

// dated reports that the dates differ.
func (m matched) dated() bool { return m.a.when != m.b.when && m.a.when != 0 && m.b.when != 0 }

// flags are those that the destination lacks, and those that it has alone.
func (v *verification) flags(m matched) (lacks, extra []Flag) {
	if v.at(m.a).noFlags || m.a.flags == m.b.flags {
		return nil, nil
	}
	a, b := flagsOf(m.a.flags), flagsOf(m.b.flags)
	return minus(a, b), minus(b, a)
}

func (v *verification) match(m matched) Match {
	from, to := v.at(m.a), v.at(m.b)
	return Match{
		Source: from.source, From: from.folder, ID: m.a.id, Target: from.to, To: to.folder, UID: uidOf(m.b.id), Altered: m.bytes,
		Ident: m.a.ident, Digest: m.a.digest, Size: m.b.size, Date: m.a.date(), Flags: m.a.ownFlags(),
	}
}

// ownFlags are the source's, before they were translated.
func (s *slip) ownFlags() string { return cmp.Or(s.own, s.flags) }

func uidOf(id string) uint32 {
	n, _ := strconv.ParseUint(id, 10, 32)
	return uint32(n)
}

// tell tells a page of differences, with what the journal knows of them.
func (v *verification) tell(page []matched, heads map[*slip]Head) error {
	known, err := v.known(page)
	if err != nil {
		return err
	}
	for _, m := range page {
		d := v.difference(m)
		d.Subject, d.MessageID = heads[m.either()].Subject, heads[m.either()].MessageID
		merged, err := v.cause(m, &d, known)
		if err != nil {
			return err
		}
		if merged {
			v.sum.Merged++
			continue
		}
		if err := v.found(d); err != nil {
			return err
		}
	}
	return nil
}

// difference is a pair in words.
func (v *verification) difference(m matched) Difference {
	s := m.either()
	at := v.at(s)
	d := Difference{Kind: MissingThere, To: at.to.Name(), Target: at.to, Date: s.date(), Size: s.size, Words: m.words}
	if m.a != nil {
		d.Source, d.From, d.Origin, d.ID = at.source, at.folder.Name(), at.folder, m.a.id
	}
	if m.b != nil {
		d.UID, d.SizeThere = uidOf(m.b.id), m.b.size
		d.Place = v.at(m.b).folder
		d.There = d.Place.Name()
	}
	switch {
	case m.a == nil:
		d.Kind, d.Twin = Surplus, m.b.twin
	case m.a.words != "" || m.b != nil && m.b.words != "":
		d.Kind, d.Words = Unread, m.a.words
		if m.b != nil {
			d.Words = cmp.Or(m.a.words, m.b.words)
		}
	case m.b == nil:
	case v.moved(m):
		d.Kind = Misplaced
	default:
		d.Kind = Altered
	}
	if m.a != nil && m.b != nil {
		d.Bytes = m.bytes
		d.Lacks, d.Extra = v.flags(m)
		if m.dated() {
			d.DateThere = time.Unix(m.b.when, 0).UTC()
		}
	}
	return d
}
