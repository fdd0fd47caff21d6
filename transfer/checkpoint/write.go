package checkpoint

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// queueLimit is how many changes wait in memory at most, about 1 KB each.
const queueLimit = 1024

// windowSpan is how far the times of two windows lie apart, in nanoseconds.
// Within a window the messages' times rise by one, which keeps their order.
const windowSpan = 1 << 16

// batch is what waits for the next commit, in order.
type batch struct {
	changes []change
	done    bool // by whoever came first; guarded by Log.disk, like err
	err     error
}

// change is one statement to run. Those of a window are dropped when the
// commit fails: Begin says so, and nothing leaves.
type change struct {
	sql    *statement
	args   []driver.NamedValue
	window bool
}

// queue lets one row wait for the next commit. The caller holds mu.
func (l *Log) queue(sql *statement, args ...driver.Value) {
	l.add(change{sql: sql, args: named(args)})
}

// add is queue for what is a change already.
func (l *Log) add(c change) {
	if l.idle {
		l.began()
	}
	l.queued.changes = append(l.queued.changes, c)
}

// Enter implements [transfer.Checkpoint].
func (l *Log) Enter(ctx context.Context, source string, from, to transfer.Folder) (transfer.Book, error) {
	if err := ctx.Err(); err != nil {
		return transfer.Book{}, fmt.Errorf("enter %s in the checkpoint: %w", from.Name(), err)
	}
	l.mu.Lock()
	b := l.book(bookKey{kinKey{source, from.Key()}, from.Epoch}, l.target(to.Key()))
	out := transfer.Book{ID: b.id, State: b.state, Tally: b.tally, Filled: b.filled}
	former, open := l.index.former(b), b.open
	l.mu.Unlock()
	var err error
	if len(former) > 0 {
		if out.Former, err = l.anyOf(former); err != nil {
			return out, err
		}
	}
	if open {
		out.Open, err = l.openIn(b.id)
	}
	return out, err
}

// Begin implements [transfer.Checkpoint]: one transaction, one sync, shared
// with all who call it at the same time. A record that is open already, or of
// which a twin may still land, keeps its lower Base and becomes Resent.
func (l *Log) Begin(ctx context.Context, w transfer.Window) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("begin a window in the checkpoint: %w", err)
	}
	if err := l.queueWindow(w); err != nil {
		return err
	}
	return l.flush()
}

func (l *Log) queueWindow(w transfer.Window) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.target(w.To.Key())
	p := l.place(t, w.Epoch)
	l.index.unsettle(p)
	l.begun = max(time.Now().UnixNano()&^(windowSpan-1), l.begun+windowSpan)
	for _, r := range w.Records {
		if l.index.bookByID[r.Book] == nil {
			return unknownBook(r.Book)
		}
	}
	for i, r := range w.Records {
		r.Fate, r.UID, r.Words = transfer.Open, 0, ""
		b := l.index.bookByID[r.Book]
		b.open = true
		l.fill(b)
		l.route(b, t)
		args := rowOf(p, r)
		args[colBase].Value = int64(w.Base)
		args[colBegun].Value = l.begun + int64(i)
		l.add(change{l.sql.open, args, true})
	}
	return nil
}

// Settle implements [transfer.Checkpoint]. It records what has happened
// already, so it does not care whether ctx has ended. Of a Date whole seconds
// are kept, as IMAP has them. However many rs are, few wait in memory; an
// error leaves out those that come after it.
func (l *Log) Settle(_ context.Context, rs []transfer.Record) error {
	for chunk := range slices.Chunk(rs, queueLimit) {
		if err := l.queueRecords(chunk); err != nil {
			return err
		}
		if err := l.flushFull(); err != nil {
			return err
		}
	}
	return nil
}

func (l *Log) queueRecords(rs []transfer.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range rs {
		b := l.index.bookByID[r.Book]
		if b == nil {
			return unknownBook(r.Book)
		}
		switch r.Fate {
		case transfer.Open:
			b.open = true
		case transfer.Copied, transfer.Adopted, transfer.Refused, transfer.Vanished, transfer.Merged:
		default:
			return fmt.Errorf("checkpoint: message %q cannot be recorded as %q", r.ID, r.Fate)
		}
		p := l.placeOf(b, r)
		if r.Fate == transfer.Open || r.Resent {
			l.index.unsettle(p)
		}
		l.add(change{sql: l.sql.settle, args: rowOf(p, r)})
		if r.Fate == transfer.Refused && r.Subject+r.MessageID != "" {
			l.queue(l.sql.refused, r.Book, r.ID, r.Subject, r.MessageID)
		}
		l.fill(b)
	}
	return nil
}

