package transfer

import (
	"cmp"
	"fmt"
	"slices"
)

// heal looks for twins of what was sent again: should the first sending have
// landed after all, there is one too many. Then our own copy goes, by the UID
// that the destination gave it, and only where the destination can remove one
// message by its UID (UIDPLUS) and the bytes of both are equal. Otherwise both
// stay and the user is told.
func (l *lane) heal(dest Dest, box Mailbox, u *unit) error {
	if len(u.resent) == 0 {
		return nil
	}
	s, err := l.stored(l.feed, turn{dest, box}, u, max(u.base, 1))
	if err != nil || s.len() == 0 {
		return err
	}
	twins, err := l.twins(u, s)
	if err != nil || len(twins) == 0 {
		return err
	}
	remover, ok := dest.(Remover)
	if !ok || slices.ContainsFunc(u.resent, func(r Record) bool { return r.UID == 0 }) {
		l.ledger.note(u.parts[0], fmt.Sprintf("%s: after a lost connection there may be a second copy of %s, and this destination cannot remove single messages", u.to.Name(), plural(len(twins), "message")))
		return nil
	}
	var own []uint32
	var records []Record
	for i, j := range twins {
		rec := u.resent[i]
		own = append(own, rec.UID)
		rec.UID = s.uids[j]
		records = append(records, rec)
	}
	slices.SortFunc(own, cmp.Compare[uint32])
	if err := remover.Remove(l.feed, u.to, own); err != nil {
		return l.dests.fault(fmt.Errorf("take back from %q: %w", u.to.Name(), err))
	}
	if err := l.job.Checkpoint.Settle(l.work, records); err != nil {
		return &localError{err}
	}
	l.ledger.note(u.parts[0], fmt.Sprintf("%s: %s had landed late; the second copy was taken back", u.to.Name(), plural(len(own), "message")))
	return nil
}

// twins pairs what was sent again with unknown messages of equal bytes.
func (l *lane) twins(u *unit, s *stored) (map[int]int, error) {
	p := &pairing{a: handOf(u.resent), b: &s.hand, mate: map[int]int{}, used: map[int]bool{}}
	idents := group(p.a)
	var as, bs []int
	for j, id := range s.ident {
		if ia := idents[id]; len(ia) > 0 {
			as, bs = append(as, ia...), append(bs, j)
		}
	}
	err := p.byDigest(l.feed, as, bs)
	return p.mate, err
}
