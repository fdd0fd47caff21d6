package transfer

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
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
	var shifts []shift
	for _, m := range page {
		rec, ok := known[m.ID]
		if !ok || len(odd) == suspects || m.Date.IsZero() || rec.Date.IsZero() || rec.Fate == Refused || rec.Fate == Vanished {
			continue
		}
		if m.Date.Unix() != rec.Date.Unix() {
			odd = append(odd, &candidate{part: p, m: m})
			shifts = append(shifts, shift{rec.Digest, m.Size, rec.Date.Unix(), m.Date.Unix()})
		}
	}
	if len(odd) == 0 {
		return nil
	}
	if err := l.whoAre(ctx, src, p, odd, known); err != nil {
		return err
	}
	for _, c := range odd {
		rec := known[c.m.ID]
		if !c.is(rec) {
			l.ledger.note(p, p.name()+": the source has given the numbers of its messages to others, though it says they are the same (one UIDVALIDITY); each message is looked at anew")
			return errRenumbered
		}
	}
	p.shifts = append(p.shifts, shifts...)
	return nil
}

// shift is an ID that means the same bytes as before, of another date: those of
// a twin, if IDs count equal messages and one of them came or went.
type shift struct {
	digest   Digest
	size     int64 // as listed
	was, now int64 // dates in Unix seconds
}

// sum is that of a listed message of the same size and that date.
func (s shift) sum(date int64) uint64 { return sumOf(fmt.Sprint(date, " ", s.size)) }

// look notes a listed message, for what may have been renumbered: nothing in a
// book that holds nothing. known tells that it was carried, or sent.
func (p *passage) look(m Message, known bool) {
	if !p.book.Filled {
		return
	}
	p.seen.Add(m.ID)
	if !known && m.Brief == 0 {
		p.newDates.add(shift{size: m.Size}.sum(m.Date.Unix()))
	}
}

