package checkpoint

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// Status is what a job's file tells, also while a run is on.
type Status struct {
	Path    string
	Sources []string
	Dest    string
	// PID is the process that holds the job now, 0 if none does.
	PID     int
	Created time.Time
	// Started is when the last run that wrote something began, Ended when it
	// came to its end: zero if it is on, or was cut off. A run that has found nothing
	// new writes nothing.
	Started, Ended time.Time
	// Changed is when the file was written last.
	Changed time.Time
	Folders []FolderStatus
	Refused []Refused
	Undone  []Undone // what was taken back, the earliest first
}

// FolderStatus is one source folder on its way to one destination folder.
type FolderStatus struct {
	Source, From, To string // for people
	// Epoch is the source folder's: after a change of it the folder is there twice.
	Epoch string
	// Recorded counts the records by fate, Bytes is the size of those that
	// arrived. Nothing is recorded as present or skipped.
	Recorded transfer.Tally
	// Open counts messages that left without an answer, Windows those they left in.
	Open, Windows int
	// Doubtful counts those that arrived and had been sent more than once: a
	// second copy may still have landed.
	Doubtful int
	// Finished is the end of the last pass that accounted for every message,
	// zero if there was none, and Last is how that pass ended.
	Finished time.Time
	Last     transfer.Tally
}

// Refused is a message that a server would not give or take. What is text comes
// from servers and mail: not safe to print as it is.
type Refused struct {
	Source, From, To string // folders for people
	// Key is the source folder's [transfer.Folder.Key], Epoch the one that ID
	// belongs to.
	Key, Epoch, ID string
	Words          string // the server's
	Date           time.Time
	Size           int64 // 0 if not known
	// Subject and MessageID are raw header text; empty where the source would
	// not give the message, or version 2 of the file recorded it.
	Subject, MessageID string
}

// List reads all jobs' files in dir, sorted by file name. Files in which nothing
// is recorded yet are left out; so are those that cannot be read, which the error
// tells: it may come together with an answer. No dir is no error.
func List(dir string) ([]Status, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault(dir, "list", err)
	}
	var out []Status
	var faults error
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".db" || !e.Type().IsRegular() {
			continue
		}
		s, err := Read(filepath.Join(dir, e.Name()))
		if err != nil {
			faults = errors.Join(faults, err)
			continue
		}
		if s.Created.IsZero() {
			continue // a run ended, or is, before its first record
		}
		out = append(out, s)
	}
	return out, faults
}

// Read reads one job's file over a connection of its own, which changes
// nothing.
func Read(path string) (Status, error) {
	s := Status{Path: path, PID: holder(beside(path, ".lock"))}
	for _, p := range []string{path, path + "-wal"} {
		info, err := os.Stat(p)
		if err != nil && p == path {
			return Status{}, fault(path, "read", err)
		}
		if err == nil && info.Size() > 0 && info.ModTime().After(s.Changed) {
			s.Changed = info.ModTime()
		}
	}
	db, err := openReadOnly(path)
	if err != nil {
		return Status{}, fault(path, "read", err)
	}
	if err := errors.Join(s.read(db), db.close()); err != nil {
		return Status{}, fault(path, "read", err)
	}
	return s, nil
}

// read fills s in one transaction, so that its numbers fit together.
func (s *Status) read(db *database) error {
	version, err := db.check()
	if err != nil || version == 0 {
		return err
	}
	if err := db.exec("BEGIN"); err != nil {
		return err
	}
	for _, part := range []func(*database) error{s.readMeta, s.readFolders} {
		if err := part(db); err != nil {
			return err
		}
	}
	for _, part := range []func(*database, int) error{s.readRefused, s.readUndone} {
		if err := part(db, version); err != nil {
			return err
		}
	}
	return db.exec("COMMIT")
}

func (s *Status) readMeta(db *database) error {
	return db.query("SELECT name, value FROM meta", func(row []driver.Value) error {
		var err error
		value := textOf(row[1])
		switch textOf(row[0]) {
		case "sources":
			err = json.Unmarshal([]byte(value), &s.Sources)
		case "dest":
			s.Dest = value
		case "created":
			s.Created, err = time.Parse(time.RFC3339, value)
		case "started":
			s.Started, err = time.Parse(time.RFC3339, value)
		case "ended":
			if value != "" {
				s.Ended, err = time.Parse(time.RFC3339, value)
			}
		}
		if err != nil {
			return fmt.Errorf("meta %s: %w: %w", textOf(row[0]), ErrDamaged, err)
		}
		return nil
	})
}

