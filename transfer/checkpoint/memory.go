package checkpoint

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

var _ transfer.Memory = (*Memory)(nil)

// memoryAge is how long digests are remembered.
const memoryAge = 7 * 24 * time.Hour

// Memory remembers the digests that an audit of a job has computed, in a file of
// its own beside the job's, so that an audit that was cut off goes on. Losing it
// is harmless. Its methods may be called from several goroutines.
type Memory struct {
	path string

	mu     sync.Mutex // guards what follows
	db     *database
	known  *statement
	learn  *statement
	places map[memoryPlace]int64
}

type memoryPlace struct{ side, key, epoch string }

const memorySchema = `
PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-2048; PRAGMA user_version=1;
CREATE TABLE IF NOT EXISTS place(id INTEGER PRIMARY KEY, side TEXT, key BLOB, epoch TEXT, UNIQUE(side, key, epoch));
CREATE TABLE IF NOT EXISTS seen(place INTEGER, id TEXT, ident BLOB, digest BLOB, size INTEGER, PRIMARY KEY(place, id)) WITHOUT ROWID;
`

// OpenMemory opens the memory of a job's audits or makes it; what is older than a
// week is forgotten. The caller closes it.
func OpenMemory(o Options) (*Memory, error) {
	m := &Memory{path: beside(o.Path(), ".verify"), places: map[memoryPlace]int64{}}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fault(o.Dir, "make the state folder", err)
	}
	if info, err := os.Stat(m.path); err == nil && time.Since(info.ModTime()) > memoryAge {
		if err := m.remove(); err != nil {
			return nil, fault(m.path, "remove", err)
		}
	}
	if err := m.start(); err == nil {
		return m, nil
	}
	// It is damaged: begun anew, at the cost of reading again.
	if err := m.remove(); err != nil {
		return nil, fault(m.path, "remove", err)
	}
	return m, fault(m.path, "open", m.start())
}

func (m *Memory) start() (err error) {
	if _, err := createPrivate(m.path); err != nil {
		return err
	}
	if m.db, err = openDatabase(m.path, ""); err != nil {
		return err
	}
	err = m.db.exec(memorySchema)
	if err == nil {
		m.known, err = m.db.prepare("SELECT ident, digest, size FROM seen WHERE place = ? AND id = ?")
	}
	if err == nil {
		m.learn, err = m.db.prepare("INSERT OR REPLACE INTO seen VALUES(?,?,?,?,?)")
	}
	if err != nil {
		return errors.Join(err, m.db.close())
	}
	return nil
}

// Known implements [transfer.Memory].
func (m *Memory) Known(ctx context.Context, side string, f transfer.Folder, ids []string) (map[string]transfer.Sum, error) {
	out := map[string]transfer.Sum{}
	err := m.use(ctx, side, f, func(place int64) error {
		for _, id := range ids {
			err := m.known.query(named([]driver.Value{place, id}), func(row []driver.Value) error {
				sum := transfer.Sum{Size: intOf(row[2])}
				copy(sum.Ident[:], bytesOf(row[0]))
				copy(sum.Digest[:], bytesOf(row[1]))
				out[id] = sum
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

// Learn implements [transfer.Memory].
func (m *Memory) Learn(ctx context.Context, side string, f transfer.Folder, sums map[string]transfer.Sum) error {
	return m.use(ctx, side, f, func(place int64) error {
		if err := m.db.exec("BEGIN IMMEDIATE"); err != nil {
			return err
		}
		for id, sum := range sums {
			if err := m.learn.exec(named([]driver.Value{place, id, sum.Ident[:], sum.Digest[:], sum.Size})); err != nil {
				return errors.Join(err, m.db.exec("ROLLBACK"))
			}
		}
		return m.db.exec("COMMIT")
	})
}

// use runs do with the number of a folder, while nobody else is at the file.
func (m *Memory) use(ctx context.Context, side string, f transfer.Folder, do func(place int64) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("remember digests: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p := memoryPlace{side, f.Key(), f.Epoch}
	if m.places[p] == 0 {
		args := []driver.Value{side, []byte(p.key), f.Epoch}
		err := m.db.exec("INSERT OR IGNORE INTO place(side, key, epoch) VALUES(?,?,?)", args...)
		if err == nil {
			err = m.db.query("SELECT id FROM place WHERE side = ? AND key = ? AND epoch = ?", func(row []driver.Value) error {
				m.places[p] = intOf(row[0])
				return nil
			}, args...)
		}
		if err != nil {
			return fault(m.path, "write", err)
		}
	}
	return fault(m.path, "write", do(m.places[p]))
}

// Close ends its use; done removes it, for the audit came to its end.
func (m *Memory) Close(done bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.db.close()
	if done {
		err = errors.Join(err, m.remove())
	}
	return fault(m.path, "close", err)
}

// remove removes the file with those that SQLite keeps beside it.
func (m *Memory) remove() error {
	var all error
	for _, ext := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(filepath.Clean(m.path) + ext); err != nil && !errors.Is(err, os.ErrNotExist) {
			all = errors.Join(all, err)
		}
	}
	return all
}
