package transfer

import (
	"context"
	"fmt"
	"sync/atomic"
)

// append opens the unit's folder at the destination and appends what the
// loader brings. It runs in the lane's appender, which owns the session, and
// returns when the unit is done or broken.
func (l *lane) append(dest Dest, u *unit) error {
	box, err := l.open(dest, u)
	if err != nil {
		return l.dests.fault(err)
	}
	if !u.fresh {
		if err := u.belt.lend(turn{dest, box}); err != nil {
			return err
		}
	}
	l.widen(dest)
	w := &writer{lane: l, unit: u, box: box}
	w.base.Store(box.Next)
	if err := w.run(dest); err != nil {
		return err
	}
	if l.feed.Err() != nil {
		return nil
	}
	if u.belt.failed != nil {
		return u.belt.failed
	}
	if err := w.bearWitness(dest); err != nil {
		return err
	}
	if err := l.carryFlags(dest, box, u); err != nil {
		return l.dests.fault(fmt.Errorf("change flags in %q: %w", u.to.Name(), err))
	}
	if !u.tail {
		return l.doubt(u)
	}
	if err := l.heal(dest, box, u); err != nil {
		return err
	}
	return l.vanish(u)
}

// open opens the destination folder, under its spare name if the destination
// would not make the first.
func (l *lane) open(dest Dest, u *unit) (Mailbox, error) {
	box, err := l.openNoted(dest, u.to)
	if err != nil && Permanent(err) && l.locally(err) == nil && u.spare.Path != nil && l.queue.claim(u.spare.Key(), u) {
		p := u.parts[0]
		l.ledger.note(p, fmt.Sprintf("%s: the destination refused this name (%v); it is called %s there", u.to.Name(), err, u.spare.Name()))
		u.to, u.spare = u.spare, Folder{}
		box, err = l.openNoted(dest, u.to)
	}
	if err != nil {
		return box, err
	}
	for _, text := range box.Notes {
		l.ledger.note(u.parts[0], text)
	}
	return box, l.same(u, box)
}

// same tells when the destination folder is not the one that this run had open
// before. It is taken as it is once; whoever takes it away again means it.
func (l *lane) same(u *unit, box Mailbox) error {
	before := u.epoch
	u.epoch = box.Epoch
	switch {
	case before == "" || before == box.Epoch:
		return nil
	case u.remade:
		return &awayError{u.to.Name()}
	}
	u.remade = true // an attempt has failed, so it is not fresh either
	l.ledger.note(u.parts[0], u.to.Name()+": this folder was deleted, renamed or renumbered at the destination during the run")
	return nil
}

// awayError is a destination folder that goes away again and again.
type awayError struct{ name string }

func (e *awayError) Error() string {
	return fmt.Sprintf("the folder %q was deleted, renamed or renumbered twice during this run", e.name)
}

// Permanent is always true: somebody else is at work there.
func (e *awayError) Permanent() bool { return true }

// writer appends the windows of one unit.
type writer struct {
	*lane
	unit   *unit
	box    Mailbox
	base   atomic.Uint32   // no letter of a window that begins now can land below
	seen   uidSet          // UIDs of receipts
	kept   int             // letters that are in the folder by their receipts
	folded map[uint32]bool // UIDs that were given to more than one letter

	feeding context.Context // ends with the feed, or when the destination has failed
	unfed   error           // why no more windows were fed; written by the port's goroutine
}

// run feeds windows and settles receipts until there are no more.
func (w *writer) run(dest Dest) error {
	var fed context.CancelFunc
	w.feeding, fed = context.WithCancel(w.feed)
	defer fed()
	var broken error
	for receipt, err := range dest.Append(w.work, w.unit.to, w.windows) {
		err = Guard(func() error { // a panic would let the port wait for windows
			if err != nil {
				return w.lost(err)
			}
			return w.settle(receipt)
		})
		if err != nil {
			broken = err
			fed()
			break
		}
	}
	if w.unfed != nil {
		return w.unfed
	}
	if open := w.unit.belt.unanswered(); broken == nil && len(open) > 0 {
		return w.dests.fault(fmt.Errorf("append to %q: no answer for %s", w.unit.to.Name(), plural(len(open), "message")))
	}
	return broken
}

