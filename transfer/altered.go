package transfer

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
)

// altered pairs open records with what a destination has made of them that alters all
// it stores: the copy has neither the size nor the digest of what was sent. It came
// since that was sent, and has its date and, unless the destination writes headers anew,
// its identity. That is believed where the destination is known to alter; where nobody
// knows, if several are like that and none is as it was sent. Those that others, which
// have arrived, may have landed as are left alone. p is over what came since the records
// were sent.
func (l *lane) altered(ctx context.Context, t turn, u *unit, p *pairing, pending, others []Record) error {
	but := map[any]bool{}
	for _, r := range others {
		but[r.Ident], but[r.Date.Unix()] = true, true
	}
	byIdent := func(c card) any {
		if !c.ident.Strong() || c.when == 0 || but[c.ident] || but[c.when] {
			return nil
		}
		return [2]any{c.ident, c.when}
	}
	byDate := func(c card) any {
		if c.when == 0 || but[c.when] {
			return nil
		}
		return c.when
	}
	if as, bs := p.leftBy(byDate); len(as) == 0 || len(bs) == 0 {
		return nil
	}
	does, err := l.habit(ctx, t, u, lowestBase(pending, t.box.Epoch))
	if err != nil {
		return err
	}
	pairs := p.alike(pending, byIdent)
	if does == keeps || does == unknown && (len(pairs) < enoughAltered || len(p.mate) > 0) {
		return nil
	}
	for i, j := range rising(pairs) {
		p.take(i, j)
	}
	if does == rewrites {
		for i, j := range rising(p.alike(pending, byDate)) {
			p.take(i, j)
		}
	}
	return nil
}

// unlikeTwins adds second copies of which the destination has made something else than
// of ours, which stand there. Nobody can take such a one back, but it is to be told.
func (l *lane) unlikeTwins(t turn, u *unit, p *pairing, doubtful []Record) error {
	as, bs := p.kin()
	as = slices.DeleteFunc(as, func(i int) bool { _, there := p.a.digest[i]; return !there })
	if len(as) == 0 {
		return nil
	}
	does, err := l.habit(l.feed, t, u, lowestBase(doubtful, t.box.Epoch))
	if err != nil || does < alters {
		return err
	}
	for _, i := range as {
		p.mateOf(i, slices.DeleteFunc(slices.Clone(bs), func(j int) bool {
			return p.b.cards[j].ident != p.a.cards[i].ident || p.b.cards[j].uid < doubtful[i].Base
		}), 1)
	}
	return nil
}

// enoughAltered are so many copies that are like what is open, and not the same, that
// nobody else will have put them there.
const enoughAltered = 2

// alike pairs what is left by a key that both sides have: where there is one copy for
// each, in the order in which they were sent, and where all that were sent are equal. A
// key of nil is none.
func (p *pairing) alike(pending []Record, key func(card) any) map[int]int {
	as, bs := p.leftBy(key)
	pairs := map[int]int{}
	for k, ia := range as {
		ib := bs[k]
		equal := !slices.ContainsFunc(ia, func(i int) bool { return pending[i].Digest != pending[ia[0]].Digest })
		if len(ib) != len(ia) && !equal {
			continue
		}
		slices.SortFunc(ib, func(a, b int) int { return cmp.Compare(p.b.cards[a].uid, p.b.cards[b].uid) })
		for n := range min(len(ia), len(ib)) {
			pairs[ia[n]] = ib[n]
		}
	}
	return pairs
}

// leftBy are those on both sides that have no mate, by a key.
func (p *pairing) leftBy(key func(card) any) (as, bs map[any][]int) {
	as, bs = map[any][]int{}, map[any][]int{}
	for i, c := range p.a.cards {
		if _, done := p.mate[i]; !done && key(c) != nil {
			as[key(c)] = append(as[key(c)], i)
		}
	}
	for j, c := range p.b.cards {
		if !p.used[j] && key(c) != nil {
			bs[key(c)] = append(bs[key(c)], j)
		}
	}
	return as, bs
}

// Where it is looked for what the destination does with what it stores.
const (
	sampled    = 4   // messages that are read
	sampleSpan = 256 // UIDs before those that are open
)

// habit is what a destination does with what it stores.
type habit int

const (
	unknown  habit = iota
	keeps          // it gives back what it got
	alters         // all of it
	rewrites       // headers of the identity, too
)

// habit is told by messages of ours that have arrived in the folder just before.
func (l *lane) habit(ctx context.Context, t turn, u *unit, base uint32) (habit, error) {
	ours, err := l.samples(ctx, t, u, base)
	if err != nil || len(ours) == 0 {
		return unknown, err
	}
	does := unknown
	for got, err := range t.dest.Read(ctx, u.to, slices.Sorted(maps.Keys(ours))) {
		var r wholeRead
		if err == nil && got.Err == nil {
			r, err = readWhole(got.Body)
		}
		if err != nil {
			return unknown, l.dests.fault(fmt.Errorf("read back from %q: %w", u.to.Name(), err))
		}
		sent, asked := ours[got.UID]
		switch {
		case got.Err != nil || !asked:
		case r.digest == sent.Digest:
			return keeps, nil
		case Identify(r.head) != sent.Ident:
			does = rewrites
		default:
			does = max(does, alters)
		}
	}
	return does, nil
}

// samples are small ones of the last messages that have arrived, by UID.
func (l *lane) samples(ctx context.Context, t turn, u *unit, base uint32) (map[uint32]Record, error) {
	var uids []uint32
	for uid := max(base, sampleSpan+1) - sampleSpan; uid < t.box.Next && len(uids) < 2*sampleSpan; uid++ {
		uids = append(uids, uid)
	}
	rs, err := l.job.Checkpoint.Holders(ctx, u.to, t.box.Epoch, uids)
	if err != nil {
		return nil, l.local(ctx, err)
	}
	rs = slices.DeleteFunc(rs, func(r Record) bool { return r.Fate != Copied || r.Resent || r.Digest == (Digest{}) })
	slices.SortFunc(rs, func(a, b Record) int { return cmp.Compare(a.Size, b.Size) })
	ours := map[uint32]Record{}
	for _, r := range rs[:min(len(rs), sampled)] {
		ours[r.UID] = r
	}
	return ours, nil
}
