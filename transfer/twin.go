package transfer

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// twins finds second copies of what was sent more than once: equal bytes and
// date or, where the destination changes what it stores, those it has made of
// our copy.
func (l *lane) twins(t turn, u *unit, doubtful []Record, s *stored) (map[int]int, error) {
	p := newPairing(l.handOf(doubtful), &s.hand)
	p.strict = true
	as, bs := p.kin()
	if err := p.byDigest(l.feed, as, bs); err != nil {
		return nil, err
	}
	if as, bs = p.kin(); len(as) == 0 {
		return p.mate, nil
	}
	for _, i := range as { // what our own copies have become
		p.a.cards[i].uid = doubtful[i].UID
		delete(p.a.digest, i)
	}
	unlinked, err := l.job.Checkpoint.Unlinked(l.feed, u.to, t.box.Epoch)
	if err != nil {
		return nil, l.local(l.feed, err)
	}
	astray := identsOf(unlinked) // what of these was altered is like an altered twin
	own := &stored{hand: *p.a}
	as = slices.DeleteFunc(as, func(i int) bool { return p.a.cards[i].uid == 0 || astray[p.a.cards[i].ident] })
	if err := l.readStored(l.feed, t, u, own, as); err != nil {
		return nil, err
	}
	p.a.digest, p.a.core = own.digest, own.core
	if err := p.byDigest(l.feed, as, bs); err != nil {
		return nil, err
	}
	p.unlikeTwins(doubtful)
	return p.mate, nil
}

// kin are those on both sides that have no mate yet and share an identity.
func (p *pairing) kin() (as, bs []int) {
	left := map[Ident][]int{}
	for i, c := range p.a.cards {
		if _, done := p.mate[i]; !done {
			left[c.ident] = append(left[c.ident], i)
		}
	}
	found := map[Ident]bool{}
	for j, c := range p.b.cards {
		if ia := left[c.ident]; !p.used[j] && len(ia) > 0 {
			bs = append(bs, j)
			if !found[c.ident] {
				found[c.ident] = true
				as = append(as, ia...)
			}
		}
	}
	return as, bs
}

// takeBack removes our copies of what has a twin and puts the twins' UIDs in
// their records. It answers whose doubt is over.
func (l *lane) takeBack(dest Dest, u *unit, doubtful []Record, twins map[int]int, s *stored) (healed map[int]bool, err error) {
	healed = map[int]bool{}
	swap := map[int]uint32{} // to be removed: position -> the twin's UID
	var old []Record
	for i, j := range rising(twins) {
		switch {
		case isOld(doubtful[i]):
			old = append(old, doubtful[i])
		case doubtful[i].UID != 0 && doubtful[i].Fate != Merged:
			swap[i] = s.cards[j].uid
		}
	}
	settled, removed, err := l.swap(dest, u, doubtful, swap)
	if err != nil {
		return nil, err
	}
	for _, i := range settled {
		healed[i] = true
	}
	l.tellTwins(u, len(twins)-len(healed)-len(old), len(old))
	l.ledger.tellOnce(u.to, old)
	if removed > 0 {
		l.ledger.note(u.parts[0], fmt.Sprintf("%s: %s had landed late; the second copy was taken back", u.to.Name(), plural(removed, "message")))
	}
	return healed, nil
}

// swap removes our copies in favour of their twins, which get the marks that
// the user has given ours meanwhile, and lose what they were sent with and the
// source or the user has taken away since. Only what was read and found to be equal to
// its twin goes, and not before the checkpoint knows for good that the twin stands for
// the message: a copy that is gone would leave its record to compete for the twin with
// that of an equal message. settled are those whose record is the twin's now, removed
// how many copies went.
func (l *lane) swap(dest Dest, u *unit, doubtful []Record, swap map[int]uint32) (settled []int, removed int, err error) {
	remover, ok := dest.(Remover)
	if !ok || len(swap) == 0 {
		return nil, 0, nil
	}
	there, err := l.readBoth(dest, u, doubtful, swap)
	if err != nil {
		return nil, 0, err
	}
	settled, own, marks := l.exchange(doubtful, swap, there)
	if err := l.mark(dest, u, marks); err != nil {
		return nil, 0, err
	}
	if err := l.handOver(doubtful, settled, swap); err != nil || len(own) == 0 {
		return settled, 0, err
	}
	return settled, len(own), l.takeOut(remover, u, own)
}

