package transfertest

import (
	"context"
	"fmt"
	"maps"
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
			m.books[id] = memBook{key: key, to: to.Key()}
		}
		known := m.books[id]
		if known.to != to.Key() {
			known = memBook{key: key, to: to.Key()}
			m.books[id] = known
		}
		b = transfer.Book{ID: id, State: known.state, Tally: known.tally, Former: len(m.former(id)) > 0}
	})
	return b, err
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

// Begin implements [transfer.Checkpoint].
func (c *MemCheckpoint) Begin(ctx context.Context, w transfer.Window) error {
	w.Records = slices.Clone(w.Records)
	now := time.Now()
	return c.change(ctx, true, func(m *memory) {
		for _, r := range w.Records {
			r.Fate, r.To, r.Epoch, r.UID = transfer.Open, w.To.Key(), w.Epoch, 0
			r.Base, r.Begun, r.Words = w.Base, now, ""
			// What leaves again may still land from the first time.
			known := m.records[recordKey{r.Book, r.ID}]
			if known.Fate == transfer.Open {
				r.Resent = true
				if known.To == r.To && known.Epoch == r.Epoch {
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
	return c.choose(ctx, func(r transfer.Record) bool {
		return r.Fate == transfer.Open && r.To == to.Key()
	})
}

// Linked implements [transfer.Checkpoint].
func (c *MemCheckpoint) Linked(ctx context.Context, to transfer.Folder, epoch string) ([]uint32, error) {
	rs, err := c.choose(ctx, func(r transfer.Record) bool {
		return arrived(r) && r.To == to.Key() && r.Epoch == epoch && r.UID != 0
	})
	uids := make([]uint32, 0, len(rs))
	for _, r := range rs {
		uids = append(uids, r.UID)
	}
	slices.Sort(uids)
	return slices.Compact(uids), err
}

// Unlinked implements [transfer.Checkpoint].
func (c *MemCheckpoint) Unlinked(ctx context.Context, to transfer.Folder, epoch string) ([]transfer.Record, error) {
	return c.choose(ctx, func(r transfer.Record) bool {
		return arrived(r) && r.To == to.Key() && (r.Epoch != epoch || r.UID == 0)
	})
}

// Former implements [transfer.Checkpoint].
func (c *MemCheckpoint) Former(ctx context.Context, book int64) ([]transfer.Record, error) {
	var rs []transfer.Record
	err := c.look(ctx, func(m *memory) { rs = m.former(book) })
	return rs, err
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
	})
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

// memory is one state of a MemCheckpoint.
type memory struct {
	ids     map[bookKey]int64
	books   map[int64]memBook
	records map[recordKey]transfer.Record
}

type bookKey struct{ source, from, epoch string }

type memBook struct {
	key   bookKey
	to    string
	state string
	tally transfer.Tally
}

type recordKey struct {
	book int64
	id   string
}

func newMemory() *memory {
	return &memory{map[bookKey]int64{}, map[int64]memBook{}, map[recordKey]transfer.Record{}}
}

func (m *memory) clone() *memory {
	return &memory{maps.Clone(m.ids), maps.Clone(m.books), maps.Clone(m.records)}
}

// put records r; what r leaves empty of its digest, identity and window is
// taken from what is known.
func (m *memory) put(r transfer.Record) {
	key := recordKey{r.Book, r.ID}
	known := m.records[key]
	if r.Digest == (transfer.Digest{}) {
		r.Digest = known.Digest
		if r.Size == 0 {
			r.Size = known.Size
		}
	}
	if r.Ident == (transfer.Ident{}) {
		r.Ident = known.Ident
	}
	if r.Base == 0 && r.Begun.IsZero() {
		r.Base, r.Begun = known.Base, known.Begun
	}
	m.records[key] = r
}

// former answers what was recorded of the book's folder under other epochs.
func (m *memory) former(book int64) []transfer.Record {
	mine := m.books[book].key
	return m.filter(func(r transfer.Record) bool {
		other := m.books[r.Book].key
		same := other.source == mine.source && other.from == mine.from
		return same && other.epoch != mine.epoch
	})
}

func (m *memory) filter(keep func(transfer.Record) bool) []transfer.Record {
	var rs []transfer.Record
	for _, r := range m.records {
		if keep(r) {
			rs = append(rs, r)
		}
	}
	sortRecords(rs)
	return rs
}

func arrived(r transfer.Record) bool {
	return r.Fate == transfer.Copied || r.Fate == transfer.Adopted || r.Fate == transfer.Merged
}

func sortRecords(rs []transfer.Record) {
	slices.SortFunc(rs, func(a, b transfer.Record) int {
		if a.Book != b.Book {
			return int(a.Book - b.Book)
		}
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
}
