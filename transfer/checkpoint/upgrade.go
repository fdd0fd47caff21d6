package checkpoint

import "fmt"

// upgrades lead from version 1 to 2, from there to 3, and so on.
//
// Version 1 forgot the base of what had arrived. Where a twin may lie is not
// to be guessed, so there the doubt is given up. Version 2 did not know the
// subjects of what was refused, version 3 no deletions, version 4 no undo; it kept
// an altered copy as a message of its own. Version 5 forgot the flags of earlier
// sendings. Of version 6 see [upgradeIDs].
var upgrades = [schemaVersion - 2]string{`
UPDATE message SET resent = NULL WHERE resent AND fate <> 'open';
CREATE INDEX IF NOT EXISTS message_resent ON message(place) WHERE resent;
CREATE TABLE IF NOT EXISTS went(
	source TEXT NOT NULL,
	key    BLOB NOT NULL,
	target INTEGER NOT NULL REFERENCES target,
	PRIMARY KEY(source, key)
) WITHOUT ROWID;
INSERT OR REPLACE INTO went SELECT source, key, target FROM book
WHERE EXISTS(SELECT 1 FROM message WHERE book = book.id) ORDER BY id;
`, `
CREATE TABLE IF NOT EXISTS refusal(
	book       INTEGER NOT NULL REFERENCES book,
	id         TEXT NOT NULL,
	subject    TEXT NOT NULL,
	message_id TEXT NOT NULL,
	PRIMARY KEY(book, id)
) WITHOUT ROWID;
`, `
CREATE TABLE IF NOT EXISTS deletion(
	book   INTEGER NOT NULL REFERENCES book,
	id     TEXT NOT NULL,
	digest BLOB,
	size   INTEGER,
	asked  INTEGER NOT NULL,
	done   INTEGER,
	PRIMARY KEY(book, id)
) WITHOUT ROWID;
CREATE VIEW IF NOT EXISTS deletions AS
SELECT b.source, b.name AS "from", d.id, d.size, hex(d.digest) AS sha256,
	datetime(d.asked, 'unixepoch') AS asked, datetime(d.done, 'unixepoch') AS done
FROM deletion d JOIN book b ON b.id = d.book;
`, `
CREATE TABLE IF NOT EXISTS spoiled(
	place INTEGER NOT NULL REFERENCES place,
	uid   INTEGER NOT NULL,
	PRIMARY KEY(place, uid)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS made(
	place INTEGER PRIMARY KEY REFERENCES place,
	next  INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS undo(
	id       INTEGER PRIMARY KEY,
	begun    INTEGER NOT NULL,
	ended    INTEGER,
	removed  INTEGER NOT NULL,
	bytes    INTEGER NOT NULL,
	released INTEGER NOT NULL,
	kept     INTEGER NOT NULL,
	folders  INTEGER NOT NULL
);
INSERT OR IGNORE INTO spoiled SELECT place, uid FROM message
WHERE id LIKE '%~altered' AND fate = 'adopted' AND digest IS NULL AND size IS NULL AND place IS NOT NULL AND uid <> 0;
DELETE FROM message WHERE id LIKE '%~altered' AND fate = 'adopted' AND digest IS NULL AND size IS NULL AND place IS NOT NULL;
`, `
ALTER TABLE message ADD COLUMN earlier TEXT;
`}

// isNumber is true of the IDs that [keyOf] takes for numbers.
const isNumber = "(CAST(id AS INTEGER) BETWEEN 1 AND 4294967295 AND CAST(CAST(id AS INTEGER) AS TEXT) = id)"

// upgradeIDs leads from version 6, which had all IDs as text, to 7. Those of equal
// length lie in the order of their numbers, which makes the new table grow at its end.
func upgradeIDs() string {
	sql := `
DROP VIEW progress;
DROP VIEW waiting;
DROP VIEW problems;
DROP INDEX message_open;
DROP INDEX message_resent;
ALTER TABLE message RENAME TO former;
` + messageTable
	for digits := range 10 {
		sql += moved("CAST(id AS INTEGER)", fmt.Sprintf("length(id) = %d AND %s", digits+1, isNumber))
	}
	return sql + moved("id", "NOT "+isNumber) + "DROP TABLE former;\n" + messageViews
}

// moved brings messages over from version 6.
func moved(id, where string) string {
	return "INSERT INTO message SELECT book, " + id + ", fate, place, iif(" + hasArrived + ", uid, 0), " +
		"size, digest, ident, flags, date, zone, words, base, begun, resent, earlier FROM former WHERE " + where + ";\n"
}

// upgrade brings the tables of an older version up to date.
func (db *database) upgrade(from int) error {
	for _, sql := range append(upgrades[:], upgradeIDs())[from-1:] {
		if err := db.exec(sql); err != nil {
			return err
		}
	}
	return db.setVersion()
}