// placeOf is where r lies, nil if it does not tell.
func (l *Log) placeOf(b *book, r transfer.Record) *place {
	switch {
	case r.To == "" && r.Epoch == "":
		return nil
	case r.To == "" || r.To == b.target.key:
		return l.place(b.target, r.Epoch)
	}
	t := l.target(r.To)
	l.route(b, t)
	return l.place(t, r.Epoch)
}

// Claim implements [transfer.Checkpoint].
func (l *Log) Claim(_ context.Context, id int64, former transfer.Record, newID string) error {
	if err := l.queueClaim(id, former, newID); err != nil {
		return err
	}
	return l.flushFull()
}

func (l *Log) queueClaim(id int64, former transfer.Record, newID string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, old := l.index.bookByID[id], l.index.bookByID[former.Book]
	if b == nil || old == nil {
		return unknownBook(id)
	}
	if former.To != "" {
		l.route(b, l.target(former.To))
	}
	l.queue(l.sql.claim, b.id, keyOf(newID), old.id, keyOf(former.ID))
	b.open = b.open || old.open
	l.fill(b)
	return nil
}

// Finish implements [transfer.Checkpoint].
func (l *Log) Finish(_ context.Context, id int64, state string, t transfer.Tally) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.index.bookByID[id]
	if b == nil {
		return unknownBook(id)
	}
	b.state, b.tally = state, t
	l.queue(l.sql.finish, state, time.Now().Unix(), int64(t.Messages), int64(t.Copied), int64(t.Present),
		int64(t.Adopted), int64(t.Skipped), int64(t.Refused), int64(t.Vanished), int64(t.Merged),
		int64(t.Folders), t.Bytes, b.id)
	return nil
}

// Sync implements [transfer.Checkpoint]. Like Settle it does not care whether
// ctx has ended.
func (l *Log) Sync(context.Context) error { return l.flush() }

// flushFull makes durable what is queued when that is much.
func (l *Log) flushFull() error {
	l.mu.Lock()
	full := len(l.queued.changes) >= queueLimit
	l.mu.Unlock()
	if !full {
		return nil
	}
	return l.flush()
}

// flush makes durable all that is queued. Of those who wait here with the same
// batch the first writes it for all.
func (l *Log) flush() error {
	l.mu.Lock()
	b := l.queued
	l.mu.Unlock()
	l.disk.Lock()
	defer l.disk.Unlock()
	if b.done {
		return b.err
	}
	l.mu.Lock()
	l.queued = &batch{}
	l.mu.Unlock()
	kept, err := l.write(b.changes)
	b.done, b.err, b.changes = true, fault(l.path, "write", err), nil
	if len(kept) > 0 {
		l.mu.Lock()
		l.queued.changes = append(kept, l.queued.changes...)
		l.mu.Unlock()
	}
	return b.err
}

// write commits the changes and answers those that it could not and that must
// not be forgotten. When the disk is full it gives the reserve away, so that
// what has arrived is recorded though nothing more can begin.
func (l *Log) write(changes []change) (kept []change, err error) {
	if len(changes) == 0 {
		return nil, nil
	}
	if err = l.transact(changes); err == nil {
		return nil, nil
	}
	for _, c := range changes {
		if !c.window {
			kept = append(kept, c)
		}
	}
	if isFull(err) && l.reserve.release() && l.transact(kept) == nil {
		return nil, err
	}
	return kept, err
}

// transact runs all the changes or none.
func (l *Log) transact(changes []change) error {
	if err := l.sql.begin.exec(nil); err != nil {
		return err
	}
	for _, c := range changes {
		if err := c.sql.exec(c.args); err != nil {
			return l.undo(err)
		}
	}
	if err := l.sql.commit.exec(nil); err != nil {
		return l.undo(err)
	}
	return nil
}

// undo rolls back because of err. SQLite may have done it by itself, so an
// error of its own tells nothing.
func (l *Log) undo(err error) error {
	_ = l.sql.rollback.exec(nil)
	return err
}

func unknownBook(id int64) error {
	return errors.New("checkpoint: there is no book " + fmt.Sprint(id))
}
