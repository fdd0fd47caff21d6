package transfer

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// doubt hands a unit to its tail when some of its messages were sent twice and
// nobody has looked for twins since: an earlier run may have been cut off then.
func (l *lane) doubt(u *unit) error {
	doubtful, err := l.job.Checkpoint.Doubtful(l.work, u.to)
	u.doubt = len(doubtful) > 0
	return l.local(l.work, err)
}

// heal looks for twins of what was sent again: should the first sending have
// landed after all, there is one too many. Then our own copy goes, by the UID
// that the destination gave it, and only where the destination can remove one
// message by its UID (UIDPLUS) and the bytes of both are equal. Otherwise both
// stay and the user is told, by each run while they do. What has no twin yet
// may get one: the next run looks again.
func (l *lane) heal(dest Dest, box Mailbox, u *unit) error {
	doubtful, err := l.job.Checkpoint.Doubtful(l.feed, u.to)
	if err != nil || len(doubtful) == 0 {
		return l.local(l.feed, err)
	}
	s, err := l.linkFirst(turn{dest, box}, u, doubtful)
	if err != nil {
		return err
	}
	if doubtful, err = l.job.Checkpoint.Doubtful(l.feed, u.to); err != nil {
		return l.local(l.feed, err)
	}
	for i := range doubtful {
		if doubtful[i].Epoch != box.Epoch {
			doubtful[i].UID = 0
		}
	}
	twins, err := l.byDigest(l.feed, doubtful, s)
	if err != nil {
		return err
	}
	healed, err := l.takeBack(dest, u, doubtful, twins, s)
	if err != nil {
		return err
	}
	for i := range doubtful {
		_, twice := twins[i]
		doubtful[i].Resent = !healed[i] && (twice || time.Since(doubtful[i].Begun) < lateLimit)
	}
	return l.local(l.work, l.job.Checkpoint.Settle(l.work, doubtful))
}

// lateLimit is how long after it was sent a message can still land: until then
// each run looks. A twin that is found later may be the user's own copy.
const lateLimit = time.Hour

// linkFirst is what stands in the folder and belongs to nobody, once every
// record has found its own: a receipt may have told no UID, or one that means
// nothing any more, and our own copy must not pass for a twin.
func (l *lane) linkFirst(t turn, u *unit, doubtful []Record) (*stored, error) {
	unlinked, err := l.job.Checkpoint.Unlinked(l.feed, u.to, t.box.Epoch)
	if err != nil {
		return nil, l.local(l.feed, err)
	}
	from := uint32(1)
	if len(unlinked) == 0 {
		from = lowestBase(doubtful, t.box.Epoch)
	}
	s, err := l.stored(l.feed, t, u, from)
	if err != nil {
		return nil, err
	}
	_, err = l.relink(l.feed, t, unlinked, s)
	return s, err
}

// takeBack removes our copies of what has a twin and puts the twins' UIDs in
// their records. It answers whose doubt is over.
func (l *lane) takeBack(dest Dest, u *unit, doubtful []Record, twins map[int]int, s *stored) (healed map[int]bool, err error) {
	healed = map[int]bool{}
	swap := map[int]uint32{} // to be removed: position -> the twin's UID
	old := 0
	for i, j := range twins {
		switch {
		case time.Since(doubtful[i].Begun) > lateLimit:
			healed[i] = true
			old++
		case doubtful[i].UID != 0 && doubtful[i].Fate != Merged:
			swap[i] = s.cards[j].uid
		}
	}
	removed, err := l.swap(dest, u, doubtful, swap)
	if err != nil {
		return nil, err
	}
	for _, i := range removed {
		healed[i], doubtful[i].UID = true, swap[i]
	}
	l.tellTwins(u, len(twins)-len(healed), old)
	if len(removed) > 0 {
		l.ledger.note(u.parts[0], fmt.Sprintf("%s: %s had landed late; the second copy was taken back", u.to.Name(), plural(len(removed), "message")))
	}
	return healed, nil
}

// swap removes our copies in favour of their twins, which get the marks that
// the user has given ours meanwhile. Only what was read and found to be ours, to
// the byte, goes.
func (l *lane) swap(dest Dest, u *unit, doubtful []Record, swap map[int]uint32) (removed []int, err error) {
	remover, ok := dest.(Remover)
	if !ok || len(swap) == 0 {
		return nil, nil
	}
	there, err := l.readBoth(dest, u, doubtful, swap)
	if err != nil {
		return nil, err
	}
	var own []uint32
	var marks []Reflag
	for i, twin := range swap {
		ours, theirs := there[doubtful[i].UID], there[twin]
		if ours.digest != doubtful[i].Digest || theirs.digest != doubtful[i].Digest {
			continue
		}
		removed, own = append(removed, i), append(own, doubtful[i].UID)
		if m := (Reflag{UID: twin, Add: minus(ours.flags, theirs.flags), Drop: minus(theirs.flags, ours.flags)}); len(m.Add)+len(m.Drop) > 0 {
			marks = append(marks, m)
		}
	}
	if marker, ok := dest.(Reflagger); ok && len(marks) > 0 {
		if _, err := marker.Reflag(l.feed, u.to, marks); err != nil {
			return nil, l.dests.fault(fmt.Errorf("change flags in %q: %w", u.to.Name(), err))
		}
	}
	slices.Sort(own)
	if len(own) > 0 {
		err = remover.Remove(l.feed, u.to, own)
	}
	if err != nil {
		return nil, l.dests.fault(fmt.Errorf("take back from %q: %w", u.to.Name(), err))
	}
	return removed, nil
}

// copyThere is a message at the destination as it is now.
type copyThere struct {
	digest Digest
	flags  []Flag
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
			d, _, err = digestOf(got.Body)
			there[got.UID] = copyThere{d, slices.Clone(got.Flags)}
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
		l.ledger.flaw(u.parts[0], fmt.Sprintf("%s: after a lost connection there is a second copy of %s, and this destination cannot remove single messages", u.to.Name(), plural(kept, "message")))
	}
	if old > 0 {
		l.ledger.flaw(u.parts[0], fmt.Sprintf("%s: there is a second copy of %s, left by a connection that was lost then, or your own; nothing was removed", u.to.Name(), plural(old, "message")))
	}
}

// byDigest pairs records with stored messages of equal bytes, nothing less.
func (l *lane) byDigest(ctx context.Context, rs []Record, s *stored) (map[int]int, error) {
	p := newPairing(l.handOf(rs), &s.hand)
	idents := group(p.a)
	var as, bs []int
	for j, c := range s.cards {
		if ia := idents[c.ident]; len(ia) > 0 {
			as, bs = append(as, ia...), append(bs, j)
		}
	}
	err := p.byDigest(ctx, as, bs)
	return p.mate, err
}

// vanish ends what is still open when a tail is through: it did not land, and
// the source does not have it any more.
func (l *lane) vanish(u *unit) error {
	pending, err := l.job.Checkpoint.Pending(l.work, u.to)
	if err != nil {
		return l.local(l.work, err)
	}
	var gone []Record
	for _, rec := range pending {
		i := slices.IndexFunc(u.parts, func(p *passage) bool { return p.book.ID == rec.Book })
		if i < 0 {
			continue
		}
		rec.Fate = Vanished
		gone = append(gone, rec)
		l.ledger.count(u.parts[i], Vanished, 1, 0)
	}
	return l.local(l.work, l.job.Checkpoint.Settle(l.work, gone))
}
