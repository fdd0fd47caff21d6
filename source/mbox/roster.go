package mbox

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sort"
)

// roster tells where in a folder the message with an ID stands, and which of several
// with the same one it is: 12 bytes a message.
type roster struct {
	entries *slab[entry]
	keys    []key            // by the first half of the ID and then by place
	twins   []uint64         // a bit for each place, set if an equal half stands before it
	mixed   map[[8]byte]bool // halves that different IDs begin with
}

// key is the first half of an ID, and the place.
type key struct{ high, low, at uint32 }

func halfOf(id [16]byte) key {
	return key{high: binary.BigEndian.Uint32(id[:]), low: binary.BigEndian.Uint32(id[4:])}
}

func byHalf(a, b key) int {
	if c := cmp.Compare(a.high, b.high); c != 0 {
		return c
	}
	return cmp.Compare(a.low, b.low)
}

func newRoster(entries *slab[entry]) roster {
	r := roster{entries: entries, keys: make([]key, entries.len()), twins: make([]uint64, entries.len()/64+1), mixed: map[[8]byte]bool{}}
	for i := range r.keys {
		r.keys[i] = halfOf(entries.get(i).id)
		r.keys[i].at = uint32(i)
	}
	slices.SortFunc(r.keys, func(a, b key) int {
		return cmp.Or(byHalf(a, b), cmp.Compare(a.at, b.at))
	})
	r.mark()
	return r
}

// mark finds the twins. Messages with equal halves are that as good as always; but who
// sends mail can seek others.
func (r *roster) mark() {
	var first [16]byte // the ID of the first of its half
	for k := 1; k < len(r.keys); k++ {
		before, at := r.keys[k-1], r.keys[k].at
		if byHalf(before, r.keys[k]) != 0 {
			continue
		}
		if r.twins[before.at/64]&(1<<(before.at%64)) == 0 {
			first = r.entries.get(int(before.at)).id
		}
		r.twins[at/64] |= 1 << (at % 64)
		if id := r.entries.get(int(at)).id; id != first {
			r.mixed[[8]byte(id[:8])] = true
		}
	}
}

// run are the keys whose half is that of id.
func (r *roster) run(id [16]byte) []key {
	half := halfOf(id)
	from, _ := slices.BinarySearchFunc(r.keys, half, byHalf)
	n := sort.Search(len(r.keys)-from, func(n int) bool { return byHalf(r.keys[from+n], half) > 0 })
	return r.keys[from : from+n]
}

// find answers the place of the nth message with that ID, -1 if there is none.
func (r *roster) find(id [16]byte, nth int) int {
	run := r.run(id)
	if r.mixed[[8]byte(id[:8])] {
		run = r.only(run, id)
	}
	if nth > len(run) || r.entries.get(int(run[0].at)).id != id {
		return -1
	}
	return int(run[nth-1].at)
}

// rank is the how many-th with its ID the message at a place is.
func (r *roster) rank(at int, id [16]byte) int {
	if r.twins[at/64]&(1<<(at%64)) == 0 {
		return 1
	}
	run := r.run(id)
	if r.mixed[[8]byte(id[:8])] {
		run = r.only(run, id)
	}
	k, _ := slices.BinarySearchFunc(run, uint32(at), func(k key, at uint32) int { return cmp.Compare(k.at, at) })
	return k + 1
}

// only are those of a run that have the ID, all of it.
func (r *roster) only(run []key, id [16]byte) (out []key) {
	for _, k := range run {
		if r.entries.get(int(k.at)).id == id {
			out = append(out, k)
		}
	}
	return out
}
