package checkpoint

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"math"
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
					args[i].Value = keyOf(chunk[i])
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

// Census implements [transfer.Checkpoint].
func (l *Log) Census(ctx context.Context, id int64, s transfer.Span) (n transfer.Census, err error) {
	err = l.read(ctx, func() error {
		return l.sql.census.query(named([]driver.Value{id, int64(s.Low), int64(s.High)}), func(row []driver.Value) error {
			n.Arrived = int(intOf(row[0]))
			n.Other = int(intOf(row[1])) - n.Arrived
			return nil
		})
	})
	return n, err
}

// Pending implements [transfer.Checkpoint].
func (l *Log) Pending(ctx context.Context, to transfer.Folder) ([]transfer.Record, error) {
	l.mu.Lock()
	places := l.index.placesOf(to.Key(), true)
	l.mu.Unlock()
	rs, err := l.collect(ctx, l.sql.pending, each(places))
	if len(places) > 1 {
		slices.SortStableFunc(rs, func(a, b transfer.Record) int {
			return cmp.Or(cmp.Compare(a.Base, b.Base), a.Begun.Compare(b.Begun))
		})
	}
	return rs, err
}

// Gone implements [transfer.Checkpoint]. Between the numbers that are listed few are
// recorded, as a rule; IDs that are no numbers are all looked at.
func (l *Log) Gone(ctx context.Context, id int64, listed *transfer.Roll) ([]transfer.Record, error) {
	l.mu.Lock()
	b := l.index.bookByID[id]
	empty := b == nil || !b.filled
	l.mu.Unlock()
	if empty {
		return nil, ctx.Err()
	}
	var gaps [][]driver.Value
	for _, s := range transfer.Less([]transfer.Span{{Low: 1, High: math.MaxUint32}}, listed.Spans()) {
		gaps = append(gaps, []driver.Value{id, int64(s.Low), int64(s.High)})
	}
	out, err := l.collect(ctx, l.sql.sent, gaps)
	if err != nil {
		return nil, err
	}
	var gone [][]driver.Value
	err = l.read(ctx, func() error {
		return l.sql.textIDs.query(named([]driver.Value{id}), func(row []driver.Value) error {
			if key := textOf(row[0]); !listed.Has(key) {
				gone = append(gone, []driver.Value{id, key, key})
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	more, err := l.collect(ctx, l.sql.sent, gone)
	return append(out, more...), err
}

// Doubtful implements [transfer.Checkpoint].
func (l *Log) Doubtful(ctx context.Context, to transfer.Folder) ([]transfer.Record, error) {
	l.mu.Lock()
	places := l.index.placesOf(to.Key(), true)
	l.mu.Unlock()
	return l.collect(ctx, l.sql.doubtful, each(places))
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
	return l.collect(ctx, l.sql.former, each(books))
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

// each is one list of arguments for each ID.
func each(ids []int64) (lists [][]driver.Value) {
	for _, id := range ids {
		lists = append(lists, []driver.Value{id})
	}
	return lists
}

// collect gathers the records that q answers, asked once with each list of arguments.
func (l *Log) collect(ctx context.Context, q *statement, lists [][]driver.Value) ([]transfer.Record, error) {
	if len(lists) == 0 {
		return nil, ctx.Err()
	}
	var out []transfer.Record
	s := scanner{log: l}
	err := l.read(ctx, func() error {
		for _, args := range lists {
			err := q.query(named(args), func(row []driver.Value) error {
				out = append(out, s.record(row))
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
