package checkpoint

import "strings"

// statements are those that are used again and again.
type statements struct {
	begin, commit, rollback, meta *statement

	addBook, addTarget, addPlace, addRoute, setWent, reroute *statement

	open, settle, refused, claim, forget, forgetRefusal *statement

	renumber, renumberRefusals, renumberDeletions, finish *statement

	deleting, deleted, spared, undecided *statement

	spoil, made, highest, unmade, beginUndo, countUndo, endUndo *statement

	known, census, pending, sent, textIDs, doubtful, former, any, firstOpen *statement

	countLinked, linked, holders, unlinked *statement
}

const columns = "book, id, fate, place, uid, size, digest, ident, flags, date, zone, words, base, begun, resent, earlier"

// lean are the columns without the server's words, for answers of many records.
const lean = "book, id, fate, place, uid, size, digest, ident, flags, date, zone, NULL, base, begun, resent, earlier"

const insertMessage = "INSERT INTO message(" + columns + ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) " +
	`ON CONFLICT(book, id) DO UPDATE SET
	fate = excluded.fate,
	size = coalesce(excluded.size, size),
	digest = coalesce(excluded.digest, digest),
	ident = coalesce(excluded.ident, ident),
	flags = excluded.flags,
	date = coalesce(excluded.date, date),
	zone = coalesce(excluded.zone, zone),
	words = excluded.words, `

const hasArrived = "fate IN ('copied', 'adopted', 'merged')"

// isAdrift is a message that has arrived without a UID. SQLite would make a table of
// the three fates for each message that is recorded.
const isAdrift = "uid = 0 AND fate <> 'open' AND fate <> 'refused' AND fate <> 'vanished'"

// wasSent are the messages whose bytes have left, or were there.
const wasSent = "(fate = 'open' OR " + hasArrived + ") AND place IS NOT NULL"

// linkedIn are the messages of a place with a UID from one to another. All of them have
// arrived (uidOf).
const linkedIn = "FROM message INDEXED BY message_linked WHERE uid > 0 AND place = ? AND uid BETWEEN ? AND ?"

