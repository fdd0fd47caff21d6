// Package checkpoint remembers in one SQLite file per job what has safely
// arrived, so that a run that was cut off at any moment goes on without losing
// or doubling a message. It is the one place of mailhaul that knows SQLite.
//
// The story of a message, as [Log] writes it down:
//
//  1. [Log.Enter] opens the book of a source folder on its way to a
//     destination folder. [Log.Known] tells what the file holds of each
//     message that the source lists.
//  2. [Log.Begin] writes the window, every message of it [transfer.Open], and
//     returns when the disk has it. Only then do the bytes leave.
//  3. [Log.Settle] notes how each message ended. It waits in memory and goes
//     to the disk together with the next window: one sync for both, and one
//     sync for all lanes that ask at the same time.
//  4. After a crash [Log.Pending] tells which messages left without an answer.
//     The flow looks for them at the destination. Of those that left more than
//     once a twin may land late: [Log.Doubtful] tells which.
//
// When the source numbers its messages anew (another epoch), [Log.Former] and
// [Log.Claim] carry the records over to the new IDs. When the destination does,
// [Log.Unlinked] tells whose place there must be found again.
//
// Nothing of a message's text is in the file, but the subject and Message-ID of
// those that were refused, for people to recognise them by. The sqlite3 shell reads it while
// a run is on; the views progress, waiting, problems and deletions are made for people, and
// [Read] for the program itself. A lock of the operating system beside the file
// keeps a second run out.
package checkpoint

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"github.com/mailhaul/mailhaul/transfer"
)

var _ transfer.Checkpoint = (*Log)(nil)

// Options name a job and the folder where its file lives.
type Options struct {
	// Dir is made with mode 0700 if it is missing.
	Dir string
	// Sources and Dest are the stable identities of both sides, without
	// secrets. The order of Sources means nothing.
	Sources []string
	Dest    string
}

// Path is where the job's file lives: its name is a hash of the identities.
func (o Options) Path() string {
	h := sha256.New()
	for _, s := range append(o.sources(), o.Dest) {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	return filepath.Join(o.Dir, hex.EncodeToString(h.Sum(nil)[:8])+".db")
}

func (o Options) sources() []string {
	return slices.Compact(slices.Sorted(slices.Values(o.Sources)))
}

// Log is the open checkpoint of one job. Its methods may be called from
// several goroutines.
type Log struct {
	path    string
	opened  string // when
	lock    *lock
	reserve reserve

	mu     sync.Mutex // guards these; taken after disk where both are
	index  index
	queued *batch
	idle   bool  // nothing was queued so far, and the run before came to its end
	begun  int64 // time of the last window in nanoseconds, a multiple of windowSpan

	disk sync.Mutex // guards what follows
	db   *database
	sql  statements
}

// Open opens the job's file or makes it. The caller closes the Log.
//
// The error wraps [transfer.ErrHeld] while another run holds the job, else it
// may be [ErrFull], [ErrDamaged] or [ErrNewer]; [transfer.Hint] tells what can
// be done.
func Open(ctx context.Context, o Options) (*Log, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open checkpoint: %w", err)
	}
	return open(o, "")
}

// open is Open with SQLite's virtual file system of that name, "" is the usual.
func open(o Options, vfs string) (*Log, error) {
	path := o.Path()
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fault(o.Dir, "make the state folder", err)
	}
	held, err := takeLock(beside(path, ".lock"))
	if err != nil {
		return nil, fault(path, "open", err)
	}
	l := &Log{path: path, opened: now(), lock: held, queued: &batch{}, reserve: reserve{path: beside(path, ".reserve")}}
	if err := l.start(o, vfs); err != nil {
		return nil, errors.Join(fault(path, "open", err), l.close())
	}
	return l, nil
}

// start opens the file under the lock and reads what is kept in memory.
func (l *Log) start(o Options, vfs string) error {
	size, err := createPrivate(l.path)
	if err != nil {
		return err
	}
	if size == 0 { // its first commit comes after this
		keepFolders(l.path)
	}
	if err := wholePages(l.path, size); err != nil {
		return err
	}
	if err := l.reserve.fill(); err != nil {
		return err
	}
	if l.db, err = openDatabase(l.path, vfs); err != nil {
		return err
	}
	if err := l.db.prepareFile(o); err != nil {
		return err
	}
	l.sql.name(l.db)
	if err := l.index.load(l.db); err != nil {
		return err
	}
	ended, err := l.db.text("SELECT coalesce(max(value), '') FROM meta WHERE name = 'ended'")
	if l.idle = ended != ""; err == nil && !l.idle {
		l.began()
	}
	return err
}

// began has the first commit say that this run is on. A run that finds nothing new
// writes nothing: a sync would be the dearest part of it. The caller holds mu.
func (l *Log) began() {
	l.idle = false
	l.queue(l.sql.meta, "pid", strconv.Itoa(os.Getpid()))
	l.queue(l.sql.meta, "started", l.opened)
	l.queue(l.sql.meta, "ended", "")
}

// Close writes what was recorded, ends the file's use and lets go of the lock.
// It is the last call.
func (l *Log) Close() error {
	l.mu.Lock()
	if !l.idle {
		l.queue(l.sql.meta, "ended", now())
	}
	l.mu.Unlock()
	return errors.Join(l.flush(), l.close())
}

func (l *Log) close() error {
	l.disk.Lock()
	defer l.disk.Unlock()
	var err error
	if l.db != nil {
		err = fault(l.path, "close", l.db.close())
	}
	return errors.Join(err, l.lock.release())
}

// createPrivate makes the file if it is missing, for nobody but its owner;
// SQLite gives the files that it makes beside it the same mode. It answers the
// file's size.
func createPrivate(path string) (size int64, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, errors.Join(err, f.Close())
	}
	return info.Size(), f.Close()
}

// pageSize is SQLite's own choice.
const pageSize = 4096

// wholePages finds a file that ends within a page, which SQLite would take for
// zeros. While there is a write-ahead log, that may hold the page; while there is
// a journal, as when power is lost before the first commit, SQLite goes back to
// what was before.
func wholePages(path string, size int64) error {
	if size <= 1 || size%pageSize == 0 { // SQLite may put one byte into an empty file
		return nil
	}
	for _, ext := range []string{"-wal", "-journal"} {
		if info, err := os.Stat(path + ext); err == nil && info.Size() > 0 {
			return nil
		}
	}
	return fmt.Errorf("it has been cut off: %w", ErrDamaged)
}

// beside is the name of a file that belongs to the checkpoint at path.
func beside(path, ext string) string {
	return path[:len(path)-len(filepath.Ext(path))] + ext
}
