package checkpoint

import (
	"database/sql/driver"
	"strings"

	"github.com/mailhaul/mailhaul/transfer"
)

// index keeps the small tables in memory: books and destination folders, a
// few hundred bytes each. The messages stay on the disk.
type index struct {
	books   map[bookKey]*book
	kin     map[kinKey][]*book
	targets map[string]*target
	places  map[placeKey]*place
	routes  map[routeKey]bool
	went    map[kinKey]way
	spoiled map[int64][]uint32 // by place

	bookByID   map[int64]*book
	targetByID map[int64]*target
	placeByID  map[int64]*place

	last    int64 // the highest ID in use
	entered int64 // calls of Enter so far
}

// book is a source folder under one epoch, where it goes, and its last
// finished pass on the way there.
type book struct {
	id     int64
	key    bookKey
	filled bool // it may hold messages
	open   bool // some of them may be open
	target *target
	state  string
	tally  transfer.Tally
	// entered is the number of its last Enter, 0 if it was before this run.
	entered int64
}

// way is where a folder went as of the Enter of that number.
type way struct {
	target  *target
	entered int64
}

// target is a destination folder, place one of its epochs.
type (
	target struct {
		id     int64
		key    string
		places []*place // in the order in which they were seen
	}
	place struct {
		id     int64
		target *target
		epoch  string
		// unsettled: some messages that went there may be open, or may land a second time.
		unsettled bool
	}
)

type (
	kinKey  struct{ source, key string }
	bookKey struct {
		kinKey
		epoch string
	}
	placeKey struct {
		target int64
		epoch  string
	}
	routeKey struct{ book, target int64 }
)

const tallyColumns = "messages, copied, present, adopted, skipped, refused, vanished, merged, folders, bytes"

func newIndex() index {
	return index{
		books: map[bookKey]*book{}, kin: map[kinKey][]*book{}, targets: map[string]*target{},
		places: map[placeKey]*place{}, routes: map[routeKey]bool{}, went: map[kinKey]way{}, spoiled: map[int64][]uint32{},
		bookByID: map[int64]*book{}, targetByID: map[int64]*target{}, placeByID: map[int64]*place{},
	}
}

// load reads the index from the file. A row that points to one that is not
// there is found in damaged files only.
func (x *index) load(db *database) error {
	*x = newIndex()
	whole := true
	for _, q := range []struct {
		sql  string
		each func(row []driver.Value)
	}{
		{`SELECT id, key FROM target`, func(row []driver.Value) {
			x.putTarget(&target{id: intOf(row[0]), key: string(bytesOf(row[1]))})
		}},
		{`SELECT id, target, epoch FROM place`, func(row []driver.Value) {
			t := x.targetByID[intOf(row[1])]
			if whole = whole && t != nil; whole {
				x.putPlace(&place{id: intOf(row[0]), target: t, epoch: textOf(row[2])})
			}
		}},
		{`SELECT id, source, key, epoch, target, state, EXISTS(SELECT 1 FROM message WHERE book = book.id), ` +
			tallyColumns + ` FROM book ORDER BY id`, func(row []driver.Value) {
			b := x.bookOf(row)
			whole = whole && b.target != nil
			x.putBook(b)
		}},
		{`SELECT DISTINCT book, place FROM message INDEXED BY message_open WHERE fate = 'open'`, func(row []driver.Value) {
			b := x.bookByID[intOf(row[0])]
			if whole = whole && b != nil; whole {
				b.open = true
			}
			x.unsettle(x.placeByID[intOf(row[1])])
		}},
		{`SELECT DISTINCT place FROM message INDEXED BY message_resent WHERE resent`, func(row []driver.Value) {
			x.unsettle(x.placeByID[intOf(row[0])])
		}},
		{`SELECT book, target FROM route`, func(row []driver.Value) {
			x.routes[routeKey{intOf(row[0]), intOf(row[1])}] = true
		}},
		{`SELECT target, source, key FROM went`, func(row []driver.Value) {
			t := x.targetByID[intOf(row[0])]
			if whole = whole && t != nil; whole {
				x.went[kinKey{textOf(row[1]), string(bytesOf(row[2]))}] = way{target: t}
			}
		}},
		{`SELECT place, uid FROM spoiled`, func(row []driver.Value) {
			x.spoiled[intOf(row[0])] = append(x.spoiled[intOf(row[0])], uint32(intOf(row[1])))
		}},
	} {
		err := db.query(q.sql, func(row []driver.Value) error {
			x.last = max(x.last, intOf(row[0]))
			q.each(row)
			return nil
		})
		if err != nil {
			return err
		}
	}
	if !whole {
		return ErrDamaged
	}
	return nil
}

