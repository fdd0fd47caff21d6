package checkpoint

import (
	"context"
	"database/sql/driver"

	"github.com/mailhaul/mailhaul/transfer"
)

// Spoil notes that a message at the destination is an altered copy, beside which a
// good one is about to be sent: it stands for no message and is never adopted. It
// is durable with the next Sync.
func (l *Log) Spoil(_ context.Context, to transfer.Folder, epoch string, uid uint32) error {
	l.mu.Lock()
	p := l.place(l.target(to.Key()), epoch)
	l.index.spoiled[p.id] = append(l.index.spoiled[p.id], uid)
	l.queue(l.sql.spoil, p.id, int64(uid))
	l.mu.Unlock()
	return l.flushFull()
}

// spoiledIn are the spoiled messages of a folder under that epoch.
func (l *Log) spoiledIn(to transfer.Folder, epoch string) []uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.index.targets[to.Key()]
	if t == nil {
		return nil
	}
	p := l.index.places[placeKey{t.id, epoch}]
	if p == nil {
		return nil
	}
	return l.index.spoiled[p.id]
}

// Spoiled implements [transfer.Journal].
func (j *Journal) Spoiled(ctx context.Context, to transfer.Folder, epoch string) (uids []uint32, err error) {
	if j.version < 5 { // took them for messages
		return nil, nil
	}
	err = j.read(ctx, func() error {
		return j.db.query(`SELECT s.uid FROM spoiled s JOIN place p ON p.id = s.place JOIN target t ON t.id = p.target
			WHERE t.key = ? AND p.epoch = ? ORDER BY 1`,
			func(row []driver.Value) error {
				uids = append(uids, uint32(intOf(row[0])))
				return nil
			}, []byte(to.Key()), epoch)
	})
	return uids, err
}
