package transfertest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// MemCheckpoint is a [transfer.Checkpoint] in memory. It keeps apart what was
// recorded from what a crash would leave, see [MemCheckpoint.Crash].
type MemCheckpoint struct {
	mu      sync.Mutex
	live    *memory
	durable *memory
	lag     []func(*memory) // done to live, not yet to durable
	begun   []transfer.Window
}

// NewMemCheckpoint makes an empty one.
func NewMemCheckpoint() *MemCheckpoint {
	return &MemCheckpoint{live: newMemory(), durable: newMemory()}
}

// Crash answers what a new process would find if this one had died now:
// everything up to the last Begin or Sync. The old one may be used on; the two
// share nothing.
func (c *MemCheckpoint) Crash() *MemCheckpoint {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &MemCheckpoint{live: c.durable.clone(), durable: c.durable.clone()}
}

// Windows answers the windows that were begun here, in order.
func (c *MemCheckpoint) Windows() []transfer.Window {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.begun)
}

// Records answers all records, sorted by book and ID.
func (c *MemCheckpoint) Records() []transfer.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.live.filter(func(transfer.Record) bool { return true })
}

// Enter implements [transfer.Checkpoint].
func (c *MemCheckpoint) Enter(ctx context.Context, source string, from, to transfer.Folder) (transfer.Book, error) {
	key := bookKey{source: source, from: from.Key(), epoch: from.Epoch}
	var b transfer.Book
	err := c.change(ctx, false, func(m *memory) {
		id, ok := m.ids[key]
		if !ok {
			id = int64(len(m.books) + 1)
			m.ids[key] = id
		}
		known := m.books[id]
		if known.to != to.Key() || !ok {
			known = memBook{key: key, to: to.Key()}
		}
		m.entered++
		known.entered = m.entered
		m.books[id] = known
		filled := len(m.filter(func(r transfer.Record) bool { return r.Book == id })) > 0
		b = transfer.Book{ID: id, Filled: filled, State: known.state, Tally: known.tally, Former: len(m.former(id)) > 0, Open: m.openIn(id)}
	})
	return b, err
}

// Went implements [transfer.Checkpoint].
func (c *MemCheckpoint) Went(ctx context.Context, source string) (map[string]string, error) {
	found := make(map[string]string)
	err := c.look(ctx, func(m *memory) {
		for key, w := range m.went {
			if key.source == source {
				found[key.from] = w.to
			}
		}
	})
	return found, err
}

// Known implements [transfer.Checkpoint].
func (c *MemCheckpoint) Known(ctx context.Context, book int64, ids []string) (map[string]transfer.Record, error) {
	found := make(map[string]transfer.Record)
	err := c.look(ctx, func(m *memory) {
		for _, id := range ids {
			if r, ok := m.records[recordKey{book, id}]; ok {
				found[id] = r
			}
		}
	})
	return found, err
}

// Census implements [transfer.Checkpoint].
func (c *MemCheckpoint) Census(ctx context.Context, book int64, s transfer.Span) (n transfer.Census, err error) {
	err = c.look(ctx, func(m *memory) {
		for k, r := range m.records {
			id, ok := transfer.Number(k.id)
			switch {
			case k.book != book || !ok || id < s.Low || id > s.High:
			case arrived(r):
				n.Arrived++
			default:
				n.Other++
			}
		}
	})
	return n, err
}

// Begin implements [transfer.Checkpoint].
func (c *MemCheckpoint) Begin(ctx context.Context, w transfer.Window) error {
	w.Records = slices.Clone(w.Records)
	now := time.Now()
	return c.change(ctx, true, func(m *memory) {
		begun := m.begin(now, len(w.Records))
		for i, r := range w.Records {
			r.Fate, r.To, r.Epoch, r.UID = transfer.Open, w.To.Key(), w.Epoch, 0
			r.Base, r.Begun, r.Words = w.Base, begun.Add(time.Duration(i)), ""
			// What leaves again may still land from the first time.
			known := m.records[recordKey{r.Book, r.ID}]
			if known.Fate == transfer.Open || known.Resent {
				r.Resent = true
				if known.To == r.To && known.Epoch == r.Epoch && !known.Begun.IsZero() {
					r.Base = min(r.Base, known.Base)
				}
			}
			m.put(r)
		}
		if m == c.live {
			c.begun = append(c.begun, w)
		}
	})
}

// Settle implements [transfer.Checkpoint].
func (c *MemCheckpoint) Settle(ctx context.Context, rs []transfer.Record) error {
	rs = slices.Clone(rs)
	return c.change(ctx, false, func(m *memory) {
		for _, r := range rs {
			m.put(r)
		}
	})
}

