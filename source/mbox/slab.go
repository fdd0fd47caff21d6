package mbox

const slabSize = 4096

// slab is a list that grows without being copied: a folder of a million
// messages needs no more memory than its entries.
type slab[T any] struct {
	parts [][]T
	n     int
}

func (s *slab[T]) add(v T) {
	if s.n%slabSize == 0 {
		// The first part grows by itself: most folders are small.
		room := slabSize
		if s.n == 0 {
			room = 16
		}
		s.parts = append(s.parts, make([]T, 0, room))
	}
	last := &s.parts[len(s.parts)-1]
	*last = append(*last, v)
	s.n++
}

// at answers the i-th for reading or changing. It is not kept over add.
func (s *slab[T]) at(i int) *T { return &s.parts[i/slabSize][i%slabSize] }

func (s *slab[T]) len() int { return s.n }
