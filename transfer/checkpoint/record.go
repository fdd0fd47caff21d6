package checkpoint

import (
	"database/sql/driver"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// The places of columns that others than rowOf fill in.
const (
	colBase  = 12
	colBegun = 13
)

// rowOf are the values of columns for a record that lies at p, which may be nil.
func rowOf(p *place, r transfer.Record) []driver.NamedValue {
	var at, date, zone, begun driver.Value
	if p != nil {
		at = p.id
	}
	if !r.Date.IsZero() {
		_, offset := r.Date.Zone()
		date, zone = r.Date.Unix(), int64(offset)
	}
	if !r.Begun.IsZero() {
		begun = r.Begun.UnixNano()
	}
	return named([]driver.Value{
		r.Book, keyOf(r.ID), string(r.Fate), at, uidOf(r), orNull(r.Size, r.Size),
		orNull(r.Digest, r.Digest[:]), orNull(r.Ident, r.Ident[:]), orNull(r.Flags, r.Flags),
		date, zone, orNull(r.Words, r.Words), orNull(r.Base, int64(r.Base)), begun, orNull(r.Resent, int64(1)), orNull(r.Earlier, r.Earlier),
	})
}

// uidOf is 0 of what has not arrived: all that has a UID in the file has.
func uidOf(r transfer.Record) int64 {
	switch r.Fate {
	case transfer.Copied, transfer.Adopted, transfer.Merged:
		return int64(r.UID)
	}
	return 0
}

// scanner makes records of rows that have columns. It asks the index, for
// which everybody waits, as seldom as it can.
type scanner struct {
	log   *Log
	last  *place
	zones map[int64]*time.Location
	marks map[string]string // flags that were seen
}

// record is the one in row.
func (s *scanner) record(row []driver.Value) transfer.Record {
	r := transfer.Record{
		Book: intOf(row[0]), ID: idOf(row[1]), Fate: fateOf(row[2]), UID: uint32(intOf(row[4])), Size: intOf(row[5]),
		Flags: s.flags(textOf(row[8])), Words: textOf(row[11]), Resent: intOf(row[14]) != 0, Earlier: textOf(row[15]),
	}
	copy(r.Digest[:], bytesOf(row[6]))
	copy(r.Ident[:], bytesOf(row[7]))
	if row[9] != nil {
		r.Date = time.Unix(intOf(row[9]), 0).In(s.zone(intOf(row[10])))
	}
	if r.Fate == transfer.Open || r.Resent {
		r.Base = uint32(intOf(row[colBase]))
		if row[colBegun] != nil {
			r.Begun = time.Unix(0, intOf(row[colBegun]))
		}
	}
	if p := s.place(row); p != nil {
		r.To, r.Epoch = p.target.key, p.epoch
	}
	return r
}

// place is where the message of row lies, nil if nowhere.
func (s *scanner) place(row []driver.Value) *place {
	id := intOf(row[3])
	if id == 0 {
		return nil
	}
	if s.last == nil || s.last.id != id {
		s.log.mu.Lock()
		s.last = s.log.index.placeByID[id]
		s.log.mu.Unlock()
	}
	return s.last
}

func (s *scanner) zone(offset int64) *time.Location {
	if offset == 0 {
		return time.UTC
	}
	z := s.zones[offset]
	if z == nil {
		if s.zones == nil {
			s.zones = map[int64]*time.Location{}
		}
		z = time.FixedZone("", int(offset))
		s.zones[offset] = z
	}
	return z
}

// flags spares a copy for each record, of which many have the same.
func (s *scanner) flags(f string) string {
	if known, ok := s.marks[f]; ok {
		return known
	}
	if s.marks == nil {
		s.marks = map[string]string{}
	}
	s.marks[f] = f
	return f
}

// fateOf spares a copy of the word for each record.
func fateOf(v driver.Value) transfer.Fate {
	switch f := transfer.Fate(textOf(v)); f {
	case transfer.Copied:
		return transfer.Copied
	case transfer.Adopted:
		return transfer.Adopted
	default:
		return f
	}
}