// exchange tells which copies can go, and what their twins get and lose.
func (l *lane) exchange(doubtful []Record, swap map[int]uint32, there map[uint32]copyThere) (settled []int, own []uint32, marks []Reflag) {
	for i, twin := range rising(swap) {
		rec, ours, theirs := doubtful[i], there[doubtful[i].UID], there[twin]
		m := Reflag{UID: twin}
		switch {
		// Ours was removed before the line was lost, or by the user; or it is not
		// ours, and was taken for it before the twin landed.
		case ours.gone || !ours.date.Equal(theirs.date) && theirs.date.Equal(rec.Date):
			m.Drop = minus(l.sent(rec), flagsOf(l.there(flagsOf(rec.Flags))))
		case ours.digest != theirs.digest || ours.digest == (Digest{}):
			continue
		default:
			own = append(own, rec.UID)
			m.Add, m.Drop = minus(ours.flags, theirs.flags), minus(append(l.sent(rec), l.astray(rec, theirs, doubtful)...), ours.flags)
			if hasFlag(theirs.flags, Deleted) && !hasFlag(ours.flags, Deleted) {
				m.Drop = append(m.Drop, Deleted) // we were about to take that one back when the line was lost
			}
		}
		if settled = append(settled, i); len(m.Add)+len(m.Drop) > 0 {
			marks = append(marks, m)
		}
	}
	return settled, own, marks
}

// astray are the flags of a copy if it looks like the sending of an equal message, and
// like none of rec: they are that one's, and nobody has changed them.
func (l *lane) astray(rec Record, there copyThere, others []Record) []Flag {
	c := card{flags: flagSum(flagKey(there.flags))}
	if _, own := l.lookOf(rec, c); own {
		return nil
	}
	flags, _ := l.lookOfTwin(rec, c, others)
	return flagsOf(l.there(flagsOf(flags)))
}

// mark moves the marks.
func (l *lane) mark(dest Dest, u *unit, marks []Reflag) error {
	marker, ok := dest.(Reflagger)
	if !ok || len(marks) == 0 {
		return nil
	}
	if _, err := marker.Reflag(l.feed, u.to, marks); err != nil {
		return l.dests.fault(fmt.Errorf("change flags in %q: %w", u.to.Name(), err))
	}
	return nil
}

// handOver gives the records of those positions their twins' UIDs, for good.
func (l *lane) handOver(doubtful []Record, settled []int, swap map[int]uint32) error {
	twins := make([]Record, 0, len(settled))
	for _, i := range settled {
		doubtful[i].UID = swap[i]
		twins = append(twins, doubtful[i])
	}
	if err := l.job.Checkpoint.Settle(l.work, twins); err != nil {
		return l.local(l.work, err)
	}
	return l.local(l.work, l.job.Checkpoint.Sync(l.work))
}

// takeOut removes our copies, which are nobody's twins from then on.
func (l *lane) takeOut(remover Remover, u *unit, own []uint32) error {
	slices.Sort(own)
	if err := remover.Remove(l.feed, u.to, own); err != nil {
		return l.dests.fault(fmt.Errorf("take back from %q: %w", u.to.Name(), err))
	}
	for _, uid := range own {
		u.takenBack[spot{u.epoch, uid}] = true
	}
	return nil
}

// copyThere is a message at the destination as it is now.
type copyThere struct {
	digest Digest
	flags  []Flag
	date   time.Time
	gone   bool
}

// readBoth reads our copies and their twins.
func (l *lane) readBoth(dest Dest, u *unit, doubtful []Record, swap map[int]uint32) (map[uint32]copyThere, error) {
	var uids []uint32
	for i, twin := range swap {
		uids = append(uids, doubtful[i].UID, twin)
	}
	slices.Sort(uids)
	there := map[uint32]copyThere{}
	for got, err := range dest.Read(l.feed, u.to, slices.Compact(uids)) {
		if err == nil && got.Err == nil {
			var d Digest
			d, err = digestOf(got.Body)
			there[got.UID] = copyThere{digest: d, flags: slices.Clone(got.Flags), date: got.Date}
		} else if errors.Is(got.Err, ErrVanished) {
			there[got.UID] = copyThere{gone: true}
		}
		if err != nil {
			return nil, l.dests.fault(fmt.Errorf("read back from %q: %w", u.to.Name(), err))
		}
	}
	return there, nil
}

// tellTwins tells of second copies that stay.
func (l *lane) tellTwins(u *unit, kept, old int) {
	if kept > 0 {
		l.ledger.flaw(u.parts[0], fmt.Sprintf("%s: after a lost connection there is a second copy of %s, which could not be taken back", u.to.Name(), plural(kept, "message")))
	}
	if old > 0 {
		l.ledger.flaw(u.parts[0], fmt.Sprintf("%s: there is a second copy of %s, left by a connection that was lost then, or your own; nothing was removed", u.to.Name(), plural(old, "message")))
	}
}
