package transfertest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// memory is one state of a MemCheckpoint.
type memory struct {
	ids     map[bookKey]int64
	books   map[int64]memBook
	records map[recordKey]transfer.Record
	went    map[bookKey]memBook // by source and folder alone: the book that tells
	entered int                 // calls of Enter so far
	// deletions are messages that were to be deleted at their source; true: they are.
	deletions map[recordKey]bool
	made      map[madeKey]bool // destination folders that a run has made
	begun     time.Time        // of the message that left last
}

type madeKey struct{ to, epoch string }

type bookKey struct{ source, from, epoch string }

type memBook struct {
	key   bookKey
	to    string
	state string
	tally transfer.Tally
	// entered is the number of its last Enter.
	entered int
}

type recordKey struct {
	book int64
	id   string
}

func newMemory() *memory {
	return &memory{map[bookKey]int64{}, map[int64]memBook{}, map[recordKey]transfer.Record{}, map[bookKey]memBook{}, 0, map[recordKey]bool{}, map[madeKey]bool{}, time.Time{}}
}

func (m *memory) clone() *memory {
	out := *m
	out.ids, out.books, out.records, out.went = maps.Clone(m.ids), maps.Clone(m.books), maps.Clone(m.records), maps.Clone(m.went)
	out.deletions, out.made = maps.Clone(m.deletions), maps.Clone(m.made)
	return &out
}

// put records r; what r leaves empty of its digest, identity, window and earlier
// flags is taken from what is known.
func (m *memory) put(r transfer.Record) {
	key := recordKey{r.Book, r.ID}
	known := m.records[key]
	if r.Digest == (transfer.Digest{}) {
		r.Digest = known.Digest
		if r.Size == 0 {
			r.Size = known.Size
		}
	}
	if r.Ident == (transfer.Ident{}) {
		r.Ident = known.Ident
	}
	if r.Base == 0 && r.Begun.IsZero() {
		r.Base, r.Begun = known.Base, known.Begun
	}
	if r.Earlier == "" {
		r.Earlier = known.Earlier
	}
	if r.Fate != transfer.Open && !r.Resent {
		r.Base, r.Begun, r.Earlier = 0, time.Time{}, ""
	}
	m.records[key] = r
	m.follow(r.Book)
}

// begin answers when the first of n messages left, the others a nanosecond after each
// other: no two have one time.
func (m *memory) begin(now time.Time, n int) time.Time {
	if !now.After(m.begun) {
		now = m.begun.Add(1)
	}
	m.begun = now.Add(time.Duration(n))
	return now
}

// follow notes where the book's folder goes, now that something is recorded.
func (m *memory) follow(book int64) {
	b := m.books[book]
	key := bookKey{source: b.key.source, from: b.key.from}
	if b.entered > m.went[key].entered {
		m.went[key] = b
	}
}

// former answers what was recorded of the book's folder under other epochs.
func (m *memory) former(book int64) []transfer.Record {
	mine := m.books[book].key
	return m.filter(func(r transfer.Record) bool {
		other := m.books[r.Book].key
		same := other.source == mine.source && other.from == mine.from
		return same && other.epoch != mine.epoch
	})
}

// renumber moves the book's records to a book of an epoch of its own.
func (m *memory) renumber(book int64) {
	b := m.books[book]
	key := b.key
	for n := 1; m.ids[key] != 0; n++ {
		key.epoch = fmt.Sprintf("%s~%d", b.key.epoch, n)
	}
	id := int64(len(m.books) + 1)
	m.ids[key], m.books[id] = id, memBook{key: key, to: b.to}
	b.state, b.tally = "", transfer.Tally{}
	m.books[book] = b
	for _, r := range m.filter(func(r transfer.Record) bool { return r.Book == book }) {
		delete(m.records, recordKey{book, r.ID})
		r.Book = id
		m.records[recordKey{id, r.ID}] = r
	}
}

// openIn is where the book's first open record is, "" if none is open.
func (m *memory) openIn(book int64) string {
	rs := m.filter(func(r transfer.Record) bool {
		return r.Book == book && r.Fate == transfer.Open && r.To != ""
	})
	if len(rs) == 0 {
		return ""
	}
	return slices.MinFunc(rs, func(a, b transfer.Record) int { return a.Begun.Compare(b.Begun) }).To
}

func (m *memory) filter(keep func(transfer.Record) bool) []transfer.Record {
	var rs []transfer.Record
	for _, r := range m.records {
		if keep(r) {
			rs = append(rs, r)
		}
	}
	sortRecords(rs)
	return rs
}

func arrived(r transfer.Record) bool {
	return r.Fate == transfer.Copied || r.Fate == transfer.Adopted || r.Fate == transfer.Merged
}

// withoutWords is what the answers of many records carry.
func withoutWords(rs []transfer.Record) []transfer.Record {
	for i := range rs {
		rs[i].Words = ""
	}
	return rs
}

func sortRecords(rs []transfer.Record) {
	slices.SortFunc(rs, func(a, b transfer.Record) int {
		return cmp.Or(cmp.Compare(a.Book, b.Book), strings.Compare(a.ID, b.ID))
	})
}
