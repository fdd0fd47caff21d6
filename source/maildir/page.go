package maildir

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"sort"
	"strings"
)

// page is the files of a folder, or some that are neighbours in it. It takes the
// names' bytes and 32 bytes more for each.
type page struct {
	names   []byte // one after the other
	entries []entry
}

// entry is one file.
type entry struct {
	sec, usec int64
	off       int // of the name
	len, base uint16
	n         uint16 // 1 unless files before it have the same base
	fresh     bool   // in new, not in cur
}

// mail is a file by itself.
type mail struct {
	file  string
	base  int // how much of its name is the base
	n     int
	fresh bool
}

func (m mail) id() string { return id(m.file[:m.base], m.n) }

// add takes in one file.
func (p *page) add(file string, fresh bool) {
	n := parseName(file)
	if len(file) > 1<<16-1 {
		return // no file system has such names
	}
	p.put(entry{sec: n.sec, usec: n.usec, base: uint16(len(n.base)), n: 1, fresh: fresh}, []byte(file))
}

func (p *page) put(e entry, file []byte) {
	e.off, e.len = len(p.names), uint16(len(file))
	p.entries = append(p.entries, e)
	p.names = append(p.names, file...)
}

func (p *page) reset() { p.names, p.entries = p.names[:0], p.entries[:0] }

func (p *page) file(e entry) []byte { return p.names[e.off : e.off+int(e.len)] }
func (p *page) base(e entry) []byte { return p.names[e.off : e.off+int(e.base)] }

func (p *page) mail(i int) mail {
	e := p.entries[i]
	return mail{file: string(p.file(e)), base: int(e.base), n: int(e.n), fresh: e.fresh}
}

// compare tells the order of two files, each of a page: cur comes before new.
func compare(p *page, a entry, q *page, b entry) int {
	c := cmp.Or(cmp.Compare(a.sec, b.sec), cmp.Compare(a.usec, b.usec), bytes.Compare(p.base(a), q.base(b)))
	switch {
	case c != 0:
		return c
	case a.fresh != b.fresh && b.fresh:
		return -1
	case a.fresh != b.fresh:
		return 1
	}
	return bytes.Compare(p.file(a), q.file(b))
}

func (p *page) sort() {
	slices.SortFunc(p.entries, func(a, b entry) int { return compare(p, a, p, b) })
}

// number numbers those with the same base.
func (p *page) number() {
	for i := 1; i < len(p.entries); i++ {
		if before := p.entries[i-1]; bytes.Equal(p.base(before), p.base(p.entries[i])) {
			p.entries[i].n = before.n + 1
		}
	}
}

// spot is where in the order an ID belongs.
type spot struct {
	sec, usec int64
	base      string
	n         int
}

func spotOf(id string) (at spot) {
	at.base, at.n = parseID(id)
	at.sec, at.usec = delivery(at.base)
	return at
}

func (a spot) compare(b spot) int {
	return cmp.Or(cmp.Compare(a.sec, b.sec), cmp.Compare(a.usec, b.usec), strings.Compare(a.base, b.base), cmp.Compare(a.n, b.n))
}

func (p *page) spot(i int) spot {
	e := p.entries[i]
	return spot{e.sec, e.usec, string(p.base(e)), int(e.n)}
}

// search answers where in the page a spot is, and whether a file has it.
func (p *page) search(at spot) (int, bool) {
	return sort.Find(len(p.entries), func(i int) int { return at.compare(p.spot(i)) })
}

// appendTo writes an entry as [page.read] reads it.
func (p *page) appendTo(to []byte, e entry) []byte {
	for _, x := range [...]uint64{uint64(e.sec), uint64(e.usec), uint64(e.len), uint64(e.base), uint64(e.n)} {
		to = binary.AppendUvarint(to, x)
	}
	fresh := byte(0)
	if e.fresh {
		fresh = 1
	}
	return append(append(to, fresh), p.file(e)...)
}
