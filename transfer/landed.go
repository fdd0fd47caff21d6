package transfer

import (
	"context"
	"slices"
)

// settleLanded settles the open records that are found in the folder.
func (l *lane) settleLanded(ctx context.Context, t turn, u *unit, pending, unlinked []Record, s *stored) error {
	doubtful, err := l.job.Checkpoint.Doubtful(ctx, u.to)
	if err != nil {
		return l.local(ctx, err)
	}
	late, at := s.from(lowestBase(pending, t.box.Epoch))
	late.read = func(ctx context.Context, k []int) error { return l.readStored(ctx, t, u, late, k) }
	same := !slices.ContainsFunc(pending, func(r Record) bool { return r.Epoch != t.box.Epoch })
	pairing, err := l.landed(ctx, pending, doubtful, late, same)
	if err == nil && same {
		err = l.altered(ctx, u, pairing, pending, identsOf(unlinked))
	}
	if err != nil {
		return err
	}
	mates := pairing.mate
	for i, j := range rising(mates) {
		if mates[i] = at[j]; same && late.cards[j].uid < pending[i].Base {
			delete(mates, i)
		}
	}
	var landed []Record
	sent := slices.Concat(pending, doubtful)
	for i, j := range rising(mates) {
		rec := l.sentAs(pending[i], s.cards[j], sent)
		rec.Fate, rec.UID, rec.Epoch = Copied, s.cards[j].uid, t.box.Epoch
		landed = append(landed, rec)
		l.countLanded(u, rec)
	}
	s.remove(mates)
	return l.local(ctx, l.job.Checkpoint.Settle(ctx, landed))
}

// landed pairs open records with what stands where they were sent to. same tells
// that all of it came since they were sent. Of messages with equal bytes, some of
// which may have been sent twice, each takes one of its own date only.
func (l *lane) landed(ctx context.Context, pending, doubtful []Record, late *stored, same bool) (*pairing, error) {
	p := newPairing(l.handOf(pending), &late.hand)
	p.dated = shared(pending, doubtful)
	if err := p.run(ctx); err != nil || !same {
		return p, err
	}
	return p, p.odd(ctx)
}

// shared are the digests that several records have.
func shared(sets ...[]Record) map[Digest]bool {
	first, several := map[Digest]recordKey{}, map[Digest]bool{}
	for _, rs := range sets {
		for _, r := range rs {
			k := recordKey{r.Book, r.ID}
			if one, known := first[r.Digest]; known && one != k {
				several[r.Digest] = true
			}
			first[r.Digest] = k
		}
	}
	return several
}

type recordKey struct {
	book int64
	id   string
}

// without is the records that are not among others.
func without(rs, others []Record) []Record {
	there := map[recordKey]bool{}
	for _, r := range others {
		there[recordKey{r.Book, r.ID}] = true
	}
	return slices.DeleteFunc(slices.Clone(rs), func(r Record) bool { return there[recordKey{r.Book, r.ID}] })
}

// countLanded counts a message that was open. What an earlier run has sent is
// present: the listing that follows counts it, but for a tail there is none. What
// the source does not list any more is none of its messages, and not counted.
func (l *lane) countLanded(u *unit, rec Record) {
	for _, p := range u.parts {
		if p.book.ID == rec.Book {
			l.ledger.forgive(p, rec.ID)
		}
		switch {
		case p.book.ID != rec.Book:
		case !rec.Begun.Before(l.started):
			l.ledger.count(p, Copied, 1, rec.Size)
		case u.tail && p.awaited[rec.ID]:
			l.ledger.count(p, Present, 1, 0)
		}
	}
}
