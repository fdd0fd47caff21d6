package checkpoint

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// Undone is one time that what a job had put at the destination was taken back.
type Undone struct {
	Begun time.Time
	Ended time.Time // zero if it was cut off, or is on
	// Removed counts messages that were removed, or were about to be when it was cut
	// off, Bytes is their size.
	Removed int
	Bytes   int64
	// Released counts messages that the job counts no more and that were not removed:
	// they had been there before, or were gone.
	Released int
	// Kept counts those that stayed, and that the job still counts.
	Kept int
	// Folders counts those that were removed.
	Folders int
}

// Undo is one that is under way.
type Undo struct {
	log *Log
	id  int64
}

// BeginUndo notes that what has arrived is about to be taken back.
func (l *Log) BeginUndo(context.Context) (*Undo, error) {
	id := time.Now().UnixNano()
	l.mu.Lock()
	l.queue(l.sql.beginUndo, id, id)
	l.mu.Unlock()
	return &Undo{l, id}, l.flush()
}

// Forget takes removed and released out of the checkpoint, and counts them. When it
// returns, that is durable.
func (u *Undo) Forget(ctx context.Context, removed, released []transfer.Record) error {
	books, bytes := map[int64][]string{}, int64(0)
	for _, r := range removed {
		books[r.Book] = append(books[r.Book], r.ID)
		bytes += r.Size
	}
	for _, r := range released {
		books[r.Book] = append(books[r.Book], r.ID)
	}
	for book, ids := range books {
		if err := u.log.Forget(ctx, book, ids); err != nil {
			return err
		}
	}
	u.log.mu.Lock()
	u.log.queue(u.log.sql.countUndo, int64(len(removed)), bytes, int64(len(released)), u.id)
	u.log.mu.Unlock()
	return u.log.flush()
}

// End notes that it is over.
func (u *Undo) End(kept, folders int) error {
	u.log.mu.Lock()
	u.log.queue(u.log.sql.endUndo, time.Now().UnixNano(), int64(kept), int64(folders), u.id)
	u.log.mu.Unlock()
	return u.log.flush()
}

// Undone answers what was taken back, the earliest first.
func (j *Journal) Undone(ctx context.Context) (all []Undone, err error) {
	err = j.read(ctx, func() (err error) {
		all, err = readUndone(j.db, j.version)
		return err
	})
	return all, err
}

func (s *Status) readUndone(db *database, version int) (err error) {
	s.Undone, err = readUndone(db, version)
	return err
}

func readUndone(db *database, version int) (all []Undone, err error) {
	if version < 5 { // knew no undo
		return nil, nil
	}
	err = db.query("SELECT begun, ended, removed, bytes, released, kept, folders FROM undo ORDER BY begun", func(row []driver.Value) error {
		one := Undone{
			Begun: time.Unix(0, intOf(row[0])), Removed: int(intOf(row[2])), Bytes: intOf(row[3]),
			Released: int(intOf(row[4])), Kept: int(intOf(row[5])), Folders: int(intOf(row[6])),
		}
		if row[1] != nil {
			one.Ended = time.Unix(0, intOf(row[1]))
		}
		all = append(all, one)
		return nil
	})
	return all, err
}
