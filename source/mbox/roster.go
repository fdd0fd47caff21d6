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
	mixed   map[half][]alike // halves that different IDs begin with
}

// half is the first half of an ID.
type half [8]byte

// key is a half, and the place.
type key struct{ high, low, at uint32 }

// alike are the keys of one ID, by place.
type alike struct {
	id   [16]byte
	keys []key
}

func halfOf(id [16]byte) half { return half(id[:8]) }

func keyOf(id [16]byte, at int) key {
	return key{binary.BigEndian.Uint32(id[:]), binary.BigEndian.Uint32(id[4:]), uint32(at)}
}

func byHalf(a, b key) int { return cmp.Or(cmp.Compare(a.high, b.high), cmp.Compare(a.low, b.low)) }

func newRoster(entries *slab[entry]) roster {
	r := roster{entries: entries, keys: make([]key, entries.len()), twins: make([]uint64, entries.len()/64+1)}
	for i := range r.keys {
		r.keys[i] = keyOf(entries.get(i).id, i)
	}
	slices.SortFunc(r.keys, func(a, b key) int { return cmp.Or(byHalf(a, b), cmp.Compare(a.at, b.at)) })
	r.mark()
	return r
}

// mark finds the twins. Messages with equal halves are that as good as always; but who
// sends mail can seek others.
func (r *roster) mark() {
	var first [16]byte // the ID of the first of its half
	mixed := map[half][16]byte{}
	for k := 1; k < len(r.keys); k++ {
		before, at := r.keys[k-1], r.keys[k].at
		if byHalf(before, r.keys[k]) != 0 {
			continue
		}
		if !r.isTwin(int(before.at)) {
			first = r.entries.get(int(before.at)).id
		}
		r.twins[at/64] |= 1 << (at % 64)
		if id := r.entries.get(int(at)).id; id != first {
			mixed[halfOf(id)] = id
		}
	}
	r.mixed = make(map[half][]alike, len(mixed))
	for h, id := range mixed {
		r.mixed[h] = r.sorted(r.run(id))
	}
}

func (r *roster) isTwin(at int) bool { return r.twins[at/64]&(1<<(at%64)) != 0 }

// sorted are the keys of a run by ID.
func (r *roster) sorted(run []key) (out []alike) {
	at := map[[16]byte]int{}
	for _, k := range run {
		id := r.entries.get(int(k.at)).id
		i, known := at[id]
		if !known {
			i = len(out)
			at[id], out = i, append(out, alike{id: id})
		}
		out[i].keys = append(out[i].keys, k)
	}
	slices.SortFunc(out, func(a, b alike) int { return slices.Compare(a.id[:], b.id[:]) })
	return out
}

// run are the keys with the half of an ID.
func (r *roster) run(id [16]byte) []key {
	want := keyOf(id, 0)
	from, _ := slices.BinarySearchFunc(r.keys, want, byHalf)
	n := sort.Search(len(r.keys)-from, func(n int) bool { return byHalf(r.keys[from+n], want) > 0 })
	return r.keys[from : from+n]
}

// same are the keys of all messages with an ID, by place.
func (r *roster) same(id [16]byte) []key {
	all, mixed := r.mixed[halfOf(id)]
	if !mixed {
		run := r.run(id)
		if len(run) > 0 && r.entries.get(int(run[0].at)).id != id {
			return nil
		}
		return run
	}
	i, found := slices.BinarySearchFunc(all, id, func(a alike, id [16]byte) int { return slices.Compare(a.id[:], id[:]) })
	if !found {
		return nil
	}
	return all[i].keys
}

// find answers the place of the nth message with that ID, -1 if there is none.
func (r *roster) find(id [16]byte, nth int) int {
	same := r.same(id)
	if nth > len(same) {
		return -1
	}
	return int(same[nth-1].at)
}

// rank is the how many-th with its ID the message at a place is.
func (r *roster) rank(at int, id [16]byte) int {
	if !r.isTwin(at) {
		return 1
	}
	k, _ := slices.BinarySearchFunc(r.same(id), uint32(at), func(k key, at uint32) int { return cmp.Compare(k.at, at) })
	return k + 1
}
