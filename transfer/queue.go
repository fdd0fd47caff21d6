package transfer

import (
	"slices"
	"sync"
)

// queue is the units nobody has taken yet.
type queue struct {
	mu     sync.Mutex
	units  []*unit
	kept   int              // the first of them, for lanes that have had none yet
	owners map[string]*unit // by the destination folder's key
}

func (q *queue) push(us ...*unit) {
	q.mu.Lock()
	q.units = append(q.units, us...)
	q.mu.Unlock()
}

// back puts units in again, before the others.
func (q *queue) back(us []*unit) {
	q.mu.Lock()
	q.units = append(slices.Clone(us), q.units...)
	q.mu.Unlock()
}

// keep has one more unit wait for a lane, -1 for one that will not come: the largest go
// to different lanes, however long each of these takes to get in, and the first that
// gets in has the largest.
func (q *queue) keep(n int) {
	q.mu.Lock()
	q.kept += n
	q.mu.Unlock()
}

// next takes the first unit, nil if there is none.
func (q *queue) next() *unit {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.take(0)
}

// spare takes the first unit that is not kept for a lane.
func (q *queue) spare() *unit {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.take(q.kept)
}

// take takes the unit at i. The caller holds the lock.
func (q *queue) take(i int) *unit {
	if i >= len(q.units) {
		return nil
	}
	u := q.units[i]
	q.units = slices.Delete(q.units, i, i+1)
	return u
}

// spoken reports whether every unit that is left is kept for a lane.
func (q *queue) spoken() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.units) <= q.kept
}

func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.units) == 0
}

// claim makes the unit the owner of one more destination folder; false if
// another one owns it.
func (q *queue) claim(key string, u *unit) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.owners == nil {
		q.owners = map[string]*unit{}
	}
	if owner := q.owners[key]; owner != nil && owner != u {
		return false
	}
	q.owners[key] = u
	return true
}
