package transfer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// prelude brings checkpoint and destination folder into agreement before
// anything new is appended to a folder that is not fresh: what was open is
// matched, what somebody else has put there is adopted. It runs in the loader,
// which borrows the destination's session for it.
func (l *lane) prelude(ctx context.Context, u *unit) error {
	changed, err := l.scan(ctx, u)
	if err != nil {
		return err
	}
	t, err := u.belt.borrow(ctx)
	if err != nil {
		return err
	}
	err = l.agree(ctx, t, u, changed)
	u.belt.giveBack(err)
	return err
}

// agree does the prelude with the borrowed session.
func (l *lane) agree(ctx context.Context, t turn, u *unit, changed bool) (err error) {
	if u.tail {
		if t.box, err = l.steady(ctx, t, u); err != nil {
			return l.dests.fault(err)
		}
	}
	foreign, err := l.reconcile(ctx, t, u, changed)
	if err != nil || u.tail {
		return err
	}
	for _, p := range u.parts {
		err := l.rekey(ctx, t, u, p)
		if p.seen, p.newDates, p.shifts = nil, nil, nil; err != nil {
			return err
		}
	}
	return l.adopt(ctx, t, u, foreign)
}

// stored is what stands in the open folder and is not linked to a record.
type stored struct{ hand }

// survey of the open folder from that UID on, less what is known to be linked, or was
// taken back: a server may let that stand for a while.
func (l *lane) stored(ctx context.Context, t turn, u *unit, from uint32) (*stored, error) {
	var local error
	foreign := func(there []Span) (wanted []Span, err error) {
		wanted, err = l.job.Checkpoint.Foreign(ctx, u.to, t.box.Epoch, there)
		local = l.local(ctx, err)
		return wanted, err
	}
	s := &stored{}
	for m, err := range t.dest.Stored(ctx, u.to, from, foreign) {
		if local != nil {
			return nil, local
		}
		if err != nil {
			return nil, l.dests.fault(fmt.Errorf("list %q: %w", u.to.Name(), err))
		}
		if u.takenBack[spot{t.box.Epoch, m.UID}] {
			continue
		}
		c := newCard(m.Ident, m.Size, m.Date, flagKey(m.Flags))
		c.uid = m.UID
		s.add(c, Digest{})
	}
	s.read = func(ctx context.Context, at []int) error { return l.readStored(ctx, t, u, s, at) }
	return s, nil
}

// readStored computes the digests of messages at the destination.
func (l *lane) readStored(ctx context.Context, t turn, u *unit, s *stored, at []int) error {
	position := map[uint32]int{}
	uids := make([]uint32, len(at))
	for k, i := range at {
		uids[k] = s.cards[i].uid
		position[uids[k]] = i
	}
	slices.Sort(uids)
	for got, err := range t.dest.Read(ctx, u.to, uids) {
		if err == nil && got.Err == nil {
			if i, ok := position[got.UID]; ok {
				var r wholeRead
				r, err = readWhole(got.Body)
				s.knowAll(i, r.digest, r.core)
				if !got.Date.IsZero() {
					s.cards[i].when = got.Date.Unix()
				}
			}
		}
		if err != nil {
			return l.dests.fault(fmt.Errorf("read back from %q: %w", u.to.Name(), err))
		}
	}
	return nil
}

