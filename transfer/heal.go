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
	s, err := l.stored(l.feed, turn{dest, box}, u, lowestBase(doubtful, box.Epoch))
	if err != nil {
		return err
	}
	if err := l.ownFirst(box, doubtful, s); err != nil {
		return err
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
		doubtful[i].Resent = !healed[i] && (twice || time.Since(doubtful[i].Begun) < stallSettles*l.job.Settle)
	}
	return l.local(l.work, l.job.Checkpoint.Settle(l.work, doubtful))
}

// lateLimit is how long after it was sent a message can still land. A twin
// that is found later may be the user's own copy.
const lateLimit = time.Hour

// ownFirst finds the UIDs of those whose receipt told none, so that our own
// copy does not pass for a twin.
func (l *lane) ownFirst(box Mailbox, doubtful []Record, s *stored) error {
	var unlinked []Record
	var at []int
	for i, rec := range doubtful {
		if rec.UID == 0 {
			unlinked, at = append(unlinked, rec), append(at, i)
		}
	}
	mates, err := l.byDigest(l.feed, unlinked, s)
	if err != nil {
		return err
	}
	for k, j := range mates {
		doubtful[at[k]].UID, doubtful[at[k]].Epoch = s.cards[j].uid, box.Epoch
	}
	s.remove(mates)
	return nil
}

// takeBack removes our copies of what has a twin and puts the twins' UIDs in
// their records. It answers whose doubt is over.
func (l *lane) takeBack(dest Dest, u *unit, doubtful []Record, twins map[int]int, s *stored) (healed map[int]bool, err error) {
	healed = map[int]bool{}
	remover, ok := dest.(Remover)
	var own []uint32
	old := 0
	for i, j := range twins {
		switch {
		case time.Since(doubtful[i].Begun) > lateLimit:
			healed[i] = true
			old++
		case ok && doubtful[i].UID != 0:
			healed[i] = true
			own = append(own, doubtful[i].UID)
			doubtful[i].UID = s.cards[j].uid
		}
	}
	l.tellTwins(u, len(twins)-len(healed), old)
	if len(own) == 0 {
		return healed, nil
	}
	slices.Sort(own)
	if err := remover.Remove(l.feed, u.to, own); err != nil {
		return nil, l.dests.fault(fmt.Errorf("take back from %q: %w", u.to.Name(), err))
	}
	l.ledger.note(u.parts[0], fmt.Sprintf("%s: %s had landed late; the second copy was taken back", u.to.Name(), plural(len(own), "message")))
	return healed, nil
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
	p := &pairing{a: l.handOf(rs), b: &s.hand, mate: map[int]int{}, used: map[int]bool{}}
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