// lost names a lost connection. Where only one letter was out, it is the one
// that the connection was lost at; the second time it is set aside. It stays
// open, since nobody has refused it: it may have landed.
func (w *writer) lost(err error) error {
	err = w.dests.fault(err)
	open := w.unit.belt.unanswered()
	if !w.unit.wary || len(open) != 1 || w.feed.Err() != nil || !w.unit.lostAt(open[0].folder, open[0].ID) {
		return err
	}
	l := open[0]
	w.refuse(l, fmt.Sprintf("the connection was lost twice while it was sent: %v", err))
	return err
}

// refuse counts a letter that the destination would not take.
func (w *writer) refuse(l *Letter, words string) {
	w.ledger.setAside(l.folder, l.ID)
	w.ledger.refuse(l.folder, Refusal{
		ID: l.ID, Date: l.Date, Size: l.Size, MessageID: l.MessageID, Subject: l.Subject, Words: words,
	})
}

// windows is the sequence that the destination pulls from, in a goroutine of
// its own: each window is in the checkpoint before it is handed out.
func (w *writer) windows(yield func([]*Letter) bool) {
	w.unfed = Guard(func() error { return w.feedTo(yield) })
}

func (w *writer) feedTo(yield func([]*Letter) bool) error {
	for b := w.unit.belt.take(w.feeding); b != nil; b = w.unit.belt.take(w.feeding) {
		if err := w.begin(b); err != nil {
			return w.local(w.work, err)
		}
		w.handed.Add(b.bytes)
		if !yield(b.letters) {
			return nil
		}
		if limit := w.job.MaxBytes; limit > 0 && w.handed.Load() >= limit {
			w.stop(errLimit)
		}
	}
	return nil
}

// begin writes the window down.
func (w *writer) begin(b *batch) error {
	win := Window{To: w.unit.to, Epoch: w.box.Epoch, Base: w.base.Load(), Records: make([]Record, len(b.letters))}
	for i, l := range b.letters {
		l.record.To, l.record.Epoch = w.unit.to.Key(), w.box.Epoch
		win.Records[i] = l.record
	}
	return w.job.Checkpoint.Begin(w.work, win)
}

// settle books one receipt.
func (w *writer) settle(rc Receipt) error {
	l := rc.Letter
	rec := l.record
	rec.UID, rec.Fate = rc.UID, Copied
	if rc.Err != nil {
		rec.Fate, rec.Words = Refused, rc.Err.Error()
		rec.Subject, rec.MessageID = l.Subject, l.MessageID
		w.refuse(l, rec.Words)
	} else if !w.seen.add(rc.UID, w.box.Next) {
		rec.Fate = Merged
		if w.folded == nil {
			w.folded = map[uint32]bool{}
		}
		w.folded[rc.UID] = true
	}
	if err := w.job.Checkpoint.Settle(w.work, []Record{rec}); err != nil {
		return w.local(w.work, err)
	}
	if rc.Err == nil {
		w.arrived(rc, rec)
	}
	l.answered = true
	if l.batch.open--; l.batch.open == 0 {
		w.unit.belt.received(l.batch)
	}
	if Full(rc.Err) {
		w.stop(w.dests.fault(rc.Err))
	}
	return nil
}

// arrived counts a letter that the destination has.
func (w *writer) arrived(rc Receipt, rec Record) {
	if rc.UID != 0 {
		w.base.Store(max(w.base.Load(), rc.UID+1))
	}
	p := rc.Letter.folder
	for _, text := range rc.Notes {
		w.ledger.note(p, fmt.Sprintf("%s: %s", p.name(), text))
	}
	if rec.Fate == Merged {
		w.ledger.count(p, Merged, 1, 0)
		return
	}
	w.kept++
	w.ledger.count(p, Copied, 1, rc.Letter.Size)
}

// finish closes the books of a unit that is through, or hands what is still
// open to a tail.
func (l *lane) finish(u *unit) error {
	if u.held || u.doubt {
		l.queue.push(u.tailUnit(l.started.Add(l.job.Settle)))
		return nil
	}
	for _, p := range u.parts {
		t := l.ledger.tally(p)
		state := l.state(p)
		if t.Refused > 0 || t.Vanished > 0 || u.waits {
			state = "" // it may be back
		}
		kept := Tally{Messages: t.Messages, Present: t.Present + t.arrived(), Skipped: t.Skipped}
		if err := l.job.Checkpoint.Finish(l.work, p.book.ID, state, kept); err != nil {
			return l.local(l.work, err)
		}
		p.finished = true
		l.ledger.tell(p.event(EventDone))
	}
	l.follow(u)
	return nil
}
