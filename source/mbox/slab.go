package mbox

import (
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"unsafe"

	"github.com/mailhaul/mailhaul/internal/scratch"
)

const (
	slabSize = 256 // values in a part
	slabHeld = 64  // parts that stay in memory: most folders need no more
)

// slab is a list that grows at its end and is read nearly in order. What is behind
// its first 16,384 values lies in a temporary file, so that a folder of a million
// messages takes no more memory than they; where no file can be had, in memory. T
// holds no pointers.
type slab[T any] struct {
	temp  *scratch.Files
	parts [][]T    // nil: it lies in the file, at its place
	sums  []uint32 // of those
	n     int
	file  *os.File
	tight bool // there is no room for a file
	page  []T  // the part of the file that was read last
	at    int  // which that is
	err   error
}

func (s *slab[T]) len() int { return s.n }

// add appends v, and puts the part before on the disk if v begins a new one: the last
// value can be changed until then.
func (s *slab[T]) add(v T) {
	if s.n%slabSize == 0 {
		// The first part grows by itself: most folders are small.
		room := make([]T, 0, 16)
		if s.n > 0 {
			room = s.putAway(len(s.parts) - 1)
		}
		s.parts = append(s.parts, room)
	}
	last := &s.parts[len(s.parts)-1]
	*last = append(*last, v)
	s.n++
}

// last is the newest value, for changing it. It is not kept over add.
func (s *slab[T]) last() *T {
	part := s.parts[len(s.parts)-1]
	return &part[len(part)-1]
}

// get is the i-th value. If the file could not be read it is worth nothing, nor is
// what comes after, and failed tells why.
func (s *slab[T]) get(i int) (v T) {
	if s.err != nil {
		return v
	}
	part := s.parts[i/slabSize]
	if part == nil {
		if part = s.read(i / slabSize); part == nil {
			return v
		}
	}
	return part[i%slabSize]
}

// failed is why values could not be read, nil if all could.
func (s *slab[T]) failed() error { return s.err }

// close gives the file and the memory back: there is nothing to get any more.
func (s *slab[T]) close() {
	if s.file != nil {
		s.temp.End(s.file)
	}
	*s = slab[T]{n: s.n, err: errOver}
}

var errOver = errors.New("what was read of the file is given up")

// putAway writes a whole part to the disk, and answers room for the next one.
func (s *slab[T]) putAway(k int) []T {
	part := s.parts[k]
	if k < slabHeld || s.tight || !s.write(k, part) {
		return make([]T, 0, slabSize)
	}
	s.parts[k] = nil
	return part[:0]
}

// write reports whether the disk has the part. One that is full is no error: it gets
// its room back.
func (s *slab[T]) write(k int, part []T) bool {
	if s.file == nil {
		file, err := s.temp.New()
		if err != nil {
			s.tight = true
			return false
		}
		s.file = file
	}
	raw := rawOf(part)
	if _, err := s.file.WriteAt(raw, int64(k)*int64(len(raw))); err != nil {
		s.tight = true
		s.takeBack()
		return false
	}
	s.sums = append(s.sums, crc32.ChecksumIEEE(raw))
	return true
}

// takeBack brings into memory what is in the file.
func (s *slab[T]) takeBack() {
	for k := range s.sums {
		s.page = nil
		if s.parts[slabHeld+k] = s.read(slabHeld + k); s.err != nil {
			return
		}
	}
	s.temp.End(s.file)
	s.file, s.sums, s.page = nil, nil, nil
}

func (s *slab[T]) read(k int) []T {
	if s.page == nil {
		s.page, s.at = make([]T, slabSize), -1
	}
	if s.at == k {
		return s.page
	}
	raw := rawOf(s.page)
	_, err := s.file.ReadAt(raw, int64(k)*int64(len(raw)))
	if err == nil && crc32.ChecksumIEEE(raw) != s.sums[k-slabHeld] {
		err = scratch.ErrTorn
	}
	if err != nil {
		s.err = fmt.Errorf("read a temporary file: %w", err)
		return nil
	}
	s.at = k
	return s.page
}

// rawOf are the bytes that the values are in memory: who writes them reads them.
func rawOf[T any](part []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(part))), len(part)*int(unsafe.Sizeof(part[0])))
}
