package transfer

import (
	"context"
	"slices"
)

// altered pairs what is left of open records with what a destination has made of their
// messages that alters what it stores: the copy has neither the size nor the digest of
// what was sent. It came since that was sent, and has its date and identity. That alone
// decides nothing, as look-alikes have that too: both sides are read, and what the sender
// wrote of them must be the same. Identities in but are left alone: what stands there may
// be an arrived message's whose UID is not known. Where reading loses a connection it is
// not done again.
func (l *lane) altered(ctx context.Context, u *unit, p *pairing, pending []Record, but map[Ident]bool) error {
	if u.hurt {
		return nil
	}
	as, bs := p.kin()
	as = slices.DeleteFunc(as, func(i int) bool { return but[p.a.cards[i].ident] || u.partOf(pending[i]) == nil })
	as, bs = p.likely(pending, as, bs)
	if len(as) == 0 {
		return nil
	}
	u.hurt = true
	p.a.read = func(ctx context.Context, at []int) error { return l.readOpen(ctx, u, pending, p.a, at) }
	if err := p.a.learnCores(ctx, as); err != nil {
		return err
	}
	if err := p.b.learnCores(ctx, bs); err != nil {
		return err
	}
	u.hurt = false
	for like := 2; like >= 1; like-- { // of its date
		for _, i := range as {
			if _, done := p.mate[i]; !done && p.a.digest[i] == pending[i].Digest {
				p.mateOf(i, p.same(bs, i, pending[i].Base), like)
			}
		}
	}
	return nil
}

// likely leaves those that have a strong identity and a date in common.
func (p *pairing) likely(pending []Record, as, bs []int) (likelyA, likelyB []int) {
	seen := map[int]bool{}
	for _, i := range as {
		a, some := p.a.cards[i], false
		for _, j := range bs {
			b := p.b.cards[j]
			if a.ident.Strong() && b.ident == a.ident && likeness(a, b) > 0 && b.uid >= pending[i].Base {
				some = true
				if !seen[j] {
					seen[j], likelyB = true, append(likelyB, j)
				}
			}
		}
		if some {
			likelyA = append(likelyA, i)
		}
	}
	return likelyA, likelyB
}

// same are those of bs, from that UID on, whose sender wrote what that of i wrote.
func (p *pairing) same(bs []int, i int, base uint32) (same []int) {
	for _, j := range bs {
		if c := p.b.core[j]; c != (core{}) && c == p.a.core[i] && p.b.cards[j].uid >= base {
			same = append(same, j)
		}
	}
	return same
}

// readOpen reads the messages of records at their source. One that it does not give is
// left out.
func (l *lane) readOpen(ctx context.Context, u *unit, pending []Record, h *hand, at []int) error {
	for _, p := range u.parts {
		var ms []Message
		of, place := map[string]*candidate{}, map[string]int{}
		for _, i := range at {
			if rec := pending[i]; rec.Book == p.book.ID {
				m := Message{ID: rec.ID, Date: rec.Date, Size: rec.Size, Ident: rec.Ident}
				ms, of[m.ID], place[m.ID] = append(ms, m), &candidate{part: p, m: m}, i
			}
		}
		if err := l.withSource(ctx, p, func(src Source) error { return readAll(ctx, src, p, ms, of) }); err != nil {
			return err
		}
		for id, c := range of {
			if c.content != nil {
				h.knowAll(place[id], c.content.digest, c.content.core)
			}
		}
	}
	return nil
}

// unlikeTwins adds second copies of which the destination has made something else than
// of ours, which stand there and are not what was sent either; what the sender wrote of
// both is the same. Nobody can take such a one back, but it is to be told.
func (p *pairing) unlikeTwins(doubtful []Record) {
	as, bs := p.kin()
	for _, i := range as {
		if p.a.digest[i] != doubtful[i].Digest {
			p.mateOf(i, p.same(bs, i, doubtful[i].Base), 1)
		}
	}
}
