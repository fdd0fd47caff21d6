package checkpoint

import (
	"context"
	"database/sql/driver"

	"github.com/mailhaul/mailhaul/transfer"
)

var _ transfer.FolderLog = (*Log)(nil)

// Made implements [transfer.FolderLog].
func (l *Log) Made(_ context.Context, to transfer.Folder, epoch string) error {
	l.mu.Lock()
	l.queue(l.sql.made, l.place(l.target(to.Key()), epoch).id)
	l.mu.Unlock()
	return l.flushFull()
}

// Filled notes that nothing but what runs have put there has a UID below next in a
// folder that they have made. It is durable with the next Sync.
func (l *Log) Filled(_ context.Context, to transfer.Folder, epoch string, next uint32) error {
	l.mu.Lock()
	l.queue(l.sql.highest, int64(next), l.place(l.target(to.Key()), epoch).id)
	l.mu.Unlock()
	return l.flushFull()
}

// Unmade notes that a folder that runs have made is gone. It is durable with the
// next Sync.
func (l *Log) Unmade(_ context.Context, to transfer.Folder, epoch string) error {
	l.mu.Lock()
	l.queue(l.sql.unmade, l.place(l.target(to.Key()), epoch).id)
	l.mu.Unlock()
	return l.flushFull()
}

// Made answers the destination folders that runs have made, by [transfer.Folder.Key]
// and epoch, and below which UID there was only theirs when an undo looked.
func (j *Journal) Made(ctx context.Context) (all []transfer.MadeFolder, err error) {
	if j.version < 5 { // did not note them
		return nil, nil
	}
	err = j.read(ctx, func() error {
		return j.db.query("SELECT t.key, p.epoch, m.next FROM made m JOIN place p ON p.id = m.place JOIN target t ON t.id = p.target",
			func(row []driver.Value) error {
				all = append(all, transfer.MadeFolder{To: string(bytesOf(row[0])), Epoch: textOf(row[1]), Next: uint32(intOf(row[2]))})
				return nil
			})
	})
	return all, err
}
