package checkpoint

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"

	"github.com/mailhaul/mailhaul/transfer"
)

// knownChunk is how many IDs one query asks for.
const knownChunk = 256

// Went implements [transfer.Checkpoint] without a look at the file.
func (l *Log) Went(ctx context.Context, source string) (map[string]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[string]string{}
	for kin, w := range l.index.went {
		if kin.source == source {
			out[kin.key] = w.target.key
		}
	}
	return out, ctx.Err()
}

// Known implements [transfer.Checkpoint]. It costs nothing for a book in
// which nothing is recorded yet.
func (l *Log) Known(ctx context.Context, id int64, ids []string) (map[string]transfer.Record, error) {
	l.mu.Lock()
	b := l.index.bookByID[id]
	empty := b == nil || !b.filled
	l.mu.Unlock()
	if empty || len(ids) == 0 {
		return map[string]transfer.Record{}, ctx.Err()
	}
	out := make(map[string]transfer.Record, len(ids))
	args := make([]driver.NamedValue, knownChunk+1)
	for i := range args {
		args[i].Ordinal = i + 1
	}
	args[knownChunk].Value = b.id
	s := scanner{log: l}
	err := l.read(ctx, func() error {
		for chunk := range slices.Chunk(ids, knownChunk) {
			for i := range knownChunk {
				if args[i].Value = nil; i < len(chunk) {
					args[i].Value = chunk[i]
				}
			}
			err := l.sql.known.query(args, func(row []driver.Value) error {
				r := s.record(row)
				out[r.ID] = r
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// Pending implements [transfer.Checkpoint], in the order in which the
// messages left.
func (l *Log) Pending(ctx context.Context, to transfer.Folder) ([]transfer.Record, error) {
	l.mu.Lock()
	places := l.index.placesOf(to.Key())
	l.mu.Unlock()
	return l.collect(ctx, l.sql.pending, places, func(transfer.Record) bool { return true })
}

// Linked implements [transfer.Checkpoint]. Spoiled messages are nobody's to adopt,
// either.
func (l *Log) Linked(ctx context.Context, to transfer.Folder, epoch string) ([]uint32, error) {
	var uids []uint32
	_, err := l.arrivals(ctx, to, func(r transfer.Record) bool {
		if r.Epoch == epoch && r.UID != 0 {
			uids = append(uids, r.UID)
		}
		return false
	})
	uids = append(uids, l.spoiledIn(to, epoch)...)
	slices.Sort(uids)
	return slices.Compact(uids), err
}

// Unlinked implements [transfer.Checkpoint].
func (l *Log) Unlinked(ctx context.Context, to transfer.Folder, epoch string) ([]transfer.Record, error) {
	return l.arrivals(ctx, to, func(r transfer.Record) bool { return r.Epoch != epoch || r.UID == 0 })
}

// arrivals answers the records of what has arrived in a destination folder
// and that keep wants. There is no index for it, which each window would pay
// for: it goes through the books that lead there.
func (l *Log) arrivals(ctx context.Context, to transfer.Folder, keep func(transfer.Record) bool) ([]transfer.Record, error) {
	key := to.Key()
	l.mu.Lock()
	books := l.index.booksTo(key)
	l.mu.Unlock()
	return l.collect(ctx, l.sql.arrived, books, func(r transfer.Record) bool { return r.To == key && keep(r) })
}

// Sent implements [transfer.Checkpoint]. It goes through the whole book.
func (l *Log) Sent(ctx context.Context, id int64, keep func(id string) bool) ([]transfer.Record, error) {
	l.mu.Lock()
	b := l.index.bookByID[id]
	empty := b == nil || !b.filled
	l.mu.Unlock()
	if empty {
		return nil, ctx.Err()
	}
	return l.collect(ctx, l.sql.sent, []int64{id}, func(r transfer.Record) bool { return keep(r.ID) })
}

// Doubtful implements [transfer.Checkpoint].
func (l *Log) Doubtful(ctx context.Context, to transfer.Folder) ([]transfer.Record, error) {
	l.mu.Lock()
	places := l.index.placesOf(to.Key())
	l.mu.Unlock()
	return l.collect(ctx, l.sql.doubtful, places, func(transfer.Record) bool { return true })
}

// Former implements [transfer.Checkpoint].
func (l *Log) Former(ctx context.Context, id int64) ([]transfer.Record, error) {
	l.mu.Lock()
	b := l.index.bookByID[id]
	if b == nil {
		l.mu.Unlock()
		return nil, unknownBook(id)
	}
	books := l.index.former(b)
	l.mu.Unlock()
	return l.collect(ctx, l.sql.former, books, func(transfer.Record) bool { return true })
}

// anyOf tells whether any of the books holds a message.
func (l *Log) anyOf(books []int64) (found bool, err error) {
	err = l.read(context.Background(), func() error {
		for _, id := range books {
			err := l.sql.any.query(named([]driver.Value{id}), func([]driver.Value) error {
				found = true
				return nil
			})
			if err != nil || found {
				return err
			}
		}
		return nil
	})
	return found, err
}

// openIn answers the key of the destination folder in which the book's first
// open record is, "" if none is open.
func (l *Log) openIn(book int64) (string, error) {
	var id int64
	err := l.read(context.Background(), func() error {
		return l.sql.firstOpen.query(named([]driver.Value{book}), func(row []driver.Value) error {
			id = intOf(row[0])
			return nil
		})
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.index.placeByID[id]
	if p == nil {
		return "", err
	}
	return p.target.key, err
}

// collect gathers the records that keep wants, asking q once for each of ids.
func (l *Log) collect(ctx context.Context, q *statement, ids []int64, keep func(transfer.Record) bool) ([]transfer.Record, error) {
	var out []transfer.Record
	s := scanner{log: l}
	err := l.read(ctx, func() error {
		for _, id := range ids {
			err := q.query(named([]driver.Value{id}), func(row []driver.Value) error {
				if r := s.record(row); keep(r) {
					out = append(out, r)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// read writes what is queued, so that a reader sees what was settled a moment
// ago, and runs do while nobody else is at the file.
func (l *Log) read(ctx context.Context, do func() error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("read the checkpoint: %w", err)
	}
	if err := l.flush(); err != nil {
		return err
	}
	l.disk.Lock()
	defer l.disk.Unlock()
	return fault(l.path, "read", do())
}
