package checkpoint

import (
	"database/sql/driver"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sixthVersion has all IDs as text, as versions up to 6 did.
var sixthVersion = `
DROP VIEW progress;
DROP VIEW waiting;
DROP VIEW problems;
DROP INDEX message_open;
DROP INDEX message_resent;
DROP INDEX message_linked;
DROP INDEX message_unlinked;
ALTER TABLE message RENAME TO later;
` + strings.Replace(messageTable, "id     NOT NULL", "id     TEXT NOT NULL", 1) + `
INSERT INTO message SELECT * FROM later;
DROP TABLE later;
DROP INDEX message_linked;
DROP INDEX message_unlinked;
` + messageViews + `
PRAGMA user_version = 6;
`

// Whatever IDs look like, an upgrade keeps them.
func TestUpgradeKeepsIDs(t *testing.T) {
	o := options(t)
	l, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	b := enter(t, l, inbox, archive)
	ids := []string{"1", "2", "10", "0", "007", "-1", "+5", " 6", "7\x00y", "1e3", "4294967295", "4294967296", "12345678901", "x", "é"}
	for i, id := range ids {
		settle(t, l, landed(letter(b.ID, id), archive, uint32(i+1)))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := meddle(o.Path(), sixthVersion); err != nil {
		t.Fatal(err)
	}
	j, err := ReadJournal(o.Path())
	if err != nil {
		t.Fatal(err)
	}
	carried, err := j.Carried(t.Context(), "imaps://anna@old.example", inbox, ids)
	if err != nil || len(carried) != len(ids) {
		t.Errorf("journal of version 6: got %d carried, %v, want %d", len(carried), err, len(ids))
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	l = mustOpen(t, o)
	known, err := l.Known(t.Context(), b.ID, ids)
	for i, id := range ids {
		if err != nil || known[id].UID != uint32(i+1) {
			t.Errorf("known %q: got UID %d, %v, want %d", id, known[id].UID, err, i+1)
		}
	}
	if got, err := l.db.text("SELECT group_concat(id) FROM message WHERE typeof(id) = 'integer'"); err != nil || got != "1,2,10,4294967295" {
		t.Errorf("numbers: got %s, %v, want those that are written as such", got, err)
	}
}

// firstVersion takes from a file what version 1 did not have, and gives it a
// message that was sent twice, as that version left it.
var firstVersion = sixthVersion + `
DROP INDEX message_resent;
DROP TABLE went;
DROP TABLE refusal;
DROP VIEW deletions;
DROP TABLE deletion;
DROP TABLE spoiled;
DROP TABLE made;
DROP TABLE undo;
ALTER TABLE message DROP COLUMN earlier;
UPDATE message SET resent = 1, fate = 'copied', base = NULL, begun = NULL WHERE id = '7';
UPDATE message SET resent = 1 WHERE id = '8';
INSERT INTO message(book, id, fate, place, uid) SELECT book, '9~altered', 'adopted', place, 77 FROM message WHERE id = '9';
PRAGMA user_version = 1;
`

func TestUpgrade(t *testing.T) {
	o := filled(t)
	if err := meddle(o.Path(), firstVersion); err != nil {
		t.Fatal(err)
	}
	if s, err := Read(o.Path()); err != nil || len(s.Folders) != 1 || s.Folders[0].Open != 1999 {
		t.Errorf("status of version 1: got %+v, %v, want 1999 open", s.Folders, err)
	}
	l := mustOpen(t, o)
	b := enter(t, l, inbox, archive)
	if b.Open != archive.Key() {
		t.Errorf("book: got open in %q, want %q", b.Open, archive.Key())
	}
	if went, err := l.Went(t.Context(), "imaps://anna@old.example"); err != nil || went[inbox.Key()] != archive.Key() {
		t.Errorf("went: got %q, %v, want %q to %q", went, err, inbox.Key(), archive.Key())
	}
	// Nobody knows where a twin of 7 may lie, so it is not doubted.
	if rs, err := l.Doubtful(t.Context(), archive); err != nil || len(rs) != 0 {
		t.Errorf("doubtful: got %v, %v, want none", rs, err)
	}
	// An altered copy was kept as a message of its own.
	if rs, err := l.Known(t.Context(), b.ID, []string{"9~altered"}); err != nil || len(rs) > 0 {
		t.Errorf("altered copy: got %v, %v, want no record", rs, err)
	}
	if uids := l.spoiledIn(archive, archive.Epoch); !slices.Equal(uids, []uint32{77}) {
		t.Errorf("altered copy: got UIDs %v spoiled, want 77", uids)
	}
	again := letter(b.ID, "8")
	again.Resent = true
	settle(t, l, landed(again, archive, 9))
	rs, err := l.Doubtful(t.Context(), archive)
	if err != nil || len(rs) != 1 || rs[0].ID != "8" || rs[0].Base != 1 {
		t.Errorf("doubtful: got %v, %v, want 8 with base 1", rs, err)
	}
	fresh := mustOpen(t, options(t))
	if got, want := tables(t, l.db), tables(t, fresh.db); !maps.Equal(got, want) {
		t.Errorf("tables after the upgrade:\n got %v\nwant %v", got, want)
	}
	if got, err := l.db.text("PRAGMA user_version"); err != nil || got != strconv.Itoa(schemaVersion) {
		t.Errorf("version: got %s, %v, want %d", got, err, schemaVersion)
	}
}

// TestPlans wants the answers that each folder asks for to come from an index.
func TestPlans(t *testing.T) {
	l := mustOpen(t, options(t))
	for sql, want := range map[string]string{
		"SELECT * FROM message INDEXED BY message_resent WHERE resent AND place = 1 AND " + hasArrived: "SEARCH message USING INDEX message_resent (place=?)",
		"SELECT * FROM message WHERE fate = 'open' AND place = 1":                                      "SEARCH message USING INDEX message_open (place=?)",
		"SELECT count(DISTINCT uid) " + strings.ReplaceAll(linkedIn, "?", "1"):                         "SEARCH message USING COVERING INDEX message_linked (place=? AND uid>? AND uid<?)",
		"SELECT count(*) FROM message WHERE book = 1 AND id BETWEEN 1 AND 7":                           "SEARCH message USING PRIMARY KEY (book=? AND id>? AND id<?)",
		"SELECT * FROM message INDEXED BY message_unlinked WHERE place = 1 AND " + isAdrift:            "SEARCH message USING INDEX message_unlinked (place=?)",
	} {
		var got string
		err := l.db.query("EXPLAIN QUERY PLAN "+sql, func(row []driver.Value) error {
			got = textOf(row[3])
			return nil
		})
		if err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", sql, got, err, want)
		}
	}
}

// tables are the definitions of all that the file holds, by name.
func tables(t *testing.T, db *database) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := db.query("SELECT name, sql FROM sqlite_schema", func(row []driver.Value) error {
		out[textOf(row[0])] = textOf(row[1])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