// shifted answers [errRenumbered] if IDs have gone over from twin to twin: the
// message of the old date is listed under a new ID, or under that of another twin,
// or that of the new date was carried under an ID that is gone.
func (l *lane) shifted(ctx context.Context, p *passage) error {
	if len(p.shifts) == 0 {
		return nil
	}
	for _, s := range p.shifts {
		taken := func(o shift) bool { return o.digest == s.digest && o.now == s.was }
		if p.newDates.has(s.sum(s.was)) || slices.ContainsFunc(p.shifts, taken) {
			return errRenumbered
		}
	}
	gone, err := l.job.Checkpoint.Gone(ctx, p.book.ID, p.seen)
	if err != nil {
		return l.local(ctx, err)
	}
	for _, s := range p.shifts {
		for _, r := range gone {
			if r.Digest == s.digest && r.Date.Unix() == s.now {
				return errRenumbered
			}
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
		return c.digest() == (Digest{}) || c.digest() == rec.Digest
	}
	return c.m.Ident == (Ident{}) || rec.Ident == (Ident{}) || c.m.Ident == rec.Ident
}

// rekey recognises messages that arrived under other IDs: the source folder has
// changed its UIDVALIDITY, gives new IDs all the same (POP3 servers do), or its
// user has moved a message out and back.
func (l *lane) rekey(ctx context.Context, t turn, u *unit, p *passage) error {
	former, err := l.former(ctx, p)
	if err != nil || len(former) == 0 {
		return err
	}
	slices.SortStableFunc(former, idleLast)
	old := &hand{}
	for _, r := range former {
		c := newCard(r.Ident, r.Size, r.Date, r.Flags)
		c.strict, c.idle = r.Book == p.book.ID, isIdle(r)
		old.add(c, r.Digest)
	}
	old.read = func(ctx context.Context, at []int) error { return l.readFormer(ctx, t, u, former, old, at) }
	own, err := l.candidates(ctx, p, old)
	if err != nil {
		return err
	}
	news := l.handOfNews(own, flagKey)
	p.keepDates(news, own)
	read := news.read
	news.read = func(ctx context.Context, at []int) error {
		defer p.keepDates(news, own)
		return read(ctx, at)
	}
	match := newPairing(news, old)
	match.twins = true
	if err := match.run(ctx); err != nil {
		return err
	}
	trust(news, old, match.mate)
	return l.claim(ctx, p, own, former, match.mate)
}

// claim gives records the IDs that their messages have now. Should one that this list
// does not hold be there all the same, nothing is recorded of it from then on: what the
// last pass has accounted for counts no more, and the next list is whole.
func (l *lane) claim(ctx context.Context, p *passage, own []*candidate, former []Record, mates map[int]int) error {
	carried := 0
	for _, j := range mates {
		if former[j].Book == p.book.ID && (p.book.State != "" || p.from.Since != "") {
			p.book.State, p.from.Since = "", ""
			if err := l.job.Checkpoint.Finish(ctx, p.book.ID, "", p.book.Tally); err != nil {
				return l.local(ctx, err)
			}
		}
	}
	for i, j := range rising(mates) {
		if err := l.job.Checkpoint.Claim(ctx, p.book.ID, former[j], own[i].m.ID); err != nil {
			return l.local(ctx, err)
		}
		if !isIdle(former[j]) {
			carried++
		}
	}
	if carried > 0 {
		l.ledger.note(p, fmt.Sprintf("%s: the source has given new numbers to messages that were carried before; %d were recognised", p.name(), carried))
	}
	return nil
}

// keepDates binds messages to their dates of which one that was not given may be
// the twin, and those that were refused: what could be theirs was looked at then.
func (p *passage) keepDates(news *hand, own []*candidate) {
	for i, c := range news.cards {
		news.cards[i].strict = p.ungiven[c.size] || own[i].known().Fate == Refused
	}
}

// former are the records whose IDs mean nothing any more: those of earlier
// epochs, and those of this one that the source does not list.
func (l *lane) former(ctx context.Context, p *passage) (former []Record, err error) {
	if p.book.Former {
		if former, err = l.job.Checkpoint.Former(ctx, p.book.ID); err != nil {
			return nil, l.local(ctx, err)
		}
	}
	if !p.news || !p.book.Filled {
		return former, nil
	}
	gone, err := l.job.Checkpoint.Gone(ctx, p.book.ID, p.seen)
	return append(former, gone...), l.local(ctx, err)
}

// idleLast puts what has arrived, or may have, before what was refused: a message
// that was refused under one ID and carried under the next has a record of both.
func idleLast(a, b Record) int {
	switch {
	case isIdle(a) == isIdle(b):
		return 0
	case isIdle(a):
		return 1
	}
	return -1
}

// isIdle reports whether the record is of a message that was neither carried nor
// sent.
func isIdle(r Record) bool { return r.Fate != Open && !hasArrived(r.Fate) }

// idSet is a set of numbers, or of IDs by their sums.
type idSet struct {
	sums   []uint64
	sorted bool
}

func (s *idSet) add(sum uint64) { s.sums, s.sorted = append(s.sums, sum), false }

func (s *idSet) has(sum uint64) bool {
	if !s.sorted {
		slices.Sort(s.sums)
		s.sorted = true
	}
	_, ok := slices.BinarySearch(s.sums, sum)
	return ok
}

func sumOf(id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return h.Sum64()
}

// readFormer computes the digests of records that were adopted unread, from
// what stands at the destination.
func (l *lane) readFormer(ctx context.Context, t turn, u *unit, former []Record, old *hand, at []int) error {
	s := &stored{hand{cards: make([]card, len(former))}}
	var there []int
	for _, i := range at {
		if r := former[i]; r.UID != 0 && r.To == u.to.Key() && r.Epoch == t.box.Epoch {
			s.cards[i].uid, there = r.UID, append(there, i)
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
	for i, c := range news.cards {
		if _, done := mates[i]; done || !c.ident.Strong() {
			continue
		}
		for _, j := range free.of(c.ident) {
			if _, read := old.digest[j]; !read && !used[j] && sameSize(c, old.cards[j]) && !clash(c, old.cards[j]) {
				mates[i], used[j] = j, true
				break
			}
		}
	}
}
