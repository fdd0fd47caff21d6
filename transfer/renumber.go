package transfer

import (
	"context"
	"errors"
	"fmt"
)

// errRenumbered: a source gave the IDs that the checkpoint knows to other
// messages, though it says that they are the same (one UIDVALIDITY). Then the
// folder is taken for a new epoch of itself.
var errRenumbered = errors.New("the source has renumbered its messages")

// suspects is how many messages of a page are read to find out.
const suspects = 16

// sameMail checks that known IDs still mean the messages they meant. Listings
// tell little of a message, but its date does not change: where it has, some
// are read.
func (l *lane) sameMail(ctx context.Context, src Source, p *passage, page []Message, known map[string]Record) error {
	var odd []*candidate
	for _, m := range page {
		rec, ok := known[m.ID]
		if !ok || len(odd) == suspects || m.Date.IsZero() || rec.Date.IsZero() || rec.Fate == Refused || rec.Fate == Vanished {
			continue
		}
		if m.Date.Unix() != rec.Date.Unix() {
			odd = append(odd, &candidate{part: p, m: m})
		}
	}
	if len(odd) == 0 {
		return nil
	}
	if err := l.whoAre(ctx, src, p, odd, known); err != nil {
		return err
	}
	for _, c := range odd {
		if !c.is(known[c.m.ID]) {
			l.ledger.note(p, p.from.Name()+": the source has given the numbers of its messages to others, though it says they are the same (one UIDVALIDITY); each message is looked at anew")
			return errRenumbered
		}
	}
	return nil
}

// whoAre fills in the digests of candidates whose records have one, and the
// identity of the others.
func (l *lane) whoAre(ctx context.Context, src Source, p *passage, odd []*candidate, known map[string]Record) error {
	var named []*candidate
	var read []Message
	of := map[string]*candidate{}
	for _, c := range odd {
		if known[c.m.ID].Digest == (Digest{}) {
			named = append(named, c)
			continue
		}
		read, of[c.m.ID] = append(read, c.m), c
	}
	if err := readAll(ctx, src, p, read, of); err != nil {
		return err
	}
	if err := identify(ctx, src, p, named); err != nil {
		return fmt.Errorf("look at messages whose date has changed: %w", err)
	}
	return nil
}

// is reports whether the candidate can be the message of the record. One that
// could not be read can.
func (c *candidate) is(rec Record) bool {
	if rec.Digest != (Digest{}) {
		return c.digest == (Digest{}) || c.digest == rec.Digest
	}
	return c.m.Ident == (Ident{}) || rec.Ident == (Ident{}) || c.m.Ident == rec.Ident
}

// rekey recognises the messages of a source folder that has changed its
// UIDVALIDITY: they arrived under other IDs.
func (l *lane) rekey(ctx context.Context, t turn, u *unit, p *passage) error {
	if !p.book.Former {
		return nil
	}
	former, err := l.job.Checkpoint.Former(ctx, p.book.ID)
	if err != nil {
		return l.local(ctx, err)
	}
	old := handOf(former)
	old.read = func(ctx context.Context, at []int) error { return l.readFormer(ctx, t, u, former, old, at) }
	own, err := l.candidates(ctx, p, old)
	if err != nil {
		return err
	}
	news := l.handOfNews(own)
	mates, err := pair(ctx, news, old, false)
	if err != nil {
		return err
	}
	trust(news, old, mates)
	for i, j := range mates {
		if err := l.job.Checkpoint.Claim(ctx, p.book.ID, former[j], own[i].m.ID); err != nil {
			return l.local(ctx, err)
		}
	}
	if len(mates) > 0 {
		l.ledger.note(p, fmt.Sprintf("%s: the source has renumbered its messages (UIDVALIDITY changed); %d were recognised", p.from.Name(), len(mates)))
	}
	return nil
}

// readFormer computes the digests of records that were adopted unread, from
// what stands at the destination.
func (l *lane) readFormer(ctx context.Context, t turn, u *unit, former []Record, old *hand, at []int) error {
	s := &stored{uids: make([]uint32, len(former))}
	var there []int
	for _, i := range at {
		if r := former[i]; r.UID != 0 && r.To == u.to.Key() && r.Epoch == t.box.Epoch {
			s.uids[i], there = r.UID, append(there, i)
		}
	}
	if len(there) == 0 {
		return nil
	}
	err := l.readStored(ctx, t, u, s, there)
	for i, d := range s.digest {
		old.know(i, d)
	}
	return err
}

// trust pairs what is left with records whose bytes cannot be had any more: they
// were adopted on identity and size, and are recognised by the same.
func trust(news, old *hand, mates map[int]int) {
	used := map[int]bool{}
	for _, j := range mates {
		used[j] = true
	}
	free := group(old)
	for i, id := range news.ident {
		if _, done := mates[i]; done || !id.Strong() || news.size[i] < 0 {
			continue
		}
		for _, j := range free[id] {
			if _, read := old.digest[j]; !read && !used[j] && old.size[j] == news.size[i] {
				mates[i], used[j] = j, true
				break
			}
		}
	}
}