// name gives the statements of a Log their texts.
func (s *statements) name(db *database) {
	for _, p := range []struct {
		to  **statement
		sql string
	}{
		{&s.begin, "BEGIN IMMEDIATE"},
		{&s.commit, "COMMIT"},
		{&s.rollback, "ROLLBACK"},
		{&s.meta, setMeta},
		{&s.addBook, "INSERT INTO book(id, source, name, key, epoch, target) VALUES(?,?,?,?,?,?)"},
		{&s.addTarget, "INSERT INTO target(id, name, key) VALUES(?,?,?)"},
		{&s.addPlace, "INSERT INTO place(id, target, epoch) VALUES(?,?,?)"},
		{&s.addRoute, "INSERT INTO route(book, target) VALUES(?,?)"},
		{&s.setWent, "INSERT OR REPLACE INTO went(source, key, target) VALUES(?,?,?)"},
		{&s.reroute, "UPDATE book SET target = ?, state = NULL, finished = NULL WHERE id = ?"},
		// A message that leaves again may still land from the first time.
		{&s.open, insertMessage + `place = excluded.place, uid = 0, begun = excluded.begun,
			base = iif((fate = 'open' OR resent) AND place = excluded.place,
				coalesce(min(base, excluded.base), excluded.base), excluded.base),
			resent = (fate = 'open' OR resent OR excluded.resent), earlier = coalesce(excluded.earlier, earlier)`},
		{&s.settle, insertMessage + `place = coalesce(excluded.place, place),
			uid = iif(excluded.place IS NULL AND excluded.uid = 0 AND excluded.fate <> 'open' AND excluded.fate <> 'refused'
				AND excluded.fate <> 'vanished', uid, excluded.uid),
			base = iif(excluded.fate = 'open' OR excluded.resent, coalesce(excluded.base, base), NULL),
			begun = iif(excluded.fate = 'open' OR excluded.resent, coalesce(excluded.begun, begun), NULL),
			earlier = iif(excluded.fate = 'open' OR excluded.resent, coalesce(excluded.earlier, earlier), NULL),
			resent = excluded.resent`},
		{&s.refused, "INSERT OR REPLACE INTO refusal(book, id, subject, message_id) VALUES(?,?,?,?)"},
		{&s.claim, "UPDATE OR REPLACE message SET book = ?, id = ? WHERE book = ? AND id = ?"},
		{&s.forget, "DELETE FROM message WHERE book = ? AND id = ?"},
		{&s.forgetRefusal, "DELETE FROM refusal WHERE book = ? AND id = ?"},
		{&s.renumber, "UPDATE message SET book = ? WHERE book = ?"},
		{&s.renumberRefusals, "UPDATE refusal SET book = ? WHERE book = ?"},
		{&s.renumberDeletions, "UPDATE deletion SET book = ? WHERE book = ?"},
		{&s.deleting, "INSERT OR REPLACE INTO deletion(book, id, digest, size, asked) VALUES(?,?,?,?,?)"},
		{&s.deleted, "UPDATE deletion SET done = ? WHERE book = ? AND id = ?"},
		{&s.spared, "DELETE FROM deletion WHERE book = ? AND id = ? AND done IS NULL"},
		{&s.undecided, "SELECT id FROM deletion WHERE book = ? AND done IS NULL"},
		{&s.spoil, "INSERT OR IGNORE INTO spoiled(place, uid) VALUES(?,?)"},
		{&s.made, "INSERT OR IGNORE INTO made(place, next) VALUES(?,0)"},
		{&s.highest, "UPDATE made SET next = max(next, ?) WHERE place = ?"},
		{&s.unmade, "DELETE FROM made WHERE place = ?"},
		{&s.beginUndo, "INSERT INTO undo(id, begun, removed, bytes, released, kept, folders) VALUES(?,?,0,0,0,0,0)"},
		{&s.countUndo, "UPDATE undo SET removed = removed + ?, bytes = bytes + ?, released = released + ? WHERE id = ?"},
		{&s.endUndo, "UPDATE undo SET ended = ?, kept = ?, folders = ? WHERE id = ?"},
		{&s.finish, `UPDATE book SET state = ?, finished = ?, messages = ?, copied = ?, present = ?, adopted = ?,
			skipped = ?, refused = ?, vanished = ?, merged = ?, folders = ?, bytes = ? WHERE id = ?`},
		{&s.known, "SELECT " + columns + " FROM (VALUES(?)" + strings.Repeat(",(?)", knownChunk-1) +
			") CROSS JOIN message ON book = ? AND id = column1"},
		{&s.census, "SELECT count(*) FILTER (WHERE " + hasArrived + "), count(*) FROM message WHERE book = ? AND id BETWEEN ? AND ?"},
		{&s.pending, "SELECT " + columns + " FROM message WHERE fate = 'open' AND place = ? ORDER BY base, begun"},
		{&s.sent, "SELECT " + lean + " FROM message WHERE book = ? AND id BETWEEN ? AND ? AND " + wasSent},
		{&s.textIDs, "SELECT id FROM message WHERE book = ? AND id >= '' AND " + wasSent},
		{&s.countLinked, "SELECT count(DISTINCT uid) " + linkedIn},
		{&s.linked, "SELECT DISTINCT uid " + linkedIn + " ORDER BY uid"},
		{&s.holders, "SELECT " + lean + " " + linkedIn},
		{&s.unlinked, "SELECT " + lean + " FROM message INDEXED BY message_unlinked WHERE " + isAdrift + " AND place = ?"},
		{&s.doubtful, "SELECT " + columns + " FROM message INDEXED BY message_resent WHERE resent AND place = ? AND " + hasArrived},
		{&s.former, "SELECT " + lean + " FROM message WHERE book = ?"},
		{&s.any, "SELECT 1 FROM message WHERE book = ? LIMIT 1"},
		{&s.firstOpen, `SELECT place FROM message INDEXED BY message_open
			WHERE fate = 'open' AND place IS NOT NULL AND book = ? ORDER BY begun LIMIT 1`},
	} {
		*p.to = db.later(p.sql)
	}
}