// Pending implements [transfer.Checkpoint].
func (c *MemCheckpoint) Pending(ctx context.Context, to transfer.Folder) ([]transfer.Record, error) {
	rs, err := c.choose(ctx, func(r transfer.Record) bool {
		return r.Fate == transfer.Open && r.To == to.Key()
	})
	slices.SortStableFunc(rs, func(a, b transfer.Record) int {
		return cmp.Or(cmp.Compare(a.Base, b.Base), a.Begun.Compare(b.Begun))
	})
	return rs, err
}

// Foreign implements [transfer.Checkpoint].
func (c *MemCheckpoint) Foreign(ctx context.Context, to transfer.Folder, epoch string, there []transfer.Span) ([]transfer.Span, error) {
	rs, err := c.choose(ctx, func(r transfer.Record) bool {
		return arrived(r) && r.To == to.Key() && r.Epoch == epoch && r.UID != 0
	})
	uids := make([]uint32, 0, len(rs))
	for _, r := range rs {
		uids = append(uids, r.UID)
	}
	slices.Sort(uids)
	return transfer.Less(there, transfer.Spans(slices.Values(uids))), err
}

// Holders implements [transfer.Checkpoint].
func (c *MemCheckpoint) Holders(ctx context.Context, to transfer.Folder, epoch string, uids []uint32) ([]transfer.Record, error) {
	rs, err := c.choose(ctx, func(r transfer.Record) bool {
		return arrived(r) && r.To == to.Key() && r.Epoch == epoch && slices.Contains(uids, r.UID)
	})
	return withoutWords(rs), err
}

// Unlinked implements [transfer.Checkpoint].
func (c *MemCheckpoint) Unlinked(ctx context.Context, to transfer.Folder, epoch string) ([]transfer.Record, error) {
	rs, err := c.choose(ctx, func(r transfer.Record) bool {
		return arrived(r) && r.To == to.Key() && (r.Epoch != epoch || r.UID == 0)
	})
	return withoutWords(rs), err
}

// Doubtful implements [transfer.Checkpoint].
func (c *MemCheckpoint) Doubtful(ctx context.Context, to transfer.Folder) ([]transfer.Record, error) {
	return c.choose(ctx, func(r transfer.Record) bool {
		return r.Resent && arrived(r) && r.To == to.Key()
	})
}

// Former implements [transfer.Checkpoint].
func (c *MemCheckpoint) Former(ctx context.Context, book int64) ([]transfer.Record, error) {
	var rs []transfer.Record
	err := c.look(ctx, func(m *memory) { rs = m.former(book) })
	return withoutWords(rs), err
}

// Claim implements [transfer.Checkpoint].
func (c *MemCheckpoint) Claim(ctx context.Context, book int64, former transfer.Record, id string) error {
	return c.change(ctx, false, func(m *memory) {
		old := recordKey{former.Book, former.ID}
		r, ok := m.records[old]
		if !ok {
			return
		}
		delete(m.records, old)
		r.Book, r.ID = book, id
		m.records[recordKey{book, id}] = r
		m.follow(book)
	})
}

// Gone implements [transfer.Checkpoint].
func (c *MemCheckpoint) Gone(ctx context.Context, book int64, listed *transfer.Roll) ([]transfer.Record, error) {
	rs, err := c.choose(ctx, func(r transfer.Record) bool {
		return r.Book == book && (arrived(r) || r.Fate == transfer.Open) && !listed.Has(r.ID)
	})
	return withoutWords(rs), err
}

// Renumbered implements [transfer.Checkpoint].
func (c *MemCheckpoint) Renumbered(ctx context.Context, book int64) error {
	return c.change(ctx, false, func(m *memory) { m.renumber(book) })
}

// Finish implements [transfer.Checkpoint].
func (c *MemCheckpoint) Finish(ctx context.Context, book int64, state string, tally transfer.Tally) error {
	return c.change(ctx, false, func(m *memory) {
		b := m.books[book]
		b.state, b.tally = state, tally
		m.books[book] = b
	})
}

// Sync implements [transfer.Checkpoint].
func (c *MemCheckpoint) Sync(ctx context.Context) error {
	return c.change(ctx, true, func(*memory) {})
}

// change does something to what is known and, if sync, makes everything done
// so far durable.
func (c *MemCheckpoint) change(ctx context.Context, sync bool, do func(*memory)) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	do(c.live)
	c.lag = append(c.lag, do)
	if !sync {
		return nil
	}
	for _, late := range c.lag {
		late(c.durable)
	}
	c.lag = nil
	return nil
}

func (c *MemCheckpoint) look(ctx context.Context, at func(*memory)) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("read checkpoint: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	at(c.live)
	return nil
}

func (c *MemCheckpoint) choose(ctx context.Context, keep func(transfer.Record) bool) ([]transfer.Record, error) {
	var rs []transfer.Record
	err := c.look(ctx, func(m *memory) { rs = m.filter(keep) })
	return rs, err
}
