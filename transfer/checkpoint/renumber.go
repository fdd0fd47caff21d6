package checkpoint

import (
	"context"
	"fmt"

	"github.com/mailhaul/mailhaul/transfer"
)

// Renumbered implements [transfer.Checkpoint]. The records go to a book of
// their own, whose epoch no server can give ("1234~1").
func (l *Log) Renumbered(_ context.Context, id int64) error {
	if err := l.queueRenumber(id); err != nil {
		return err
	}
	return l.flushFull()
}

func (l *Log) queueRenumber(id int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.index.bookByID[id]
	if b == nil {
		return unknownBook(id)
	}
	key := b.key
	for n := 1; l.index.books[key] != nil; n++ {
		key.epoch = fmt.Sprintf("%s~%d", b.key.epoch, n)
	}
	former := l.book(key, b.target)
	for _, t := range l.index.targetByID {
		if l.index.routes[routeKey{b.id, t.id}] {
			l.route(former, t)
		}
	}
	l.queue(l.sql.renumber, former.id, b.id)
	l.queue(l.sql.renumberRefusals, former.id, b.id)
	l.queue(l.sql.renumberDeletions, former.id, b.id)
	l.queue(l.sql.reroute, b.target.id, b.id)
	former.filled, former.open = b.filled, b.open
	b.filled, b.open, b.state, b.tally = false, false, "", transfer.Tally{}
	return nil
}