// reconcile finds out what has become of the messages that are open: those that
// arrived are settled. all asks for everything else that stands in the folder
// too, which comes back without what is ours.
func (l *lane) reconcile(ctx context.Context, t turn, u *unit, all bool) (*stored, error) {
	pending, err := l.job.Checkpoint.Pending(ctx, u.to)
	if err != nil {
		return nil, l.local(ctx, err)
	}
	all = all && t.box.Count > 0
	if len(pending) == 0 && !all && !u.remade {
		return nil, nil
	}
	unlinked, err := l.job.Checkpoint.Unlinked(ctx, u.to, t.box.Epoch)
	if err != nil {
		return nil, l.local(ctx, err)
	}
	u.linked = true
	from := lowestBase(pending, t.box.Epoch)
	if all || len(unlinked) > 0 {
		from = 1
	}
	if from >= t.box.Next && t.box.Next > 0 { // nothing landed
		l.lostWith(u, len(unlinked))
		return nil, nil
	}
	s, err := l.stored(ctx, t, u, from)
	if err != nil {
		return nil, err
	}
	// Those that have arrived take theirs first: a true duplicate among them
	// must not pass for one that is open.
	found, err := l.relink(ctx, t, unlinked, pending, s)
	if err != nil {
		return nil, err
	}
	l.lostWith(u, len(unlinked)-found)
	if err := l.settleLanded(ctx, t, u, pending, unlinked, s); err != nil || !all {
		return nil, err
	}
	return s, nil
}

// lowestBase is the UID below which none of the open records can have landed.
func lowestBase(pending []Record, epoch string) uint32 {
	if len(pending) == 0 {
		return 1
	}
	lowest := slices.MinFunc(pending, func(a, b Record) int { return cmp.Compare(a.Base, b.Base) })
	if slices.ContainsFunc(pending, func(r Record) bool { return r.Epoch != epoch }) {
		return 1
	}
	return max(lowest.Base, 1)
}

// remove takes out what was matched.
func (s *stored) remove(mates map[int]int) {
	used := map[int]bool{}
	for _, j := range mates {
		used[j] = true
	}
	old := *s
	s.cards, s.digest, s.core = nil, nil, nil
	for j, c := range old.cards {
		if used[j] {
			continue
		}
		if read, ok := old.core[j]; ok {
			s.knowAll(s.len(), old.digest[j], read)
		}
		s.add(c, old.digest[j])
	}
}

// from is the part with that UID or higher ones, and where it stands.
func (s *stored) from(uid uint32) (part *stored, at []int) {
	part = &stored{}
	for j, c := range s.cards {
		if c.uid >= uid {
			part.add(c, s.digest[j])
			at = append(at, j)
		}
	}
	return part, at
}

// handOf are records as one side of a pairing with what is at the destination,
// with their flags as they are there.
func (l *lane) handOf(rs []Record) *hand {
	h := &hand{}
	for _, r := range rs {
		h.add(newCard(r.Ident, r.Size, r.Date, l.there(flagsOf(r.Flags))), r.Digest)
	}
	return h
}

// there is the key of flags as the mapper translates them.
func (l *lane) there(flags []Flag) string {
	if len(flags) == 0 {
		return ""
	}
	m, _ := l.job.Mapper.Message(Message{Flags: flags, Size: -1})
	return flagKey(m.Flags)
}

// settleTime waits until what a cut has left on its way must have landed.
func (l *lane) settleTime(ctx context.Context, u *unit) bool {
	d := time.Until(u.settle)
	if d <= 0 {
		return true
	}
	e := u.parts[0].event(EventSettle)
	e.Wait = d
	l.ledger.tell(e)
	return wait(ctx, d)
}

// steady reads UIDNEXT until two readings agree: nothing lands any more. A folder that
// is another one by then ends the attempt: the appender has opened the one before.
func (l *lane) steady(ctx context.Context, t turn, u *unit) (Mailbox, error) {
	for {
		if !wait(ctx, l.job.Settle/20) {
			return t.box, context.Cause(ctx)
		}
		again, err := l.openNoted(t.dest, u.to)
		if err != nil {
			return t.box, err
		}
		if again.Epoch != t.box.Epoch {
			return t.box, fmt.Errorf("the folder %q was deleted, renamed or renumbered", u.to.Name())
		}
		if again.Next == t.box.Next && again.Count == t.box.Count {
			return again, nil
		}
		t.box = again
	}
}

// errNoBody is for a message that came without its bytes.
var errNoBody = errors.New("no body came")
