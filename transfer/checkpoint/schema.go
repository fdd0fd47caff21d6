package checkpoint

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// schemaVersion is what this program writes and can read; applicationID marks
// the file as ours ("mhck").
const (
	schemaVersion = 7
	applicationID = 0x6d68636b
)

// Names stand for people; a key is the exact path, its components joined by a
// NUL, as bytes: names from old servers and file systems may be no UTF-8.
// Times are Unix seconds, begun Unix nanoseconds; earlier is that of a
// [transfer.Record]. The id of a message has no type: a number is one (keyOf), all
// else is text.
const schema = `
CREATE TABLE meta(
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
) WITHOUT ROWID;

-- A destination folder.
CREATE TABLE target(
	id   INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	key  BLOB NOT NULL UNIQUE
);

-- A destination folder under one epoch, which the UIDs there belong to.
CREATE TABLE place(
	id     INTEGER PRIMARY KEY,
	target INTEGER NOT NULL REFERENCES target,
	epoch  TEXT NOT NULL,
	UNIQUE(target, epoch)
);

-- A source folder under one epoch (UIDVALIDITY), which its messages' IDs belong
-- to; where it goes now, and its last finished pass on the way there.
CREATE TABLE book(
	id       INTEGER PRIMARY KEY,
	source   TEXT NOT NULL,
	name     TEXT NOT NULL,
	key      BLOB NOT NULL,
	epoch    TEXT NOT NULL,
	target   INTEGER NOT NULL REFERENCES target,
	state    TEXT,
	finished INTEGER,
	messages INTEGER, copied INTEGER, present INTEGER, adopted INTEGER, skipped INTEGER,
	refused INTEGER, vanished INTEGER, merged INTEGER, folders INTEGER, bytes INTEGER,
	UNIQUE(source, key, epoch)
);

-- All destination folders that a book's messages may lie in.
CREATE TABLE route(
	book   INTEGER NOT NULL REFERENCES book,
	target INTEGER NOT NULL REFERENCES target,
	PRIMARY KEY(book, target)
) WITHOUT ROWID;

-- Where a source folder went when something was recorded of it last.
CREATE TABLE went(
	source TEXT NOT NULL,
	key    BLOB NOT NULL,
	target INTEGER NOT NULL REFERENCES target,
	PRIMARY KEY(source, key)
) WITHOUT ROWID;
` + messageTable + `
-- How people recognise a message that was refused: raw text of two fields.
CREATE TABLE refusal(
	book       INTEGER NOT NULL REFERENCES book,
	id         TEXT NOT NULL,
	subject    TEXT NOT NULL,
	message_id TEXT NOT NULL,
	PRIMARY KEY(book, id)
) WITHOUT ROWID;

-- What was deleted at a source after it was proved to be at the destination: when
-- the server was asked to, and when it had confirmed it.
CREATE TABLE deletion(
	book   INTEGER NOT NULL REFERENCES book,
	id     TEXT NOT NULL,
	digest BLOB,
	size   INTEGER,
	asked  INTEGER NOT NULL,
	done   INTEGER,
	PRIMARY KEY(book, id)
) WITHOUT ROWID;

-- Altered copies at the destination beside which a good copy was sent. They stand
-- for no message.
CREATE TABLE spoiled(
	place INTEGER NOT NULL REFERENCES place,
	uid   INTEGER NOT NULL,
	PRIMARY KEY(place, uid)
) WITHOUT ROWID;

-- Destination folders that a run has made. Nothing but what runs have put there has
-- a UID below next, 0 while an undo has not looked.
CREATE TABLE made(
	place INTEGER PRIMARY KEY REFERENCES place,
	next  INTEGER NOT NULL
);

-- What was taken back: begun and ended are Unix nanoseconds, ended NULL if it was
-- cut off. released counts what had only been recognised, or was gone.
CREATE TABLE undo(
	id       INTEGER PRIMARY KEY,
	begun    INTEGER NOT NULL,
	ended    INTEGER,
	removed  INTEGER NOT NULL,
	bytes    INTEGER NOT NULL,
	released INTEGER NOT NULL,
	kept     INTEGER NOT NULL,
	folders  INTEGER NOT NULL
);

` + messageViews + `
CREATE VIEW deletions AS
SELECT b.source, b.name AS "from", d.id, d.size, hex(d.digest) AS sha256,
	datetime(d.asked, 'unixepoch') AS asked, datetime(d.done, 'unixepoch') AS done
FROM deletion d JOIN book b ON b.id = d.book;
`

