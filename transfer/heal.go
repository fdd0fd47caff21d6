package transfer

import (
	"context"
	"slices"
	"time"
)

// doubt hands a unit to its tail when some of its messages were sent twice and
// nobody has looked for twins since: an earlier run may have been cut off then. So it
// does when some are open that the source does not have any more; what a short list does
// not hold may be there.
func (l *lane) doubt(u *unit) error {
	if u.fresh { // nothing was sent there before, and all of it once
		return nil
	}
	doubtful, err := l.job.Checkpoint.Doubtful(l.work, u.to)
	if err != nil {
		return l.local(l.work, err)
	}
	pending, err := l.job.Checkpoint.Pending(l.work, u.to)
	u.doubt = len(doubtful) > 0
	u.held = u.held || slices.ContainsFunc(pending, func(r Record) bool {
		p := l.leftOf(u, r)
		return p != nil && !p.short
	})
	return l.local(l.work, err)
}

// heal looks for twins of what was sent again: should the first sending have
// landed after all, there is one too many. Then our own copy goes, by the UID in
// its record, and only where the destination can remove one message by its UID
// (UIDPLUS) and bytes and date of both are equal. Otherwise both stay and the
// user is told, by each run while they do; once only where the twin is old, and
// may be his own. What has no twin yet may get one: the next run looks again.
func (l *lane) heal(dest Dest, box Mailbox, u *unit) error {
	for again := true; again; { // what was sent three times may stand there three times
		var err error
		if again, err = l.healOnce(turn{dest, box}, u); err != nil {
			return err
		}
	}
	return nil
}

// healOnce takes back one twin of each at most. It answers whether there may be more.
func (l *lane) healOnce(t turn, u *unit) (again bool, err error) {
	doubtful, s, err := l.inDoubt(t, u)
	if err != nil || len(doubtful) == 0 {
		return false, err
	}
	twins, err := l.twins(t, u, doubtful, s)
	if err != nil {
		return false, err
	}
	healed, err := l.takeBack(t.dest, u, doubtful, twins, s)
	if err != nil {
		return false, err
	}
	for i := range doubtful {
		_, twice := twins[i] // an old one, too, until the run is over: see closeDoubts
		young := !isOld(doubtful[i])
		doubtful[i].Resent = young || twice && !healed[i]
		again = again || young && healed[i]
	}
	return again, l.local(l.work, l.job.Checkpoint.Settle(l.work, doubtful))
}

// inDoubt are the records of what was sent twice, and what stands there that is
// nobody's.
func (l *lane) inDoubt(t turn, u *unit) ([]Record, *stored, error) {
	doubtful, err := l.job.Checkpoint.Doubtful(l.feed, u.to)
	if err != nil || len(doubtful) == 0 {
		return nil, nil, l.local(l.feed, err)
	}
	s, err := l.linkFirst(t, u, doubtful)
	if err != nil {
		return nil, nil, err
	}
	if doubtful, err = l.job.Checkpoint.Doubtful(l.feed, u.to); err != nil {
		return nil, nil, l.local(l.feed, err)
	}
	slices.SortStableFunc(doubtful, youngFirst)
	for i := range doubtful {
		if doubtful[i].Epoch != t.box.Epoch {
			doubtful[i].UID = 0
		}
	}
	return doubtful, s, nil
}

// toldOnce are old twins in one folder, of which this run's report tells, and
// which no later one is to tell of again.
type toldOnce struct {
	to   Folder
	keys map[recordKey]bool
}

// tellOnce notes them.
func (l *ledger) tellOnce(to Folder, old []Record) {
	if len(old) == 0 {
		return
	}
	t := toldOnce{to, map[recordKey]bool{}}
	for _, r := range old {
		t.keys[recordKey{r.Book, r.ID}] = true
	}
	l.mu.Lock()
	l.once = append(l.once, t)
	l.mu.Unlock()
}

// closeDoubts ends the doubt about old twins. It is the last thing that a run does,
// and not durable by itself: the report of one that is killed before reaches nobody,
// and the next run has to tell.
func (r *run) closeDoubts() error {
	if r.more { // the next round joins its report to this one's
		return nil
	}
	ctx := context.WithoutCancel(r.work)
	for _, told := range r.ledger.once {
		doubtful, err := r.job.Checkpoint.Doubtful(ctx, told.to)
		if err != nil {
			return err
		}
		doubtful = slices.DeleteFunc(doubtful, func(rec Record) bool { return !told.keys[recordKey{rec.Book, rec.ID}] })
		for i := range doubtful {
			doubtful[i].Resent = false
		}
		if err := r.job.Checkpoint.Settle(ctx, doubtful); err != nil {
			return err
		}
	}
	return nil
}

// lateLimit is how long after it was sent a message can still land: until then
// each run looks. A twin that is found later may be the user's own copy.
const lateLimit = time.Hour

// youngFirst lets what can still land have its twins before an equal message that was
// sent long ago: the next run would find them for it.
func youngFirst(a, b Record) int {
	old := func(r Record) int {
		if isOld(r) {
			return 1
		}
		return 0
	}
	return old(a) - old(b)
}

// isOld reports whether the message cannot land any more from when it was sent last.
func isOld(r Record) bool { return time.Since(r.Begun) > lateLimit }

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
	_, err = l.relink(l.feed, t, unlinked, doubtful, s)
	return s, err
}

// vanish ends what is still open when a tail is through: it did not land, and
// the source does not have it any more. What was set aside stays open.
func (l *lane) vanish(u *unit) error {
	pending, err := l.job.Checkpoint.Pending(l.work, u.to)
	if err != nil {
		return l.local(l.work, err)
	}
	var gone []Record
	for _, rec := range pending {
		p := l.leftOf(u, rec)
		if p == nil {
			continue
		}
		rec.Fate, rec.Resent = Vanished, true // it may still land, and be listed again
		gone = append(gone, rec)
		l.ledger.count(p, Vanished, 1, 0)
	}
	return l.local(l.work, l.job.Checkpoint.Settle(l.work, gone))
}

// leftOf answers the part of the unit whose open record it is, nil if it is another's or
// was set aside.
func (l *lane) leftOf(u *unit, open Record) *passage {
	p := u.partOf(open)
	if p == nil || l.ledger.isAside(p, open.ID) {
		return nil
	}
	return p
}
