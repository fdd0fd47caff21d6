package checkpoint

import "context"

// Forget takes back what is recorded of messages: the next run carries them
// again. The book counts as not finished. It is durable with the next Sync.
func (l *Log) Forget(_ context.Context, book int64, ids []string) error {
	if err := l.queueForget(book, ids); err != nil {
		return err
	}
	return l.flushFull()
}

func (l *Log) queueForget(book int64, ids []string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.index.bookByID[book]
	if b == nil {
		return unknownBook(book)
	}
	for _, id := range ids {
		l.queue(l.sql.forget, book, keyOf(id))
		l.queue(l.sql.forgetRefusal, book, id)
	}
	l.queue(l.sql.reroute, b.target.id, b.id)
	b.state = ""
	return nil
}
