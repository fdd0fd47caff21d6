package transfer

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// relink finds the UIDs of records that have none: the destination does not
// tell UIDs, or its UIDVALIDITY has changed. A record that is not found is one
// that the user has moved or deleted: it stays as it is. found counts the others.
// Others with equal bytes, which may have landed, keep theirs by the date; but
// mail that was adopted, which may have any date, comes before them: what is open
// is sent again then, and not lost. What came since the others were sent is, of equal
// messages, none of what stood there before the folder was made anew, unless mail from
// before has been brought back.
func (l *lane) relink(ctx context.Context, t turn, unlinked, others []Record, s *stored) (found int, err error) {
	if len(unlinked) == 0 {
		return 0, nil
	}
	slices.SortStableFunc(unlinked, presentFirst(t.box.Epoch))
	firsts, more := byMessage(unlinked)
	p := newPairing(l.handOf(firsts), &s.hand)
	p.dated = shared(firsts, others)
	if err := p.apart(ctx, firsts, basesOf(others, t.box.Epoch), t.box.Epoch); err != nil {
		return 0, err
	}
	if err := l.reserve(ctx, p, without(others, unlinked), adoptedOf(firsts)); err != nil {
		return 0, err
	}
	if p.dated = nil; len(p.mate) < len(firsts) { // adopted mail may have any date
		if err := p.run(ctx); err != nil {
			return 0, err
		}
	}
	if p.unread(); len(p.mate) == 0 {
		return 0, nil
	}
	mates := p.mate
	linked := make([]Record, 0, len(mates))
	for i, j := range rising(mates) {
		for _, rec := range append([]Record{firsts[i]}, more[i]...) {
			rec.UID, rec.Epoch = s.cards[j].uid, t.box.Epoch
			linked = append(linked, rec)
		}
	}
	s.remove(mates)
	return len(linked), l.local(ctx, l.job.Checkpoint.Settle(ctx, linked))
}

// presentFirst puts what was sent to the folder as it is numbered now before what was
// sent to it, or to another one of its name, under another epoch.
func presentFirst(epoch string) func(a, b Record) int {
	old := func(r Record) int {
		if r.Epoch != epoch {
			return 1
		}
		return 0
	}
	return func(a, b Record) int { return old(a) - old(b) }
}

// apart pairs records with what stands there. Those of another epoch that have an equal
// among what was sent since, at these bases, come last, and below its base alone; but
// at any place if something else of another epoch stands above.
func (p *pairing) apart(ctx context.Context, firsts []Record, bases map[any]uint32, epoch string) error {
	twins, lowest := map[int]uint32{}, uint32(math.MaxUint32)
	for i, r := range firsts {
		if base := bases[likeOf(r)]; base > 0 && r.Epoch != epoch && isTold(r.Epoch) && isTold(epoch) {
			twins[i], lowest = base, min(lowest, base)
			p.a.cards[i].below = 1
		}
	}
	if err := p.run(ctx); err != nil || len(twins) == 0 {
		return err
	}
	back := false
	for i, j := range p.mate {
		back = back || firsts[i].Epoch != epoch && isTold(firsts[i].Epoch) && p.b.cards[j].uid >= lowest
	}
	for i, base := range twins {
		if p.a.cards[i].below = base; back {
			p.a.cards[i].below = 0
		}
	}
	return p.run(ctx)
}

// unread pairs records that nobody has read with what has their identity, size and date:
// by these they were recognised, when no other message had them.
func (p *pairing) unread() {
	there := group(p.b)
	for i, c := range p.a.cards {
		_, done := p.mate[i]
		_, read := p.a.digest[i]
		if done || read || !c.ident.Strong() || c.when == 0 {
			continue
		}
		for _, j := range there.of(c.ident) {
			if o := p.b.cards[j]; !p.used[j] && sameSize(c, o) && c.when == o.when && !clash(c, o) {
				p.take(i, j)
				break
			}
		}
	}
}

// isTold reports whether a server has told that UIDVALIDITY, which is never 0.
func isTold(epoch string) bool { return epoch != "" && epoch != "0" }

// basesOf are, for what was sent to the folder under its present epoch, the lowest UIDs
// that were next then, by digest and by identity.
func basesOf(sent []Record, epoch string) map[any]uint32 {
	bases := map[any]uint32{}
	for _, r := range sent {
		if r.Epoch != epoch || r.Base == 0 {
			continue
		}
		for _, like := range []any{r.Digest, r.Ident} {
			if known := bases[like]; known == 0 || r.Base < known {
				bases[like] = r.Base
			}
		}
	}
	return bases
}

// likeOf is what equal messages have in common: their digest, or their identity where
// nobody has read them.
func likeOf(r Record) any {
	if r.Digest == (Digest{}) {
		return r.Ident
	}
	return r.Digest
}

// spot is where a message stands in a folder.
type spot struct {
	epoch string
	uid   uint32
}

// byMessage answers one record for each message that stood there, its own where
// there is one, and by their positions those that stand for it as well: another
// source holds the same message, or the destination has merged two.
func byMessage(rs []Record) (firsts []Record, more map[int][]Record) {
	at := map[spot]int{}
	more = map[int][]Record{}
	for _, r := range rs {
		i, known := at[spot{r.Epoch, r.UID}]
		switch {
		case r.UID == 0 || !known:
			at[spot{r.Epoch, r.UID}] = len(firsts)
			firsts = append(firsts, r)
		case firsts[i].Fate != Copied && r.Fate == Copied:
			firsts[i], more[i] = r, append(more[i], firsts[i])
		default:
			more[i] = append(more[i], r)
		}
	}
	return firsts, more
}

// adoptedOf are the digests of records that were adopted.
func adoptedOf(rs []Record) map[Digest]bool {
	adopted := map[Digest]bool{}
	for _, r := range rs {
		if r.Fate == Adopted && r.Digest != (Digest{}) {
			adopted[r.Digest] = true
		}
	}
	return adopted
}

// reserve keeps for records that are open, or sent twice, what has landed of them
// by its date, but for those digests.
func (l *lane) reserve(ctx context.Context, p *pairing, others []Record, but map[Digest]bool) error {
	others = slices.DeleteFunc(others, func(r Record) bool { return but[r.Digest] })
	r := newPairing(l.handOf(others), p.b)
	r.used, r.strict = p.used, true
	return r.run(ctx)
}

// lostWith tells how many messages went away together with a destination
// folder that was taken away during the run.
func (l *lane) lostWith(u *unit, n int) {
	if u.remade && n > 0 {
		l.ledger.flaw(u.parts[0], fmt.Sprintf("%s: of what had arrived in it before it was deleted, renamed or renumbered, %s are not there now and are not sent again", u.to.Name(), plural(n, "message")))
	}
}
