package maildir

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"

	"github.com/mailhaul/mailhaul/internal/scratch"
)

const (
	pageFiles = 256   // in a page on the disk
	heldFiles = 16384 // in memory
)

// sorter puts the files of a folder in order. While there are few it does that in
// memory; else it writes them to the disk in sorted runs, and merges these into pages:
//
//	add -> page, full -> run, run, run -> merge -> pages on the disk
type sorter struct {
	temp *scratch.Files // nil: memory alone is used
	page page
	file *os.File
	end  int64
	runs []stretch
	buf  []byte
}

// stretch is a part of the file.
type stretch struct {
	from, size int64
	files      int
	sum        uint32 // of the bytes
}

func (s *sorter) add(file string, fresh bool) error {
	if s.temp != nil && len(s.page.entries) == heldFiles {
		if err := s.flush(); err != nil {
			return err
		}
	}
	s.page.add(file, fresh)
	return nil
}

// flush writes a run.
func (s *sorter) flush() (err error) {
	if s.file == nil {
		if s.file, err = s.temp.New(); err != nil {
			return err
		}
	}
	s.page.sort()
	s.buf = s.buf[:0]
	for _, e := range s.page.entries {
		s.buf = s.page.appendTo(s.buf, e)
	}
	at, err := s.write(s.buf, len(s.page.entries))
	s.runs = append(s.runs, at)
	s.page.reset()
	return err
}

func (s *sorter) write(p []byte, files int) (stretch, error) {
	at := stretch{s.end, int64(len(p)), files, crc32.ChecksumIEEE(p)}
	_, err := s.file.WriteAt(p, s.end)
	s.end += at.size
	return at, err
}

// finish answers the pages. They are to be closed whatever it answers.
func (s *sorter) finish() (*pages, error) {
	ps := &pages{temp: s.temp, file: s.file}
	if s.file == nil {
		s.page.sort()
		s.page.number()
		ps.open = &s.page
		return ps, nil
	}
	if err := s.flush(); err != nil {
		return ps, err
	}
	s.page = page{}
	return ps, s.merge(ps)
}

// merge makes pages of the runs.
func (s *sorter) merge(ps *pages) error {
	var rs runs
	for _, at := range s.runs {
		r := &run{stretch: at}
		r.in = bufio.NewReaderSize(io.TeeReader(io.NewSectionReader(s.file, at.from, at.size), &r.read), 32<<10)
		more, err := r.next()
		if err != nil {
			return err
		}
		if more {
			rs = append(rs, r)
		}
	}
	heap.Init(&rs)
	var out page
	var before []byte // the base of the file before
	n := uint16(0)
	for len(rs) > 0 {
		r := rs[0]
		e := r.first.entries[0]
		if n++; !bytes.Equal(before, r.first.base(e)) {
			n, before = 1, append(before[:0], r.first.base(e)...)
		}
		e.n = n
		out.put(e, r.first.file(e))
		if len(out.entries) == pageFiles {
			if err := s.put(ps, &out); err != nil {
				return err
			}
		}
		more, err := r.next()
		switch {
		case err != nil:
			return err
		case more:
			heap.Fix(&rs, 0)
		default:
			heap.Pop(&rs)
		}
	}
	return s.put(ps, &out)
}

// put writes a page.
func (s *sorter) put(ps *pages, p *page) error {
	if len(p.entries) == 0 {
		return nil
	}
	s.buf = s.buf[:0]
	for _, e := range p.entries {
		s.buf = p.appendTo(s.buf, e)
	}
	at, err := s.write(s.buf, len(p.entries))
	ps.at = append(ps.at, at)
	ps.first = append(ps.first, p.spot(0))
	p.reset()
	return err
}

// run is what is left of one that is being merged.
type run struct {
	stretch
	in    *bufio.Reader
	read  checksum // of what came so far
	first page     // its next file
}

// next goes on to the next file; more is false at the end.
func (r *run) next() (more bool, err error) {
	r.first.reset()
	more, err = r.first.read(r.in)
	switch {
	case err != nil:
		return false, err
	case more:
		r.files--
	case r.files != 0 || uint32(r.read) != r.sum:
		return false, scratch.ErrTorn
	}
	return more, nil
}

// checksum is an [io.Writer] that sums up what is written.
type checksum uint32

func (c *checksum) Write(p []byte) (int, error) {
	*c = checksum(crc32.Update(uint32(*c), crc32.IEEETable, p))
	return len(p), nil
}

// runs are a heap of those that are not at their end.
type runs []*run

func (rs runs) Len() int { return len(rs) }
func (rs runs) Less(i, k int) bool {
	a, b := &rs[i].first, &rs[k].first
	return compare(a, a.entries[0], b, b.entries[0]) < 0
}
func (rs runs) Swap(i, k int) { rs[i], rs[k] = rs[k], rs[i] }
func (rs *runs) Push(x any)   { *rs = append(*rs, x.(*run)) }
func (rs *runs) Pop() any {
	last := (*rs)[len(*rs)-1]
	*rs = (*rs)[:len(*rs)-1]
	return last
}

// byteReader is what [page.read] reads.
type byteReader interface {
	io.Reader
	io.ByteReader
}

// read adds the next file of in; more is false at its end.
func (p *page) read(in byteReader) (more bool, err error) {
	var x [5]uint64
	for i := range x {
		if x[i], err = binary.ReadUvarint(in); err != nil {
			if i == 0 && errors.Is(err, io.EOF) {
				return false, nil
			}
			return false, scratch.ErrTorn
		}
	}
	fresh, err := in.ReadByte()
	if err != nil || x[2] > 1<<16-1 || x[3] > x[2] {
		return false, scratch.ErrTorn
	}
	at := len(p.names)
	p.names = append(p.names, make([]byte, x[2])...)
	if _, err := io.ReadFull(in, p.names[at:]); err != nil {
		return false, scratch.ErrTorn
	}
	p.entries = append(p.entries, entry{
		sec: int64(x[0]), usec: int64(x[1]), off: at, len: uint16(x[2]), base: uint16(x[3]), n: uint16(x[4]), fresh: fresh == 1,
	})
	return true, nil
}