func (s *Status) readFolders(db *database) error {
	at := map[routeKey]int{}
	err := db.query(`SELECT b.id, t.id, b.source, b.name, t.name, b.epoch, iif(b.target = t.id, b.finished, NULL), `+tallyColumns+`
		FROM route r JOIN book b ON b.id = r.book JOIN target t ON t.id = r.target ORDER BY b.id, t.id`,
		func(row []driver.Value) error {
			fs := FolderStatus{Source: textOf(row[2]), From: textOf(row[3]), To: textOf(row[4]), Epoch: textOf(row[5])}
			if row[6] != nil {
				fs.Finished, fs.Last = time.Unix(intOf(row[6]), 0), tallyOf(row[7:])
			}
			at[routeKey{intOf(row[0]), intOf(row[1])}] = len(s.Folders)
			s.Folders = append(s.Folders, fs)
			return nil
		})
	if err != nil {
		return err
	}
	// A message that lies nowhere counts for where its folder goes now.
	return db.query(`SELECT m.book, coalesce(p.target, b.target), m.fate,
			count(*), coalesce(sum(m.size), 0), count(DISTINCT m.begun / `+strconv.Itoa(windowSpan)+`),
			sum(m.resent IS TRUE AND m.fate <> 'open')
		FROM message m JOIN book b ON b.id = m.book LEFT JOIN place p ON p.id = m.place
		GROUP BY 1, 2, 3`,
		func(row []driver.Value) error {
			if i, ok := at[routeKey{intOf(row[0]), intOf(row[1])}]; ok {
				s.Folders[i].add(transfer.Fate(textOf(row[2])), int(intOf(row[3])), intOf(row[4]), int(intOf(row[5])))
				s.Folders[i].Doubtful += int(intOf(row[6]))
			}
			return nil
		})
}

// add counts n messages of one fate.
func (s *FolderStatus) add(fate transfer.Fate, n int, bytes int64, windows int) {
	t := &s.Recorded
	switch fate {
	case transfer.Open:
		s.Open, s.Windows = s.Open+n, s.Windows+windows
	case transfer.Copied:
		t.Copied += n
	case transfer.Adopted:
		t.Adopted += n
	case transfer.Refused:
		t.Refused += n
	case transfer.Vanished:
		t.Vanished += n
	case transfer.Merged:
		t.Merged += n
	}
	t.Messages += n
	switch fate {
	case transfer.Copied, transfer.Adopted, transfer.Merged:
		t.Bytes += bytes
	}
}

// readRefused leaves out what a source that numbers its messages anew has had
// under an earlier epoch, as soon as a pass under the later one came to its end:
// that pass has met the same messages again.
func (s *Status) readRefused(db *database, version int) error {
	headers, join := "'', ''", ""
	if version >= 3 {
		headers, join = "h.subject, h.message_id", "LEFT JOIN refusal h ON h.book = m.book AND h.id = CAST(m.id AS TEXT)"
	}
	return db.query(`SELECT b.source, b.name, t.name, b.key, b.epoch, m.id, m.words, m.date, m.zone, m.size, `+headers+`
		FROM message m JOIN book b ON b.id = m.book `+join+`
		LEFT JOIN place p ON p.id = m.place JOIN target t ON t.id = coalesce(p.target, b.target)
		WHERE m.fate = 'refused' AND NOT EXISTS(SELECT 1 FROM book n WHERE n.source = b.source AND n.key = b.key
			AND n.id <> b.id AND n.finished > coalesce(b.finished, 0))
		ORDER BY b.source, b.key, m.date, m.id`,
		func(row []driver.Value) error {
			r := Refused{
				Source: textOf(row[0]), From: textOf(row[1]), To: textOf(row[2]), Key: string(bytesOf(row[3])),
				Epoch: textOf(row[4]), ID: idOf(row[5]), Words: textOf(row[6]), Size: intOf(row[9]),
				Subject: textOf(row[10]), MessageID: textOf(row[11]),
			}
			if row[7] != nil {
				r.Date = time.Unix(intOf(row[7]), 0).In(time.FixedZone("", int(intOf(row[8]))))
			}
			s.Refused = append(s.Refused, r)
			return nil
		})
}
