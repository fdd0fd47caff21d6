package checkpoint

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

var _ transfer.Journal = (*Journal)(nil)

// Journal is a job's file, only to be read: over a connection of its own that
// changes nothing, also while a run is on. Its methods may be called from several
// goroutines.
type Journal struct {
	path string

	mu      sync.Mutex // guards what follows
	db      *database
	carried *statement
	version int
}

// ReadJournal opens the job's file. The error wraps [os.ErrNotExist] if nothing
// was recorded of it yet. The caller closes the Journal.
func ReadJournal(path string) (*Journal, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault(path, "read", err)
	}
	if info.Size() == 0 {
		return nil, fault(path, "read", fmt.Errorf("it is empty: %w", os.ErrNotExist))
	}
	db, err := openReadOnly(path)
	if err != nil {
		return nil, fault(path, "read", err)
	}
	j := &Journal{path: path, db: db}
	if err := j.start(); err != nil {
		return nil, errors.Join(fault(path, "read", err), db.close())
	}
	return j, nil
}

func (j *Journal) start() (err error) {
	if j.version, err = j.db.check(); err != nil {
		return err
	}
	if j.version == 0 {
		return fmt.Errorf("it is empty: %w", os.ErrNotExist)
	}
	j.carried, err = j.db.prepare("SELECT " + arrivalColumns + " WHERE b.source = ? AND b.key = ? AND b.epoch = ? AND m.id = ?")
	return err
}

// Close ends its use.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return fault(j.path, "close", j.db.close())
}

// read runs do while nobody else is at the file.
func (j *Journal) read(ctx context.Context, do func() error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("read the checkpoint: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return fault(j.path, "read", do())
}

// Went implements [transfer.Journal].
func (j *Journal) Went(ctx context.Context, source string) (map[string]string, error) {
	out := map[string]string{}
	if j.version < 2 { // it did not say
		return out, nil
	}
	err := j.read(ctx, func() error {
		return j.db.query("SELECT w.key, t.key FROM went w JOIN target t ON t.id = w.target WHERE w.source = ?",
			func(row []driver.Value) error {
				out[string(bytesOf(row[0]))] = string(bytesOf(row[1]))
				return nil
			}, source)
	})
	return out, err
}

// Carried implements [transfer.Journal].
func (j *Journal) Carried(ctx context.Context, source string, from transfer.Folder, ids []string) (map[string]transfer.Record, error) {
	out := make(map[string]transfer.Record, len(ids))
	err := j.read(ctx, func() error {
		for _, id := range ids {
			key := driver.Value(id)
			if j.version >= idNumbers {
				key = keyOf(id)
			}
			err := j.carried.query(named([]driver.Value{source, []byte(from.Key()), from.Epoch, key}), func(row []driver.Value) error {
				a := arrivalOf(row)
				out[a.ID] = a.Record
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

// Linked implements [transfer.Journal].
func (j *Journal) Linked(ctx context.Context, to transfer.Folder, epoch string) ([]uint32, error) {
	var uids []uint32
	err := j.read(ctx, func() error {
		return j.db.query(`SELECT m.uid FROM message m JOIN place p ON p.id = m.place JOIN target t ON t.id = p.target
			WHERE t.key = ? AND p.epoch = ? AND m.uid <> 0 AND m.`+hasArrived,
			func(row []driver.Value) error {
				uids = append(uids, uint32(intOf(row[0])))
				return nil
			}, []byte(to.Key()), epoch)
	})
	slices.Sort(uids)
	return slices.Compact(uids), err
}

// Arrival is the record of a message with the folder it came from.
type Arrival struct {
	transfer.Record
	Source, From string // for people
	// FromKey is the source folder's [transfer.Folder.Key], FromEpoch its epoch.
	FromKey, FromEpoch string
}

const arrivalColumns = `m.book, m.id, m.fate, m.uid, m.size, m.digest, m.ident, m.flags, m.date, m.zone, m.words, m.resent,
	t.key, p.epoch, b.source, b.name, b.key, b.epoch
	FROM message m JOIN book b ON b.id = m.book LEFT JOIN place p ON p.id = m.place LEFT JOIN target t ON t.id = p.target`

// Arrivals calls each for all that has arrived, by destination folder, its epoch
// and UID. The journal cannot be asked for anything else meanwhile.
func (j *Journal) Arrivals(ctx context.Context, each func(Arrival) error) error {
	var stop error
	err := j.read(ctx, func() error {
		return j.db.query("SELECT "+arrivalColumns+" WHERE m."+hasArrived+" AND m.place IS NOT NULL ORDER BY t.key, p.epoch, m.uid, b.source, b.key, b.epoch, m.id",
			func(row []driver.Value) error {
				if stop = ctx.Err(); stop == nil {
					stop = each(arrivalOf(row))
				}
				return stop
			})
	})
	if stop != nil {
		return stop
	}
	return err
}

func arrivalOf(row []driver.Value) Arrival {
	a := Arrival{Source: textOf(row[14]), From: textOf(row[15]), FromKey: string(bytesOf(row[16])), FromEpoch: textOf(row[17])}
	a.Record = transfer.Record{
		Book: intOf(row[0]), ID: idOf(row[1]), Fate: fateOf(row[2]), UID: uint32(intOf(row[3])), Size: intOf(row[4]),
		Flags: textOf(row[7]), Words: textOf(row[10]), Resent: intOf(row[11]) != 0,
		To: string(bytesOf(row[12])), Epoch: textOf(row[13]),
	}
	copy(a.Digest[:], bytesOf(row[5]))
	copy(a.Ident[:], bytesOf(row[6]))
	if row[8] != nil {
		a.Date = time.Unix(intOf(row[8]), 0).In(time.FixedZone("", int(intOf(row[9]))))
	}
	return a
}
