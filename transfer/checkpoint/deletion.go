package checkpoint

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

var _ transfer.DeletionLog = (*Log)(nil)

// Deleting implements [transfer.DeletionLog].
func (l *Log) Deleting(_ context.Context, rs []transfer.Record) error {
	err := l.queueDeletions(rs, func(r transfer.Record) {
		l.queue(l.sql.deleting, r.Book, r.ID, orNull(r.Digest, r.Digest[:]), orNull(r.Size, r.Size), time.Now().Unix())
	})
	if err != nil {
		return err
	}
	return l.flush()
}

// Deleted implements [transfer.DeletionLog].
func (l *Log) Deleted(_ context.Context, rs []transfer.Record) error {
	err := l.queueDeletions(rs, func(r transfer.Record) { l.queue(l.sql.deleted, time.Now().Unix(), r.Book, r.ID) })
	if err != nil {
		return err
	}
	return l.flushFull()
}

// Spared implements [transfer.DeletionLog].
func (l *Log) Spared(_ context.Context, rs []transfer.Record) error {
	if err := l.queueDeletions(rs, func(r transfer.Record) { l.queue(l.sql.spared, r.Book, r.ID) }); err != nil {
		return err
	}
	return l.flushFull()
}

func (l *Log) queueDeletions(rs []transfer.Record, queue func(transfer.Record)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range rs {
		if l.index.bookByID[r.Book] == nil {
			return unknownBook(r.Book)
		}
	}
	for _, r := range rs {
		queue(r)
	}
	return nil
}

// Undecided implements [transfer.DeletionLog].
func (l *Log) Undecided(ctx context.Context, book int64) (ids []string, err error) {
	err = l.read(ctx, func() error {
		return l.sql.undecided.query(named([]driver.Value{book}), func(row []driver.Value) error {
			ids = append(ids, textOf(row[0]))
			return nil
		})
	})
	return ids, err
}

// Deleted counts the messages that were deleted at their source, or may have been.
func (j *Journal) Deleted(ctx context.Context) (n int, err error) {
	if j.version < 4 { // knew no deletions
		return 0, nil
	}
	err = j.read(ctx, func() error {
		return j.db.query("SELECT count(*) FROM deletion", func(row []driver.Value) error {
			n = int(intOf(row[0]))
			return nil
		})
	})
	return n, err
}