func (x *index) bookOf(row []driver.Value) *book {
	b := &book{id: intOf(row[0]), target: x.targetByID[intOf(row[4])], state: textOf(row[5]), filled: intOf(row[6]) != 0}
	b.key = bookKey{kinKey{textOf(row[1]), string(bytesOf(row[2]))}, textOf(row[3])}
	if row[5] != nil {
		b.tally = tallyOf(row[7:])
	}
	return b
}

func tallyOf(row []driver.Value) transfer.Tally {
	n := func(i int) int { return int(intOf(row[i])) }
	return transfer.Tally{
		Messages: n(0), Copied: n(1), Present: n(2), Adopted: n(3), Skipped: n(4),
		Refused: n(5), Vanished: n(6), Merged: n(7), Folders: n(8), Bytes: intOf(row[9]),
	}
}

func (x *index) putBook(b *book) {
	x.books[b.key], x.bookByID[b.id] = b, b
	x.kin[b.key.kinKey] = append(x.kin[b.key.kinKey], b)
}

func (x *index) putTarget(t *target) { x.targets[t.key], x.targetByID[t.id] = t, t }

func (x *index) putPlace(p *place) {
	x.places[placeKey{p.target.id, p.epoch}], x.placeByID[p.id] = p, p
	p.target.places = append(p.target.places, p)
}

// unsettle notes that a message that went to p may be open or in doubt; nil is any
// of those there are.
func (x *index) unsettle(p *place) {
	if p != nil {
		p.unsettled = true
		return
	}
	for _, p := range x.placeByID {
		p.unsettled = true
	}
}

// placesOf are the epochs of a destination folder that were seen, for unsettled those
// alone of which that may hold.
func (x *index) placesOf(key string, unsettled bool) (ids []int64) {
	t := x.targets[key]
	if t == nil {
		return nil
	}
	for _, p := range t.places {
		if p.unsettled || !unsettled {
			ids = append(ids, p.id)
		}
	}
	return ids
}

// former are the same folder's other epochs that may hold messages.
func (x *index) former(b *book) []int64 {
	var out []int64
	for _, k := range x.kin[b.key.kinKey] {
		if k != b && k.filled {
			out = append(out, k.id)
		}
	}
	return out
}

// nextID is free in each of the small tables.
func (x *index) nextID() int64 {
	x.last++
	return x.last
}

// The index grows in memory at once; the row that says so waits in the batch,
// which keeps such rows until they are on the disk. The callers hold mu.

// book is the one of key on its way to t.
func (l *Log) book(key bookKey, t *target) *book {
	b := l.index.books[key]
	switch {
	case b == nil:
		b = &book{id: l.index.nextID(), key: key, target: t}
		l.index.putBook(b)
		l.queue(l.sql.addBook, b.id, key.source, nameOf(key.key), []byte(key.key), key.epoch, t.id)
	case b.target != t:
		b.target, b.state, b.tally = t, "", transfer.Tally{}
		l.queue(l.sql.reroute, t.id, b.id)
	}
	l.route(b, t)
	l.index.entered++
	b.entered = l.index.entered
	return b
}

// fill notes that something is recorded in b, which tells where its folder goes.
func (l *Log) fill(b *book) {
	b.filled = true
	known, kin := l.index.went[b.key.kinKey], b.key.kinKey
	if b.entered <= known.entered {
		return
	}
	l.index.went[kin] = way{b.target, b.entered}
	if known.target != b.target {
		l.queue(l.sql.setWent, kin.source, []byte(kin.key), b.target.id)
	}
}

func (l *Log) target(key string) *target {
	t := l.index.targets[key]
	if t == nil {
		t = &target{id: l.index.nextID(), key: key}
		l.index.putTarget(t)
		l.queue(l.sql.addTarget, t.id, nameOf(key), []byte(key))
	}
	return t
}

func (l *Log) place(t *target, epoch string) *place {
	p := l.index.places[placeKey{t.id, epoch}]
	if p == nil {
		p = &place{id: l.index.nextID(), target: t, epoch: epoch}
		l.index.putPlace(p)
		l.queue(l.sql.addPlace, p.id, t.id, epoch)
	}
	return p
}

// route notes that messages of b may lie in t.
func (l *Log) route(b *book, t *target) {
	k := routeKey{b.id, t.id}
	if !l.index.routes[k] {
		l.index.routes[k] = true
		l.queue(l.sql.addRoute, b.id, t.id)
	}
}

// nameOf is a path's key for people, as [transfer.Folder.Name] has it.
func nameOf(key string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(key, "\x00", "/"), "\uFFFD")
}
