package transfer

import (
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
// landed after all, there is one too many. Then our own copy goes, by the UID in
// its record, and only where the destination can remove one message by its UID
// (UIDPLUS) and bytes and date of both are equal. Otherwise both stay and the
// user is told, by each run while they do. What has no twin yet
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
	twins, err := l.twins(turn{dest, box}, u, doubtful, s)
	if err != nil {
		return err
	}
	healed, err := l.takeBack(dest, u, doubtful, twins, s)
	if err != nil {
		return err
	}
	again := false
	for i := range doubtful {
		_, twice := twins[i]
		young := time.Since(doubtful[i].Begun) < lateLimit
		doubtful[i].Resent = young || twice && !healed[i]
		again = again || young && healed[i] // what was sent three times may stand there three times
	}
	if err := l.job.Checkpoint.Settle(l.work, doubtful); err != nil || !again {
		return l.local(l.work, err)
	}
	return l.heal(dest, box, u)
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
		i := slices.IndexFunc(u.parts, func(p *passage) bool { return p.book.ID == rec.Book })
		if i < 0 || l.ledger.isAside(u.parts[i], rec.ID) {
			continue
		}
		rec.Fate = Vanished
		gone = append(gone, rec)
		l.ledger.count(u.parts[i], Vanished, 1, 0)
	}
	return l.local(l.work, l.job.Checkpoint.Settle(l.work, gone))
}
