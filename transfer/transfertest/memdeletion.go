package transfertest

import (
	"cmp"
	"context"
	"slices"

	"github.com/mailhaul/mailhaul/transfer"
)

var _ transfer.DeletionLog = (*MemCheckpoint)(nil)

// Deleting implements [transfer.DeletionLog].
func (c *MemCheckpoint) Deleting(ctx context.Context, rs []transfer.Record) error {
	return c.noteDeletion(ctx, true, rs, func(m *memory, key recordKey) { m.deletions[key] = false })
}

// Deleted implements [transfer.DeletionLog].
func (c *MemCheckpoint) Deleted(ctx context.Context, rs []transfer.Record) error {
	return c.noteDeletion(ctx, false, rs, func(m *memory, key recordKey) { m.deletions[key] = true })
}

// Spared implements [transfer.DeletionLog].
func (c *MemCheckpoint) Spared(ctx context.Context, rs []transfer.Record) error {
	return c.noteDeletion(ctx, false, rs, func(m *memory, key recordKey) { delete(m.deletions, key) })
}

func (c *MemCheckpoint) noteDeletion(ctx context.Context, durable bool, rs []transfer.Record, note func(*memory, recordKey)) error {
	rs = slices.Clone(rs)
	return c.change(ctx, durable, func(m *memory) {
		for _, r := range rs {
			note(m, recordKey{r.Book, r.ID})
		}
	})
}

// Undecided implements [transfer.DeletionLog].
func (c *MemCheckpoint) Undecided(ctx context.Context, book int64) ([]string, error) {
	return c.deletions(ctx, book, false)
}

// Deletions are the IDs in the book that were noted as deleted.
func (c *MemCheckpoint) Deletions(ctx context.Context, book int64) ([]string, error) {
	return c.deletions(ctx, book, true)
}

func (c *MemCheckpoint) deletions(ctx context.Context, book int64, done bool) (ids []string, err error) {
	err = c.look(ctx, func(m *memory) {
		for key, is := range m.deletions {
			if key.book == book && is == done {
				ids = append(ids, key.id)
			}
		}
	})
	slices.SortFunc(ids, cmp.Compare[string])
	return ids, err
}

var _ transfer.FolderLog = (*MemCheckpoint)(nil)

// Made implements [transfer.FolderLog].
func (c *MemCheckpoint) Made(ctx context.Context, to transfer.Folder, epoch string) error {
	return c.change(ctx, false, func(m *memory) { m.made[madeKey{to.Key(), epoch}] = true })
}

// MadeFolders are those that were noted as made.
func (c *MemCheckpoint) MadeFolders() (all []transfer.MadeFolder) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.live.made {
		all = append(all, transfer.MadeFolder{To: k.to, Epoch: k.epoch})
	}
	return all
}

// Spoiled implements [transfer.Journal]: it repairs nothing.
func (c *MemCheckpoint) Spoiled(context.Context, transfer.Folder, string) ([]uint32, error) {
	return nil, nil
}
