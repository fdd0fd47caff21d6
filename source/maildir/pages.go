package maildir

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"os"
	"slices"
	"sort"

	"github.com/mailhaul/mailhaul/internal/scratch"
)

// pages are the files of a folder in their order. Few are one page in memory; of many
// the pages lie on the disk, and memory holds where each begins, and one of them.
type pages struct {
	temp  *scratch.Files
	file  *os.File
	at    []stretch
	first []spot // of each page
	open  *page  // the one of number now
	now   int
	raw   []byte // for reading
}

// close gives the file back.
func (ps *pages) close() {
	if ps.file != nil {
		ps.temp.End(ps.file)
	}
}

// page is the k-th one, until the next is asked for.
func (ps *pages) page(k int) (*page, error) {
	if ps.file == nil || ps.open != nil && ps.now == k {
		return ps.open, nil
	}
	at := ps.at[k]
	ps.raw = slices.Grow(ps.raw[:0], int(at.size))[:at.size]
	_, err := ps.file.ReadAt(ps.raw, at.from)
	if err == nil && crc32.ChecksumIEEE(ps.raw) != at.sum {
		err = scratch.ErrTorn
	}
	if err != nil {
		return nil, fmt.Errorf("read a temporary file: %w", err)
	}
	if ps.open == nil {
		ps.open = &page{}
	}
	ps.open.reset()
	in := bytes.NewReader(ps.raw)
	for more := true; more; {
		if more, err = ps.open.read(in); err != nil {
			ps.open = nil
			return nil, err
		}
	}
	ps.now = k
	return ps.open, nil
}

// cursor stands between the files.
type cursor struct{ page, entry int }

// search answers the cursor before the file at a spot, and whether there is one.
func (ps *pages) search(at spot) (c cursor, found bool, err error) {
	c.page = max(0, sort.Search(len(ps.first), func(k int) bool { return ps.first[k].compare(at) > 0 })-1)
	p, err := ps.page(c.page)
	if err != nil {
		return c, false, err
	}
	c.entry, found = p.search(at)
	return c, found, nil
}

// next answers the file behind the cursor, and moves it on; more is false at the end.
func (ps *pages) next(c *cursor) (m mail, more bool, err error) {
	p, err := ps.page(c.page)
	if err == nil && c.entry == len(p.entries) && c.page+1 < len(ps.at) {
		c.page, c.entry = c.page+1, 0
		p, err = ps.page(c.page)
	}
	if err != nil || c.entry == len(p.entries) {
		return m, false, err
	}
	m = p.mail(c.entry)
	c.entry++
	return m, true, nil
}