// messageTable is what is known of each message.
const messageTable = `
CREATE TABLE message(
	book   INTEGER NOT NULL REFERENCES book,
	id     NOT NULL,
	fate   TEXT NOT NULL,
	place  INTEGER REFERENCES place,
	uid    INTEGER NOT NULL,
	size   INTEGER,
	digest BLOB,
	ident  BLOB,
	flags  TEXT,
	date   INTEGER,
	zone   INTEGER,
	words  TEXT,
	base   INTEGER,
	begun  INTEGER,
	resent INTEGER,
	earlier TEXT,
	PRIMARY KEY(book, id)
) WITHOUT ROWID;

CREATE INDEX message_open ON message(place) WHERE fate = 'open';
CREATE INDEX message_resent ON message(place) WHERE resent;
CREATE INDEX message_linked ON message(place, uid) WHERE uid > 0;
CREATE INDEX message_unlinked ON message(place) WHERE ` + isAdrift + `;
`

// messageViews show them to people.
const messageViews = `
CREATE VIEW progress AS
SELECT b.source, b.name AS "from", b.epoch, t.name AS "to",
	count(*) AS messages,
	sum(m.fate = 'copied') AS copied,
	sum(m.fate = 'adopted') AS adopted,
	sum(m.fate = 'merged') AS merged,
	sum(m.fate = 'open') AS open,
	sum(m.fate = 'refused') AS refused,
	sum(m.fate = 'vanished') AS vanished,
	sum(m.size) AS bytes
FROM message m JOIN book b ON b.id = m.book
LEFT JOIN place p ON p.id = m.place JOIN target t ON t.id = coalesce(p.target, b.target)
GROUP BY b.id, t.id;

CREATE VIEW waiting AS
SELECT t.name AS "to", p.epoch, m.base, datetime(m.begun / 1000000000, 'unixepoch') AS begun,
	b.source, b.name AS "from", m.id, m.size, m.resent
FROM message m JOIN book b ON b.id = m.book JOIN place p ON p.id = m.place JOIN target t ON t.id = p.target
WHERE m.fate = 'open';

CREATE VIEW problems AS
SELECT b.source, b.name AS "from", m.id, m.fate, m.words, datetime(m.date, 'unixepoch') AS date, m.size
FROM message m JOIN book b ON b.id = m.book
WHERE m.fate IN ('refused', 'vanished');
`

// prepareFile sets the connection up, makes a new file's tables and brings an
// older file's up to date.
func (db *database) prepareFile(o Options) error {
	version, err := db.check()
	if err != nil {
		return err
	}
	// Where WAL is not to be had (it needs memory shared between processes)
	// the old journal is kept: slower, just as safe.
	if _, err := db.text("PRAGMA journal_mode=WAL"); err != nil {
		return err
	}
	if err := db.exec("PRAGMA synchronous=FULL; PRAGMA cache_size=-4096; PRAGMA temp_store=MEMORY"); err != nil {
		return err
	}
	if version == schemaVersion {
		return nil
	}
	if err := db.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if version == 0 {
		err = db.create(o)
	} else {
		err = db.upgrade(version)
	}
	if err != nil {
		return err
	}
	return db.exec("COMMIT")
}

// check answers the file's version, 0 if it is still empty, and an error if it
// is not one that this program can use.
func (db *database) check() (version int, err error) {
	var found [3]string
	for i, sql := range []string{"SELECT count(*) FROM sqlite_schema", "PRAGMA application_id", "PRAGMA user_version"} {
		if found[i], err = db.text(sql); err != nil {
			return 0, err
		}
	}
	if found[0] == "0" {
		return 0, nil
	}
	version, err = strconv.Atoi(found[2])
	if found[1] != strconv.Itoa(applicationID) || err != nil || version < 1 {
		return 0, fmt.Errorf("it belongs to another program: %w", ErrDamaged)
	}
	if version > schemaVersion {
		return 0, fmt.Errorf("it has version %d, this program knows %d: %w", version, schemaVersion, ErrNewer)
	}
	return version, nil
}

// setVersion marks the file as ours.
func (db *database) setVersion() error {
	return db.exec(fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d", applicationID, schemaVersion))
}

// create makes the tables and says whose they are.
func (db *database) create(o Options) error {
	sources, err := json.Marshal(o.sources())
	if err != nil {
		return err
	}
	if err := db.exec(schema); err != nil {
		return err
	}
	if err := db.setVersion(); err != nil {
		return err
	}
	for name, value := range map[string]string{"sources": string(sources), "dest": o.Dest, "created": now()} {
		if err := db.setMeta(name, value); err != nil {
			return err
		}
	}
	return nil
}

const setMeta = "INSERT OR REPLACE INTO meta VALUES(?, ?)"

func (db *database) setMeta(name, value string) error {
	return db.exec(setMeta, name, strings.ToValidUTF8(value, "\uFFFD"))
}

// now is the time as meta holds it.
func now() string { return time.Now().UTC().Format(time.RFC3339Nano) }
