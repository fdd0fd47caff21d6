package transfer

import (
	"context"
	"iter"
	"maps"
	"slices"
	"time"
)

// card is a message in a pairing.
type card struct {
	ident Ident
	size  int64  // -1 if not known
	when  int64  // its date in Unix seconds, 0 if not known
	flags uint32 // a hash of its flags
	uid   uint32 // at the destination
	below uint32 // of a record: its UID is below that; 0 if it may have any
	// strict: it is no message of another date.
	strict bool
	// idle: a record of what has not arrived. One that has comes before it.
	idle bool
}

// newCard makes one; flags are as [flagKey] has them.
func newCard(id Ident, size int64, date time.Time, flags string) card {
	c := card{ident: id, size: size}
	if !date.IsZero() {
		c.when = date.Unix()
	}
	c.flags = flagSum(flags)
	return c
}

// hand is one side of a pairing: messages known by identity and size, their
// digests and cores where somebody has computed them. read computes the missing
// ones of those positions; one it cannot have (the message is gone) stays out.
type hand struct {
	cards  []card
	digest map[int]Digest
	core   map[int]core
	read   func(ctx context.Context, at []int) error
}

func (h *hand) add(c card, d Digest) {
	if d != (Digest{}) {
		h.know(len(h.cards), d)
	}
	h.cards = append(h.cards, c)
}

func (h *hand) know(i int, d Digest) {
	if h.digest == nil {
		h.digest = map[int]Digest{}
	}
	h.digest[i] = d
}

func (h *hand) len() int { return len(h.cards) }

// learn reads the digests of those positions that are not known yet.
func (h *hand) learn(ctx context.Context, at []int) error {
	var missing []int
	for _, i := range at {
		if _, ok := h.digest[i]; !ok {
			missing = append(missing, i)
		}
	}
	if len(missing) == 0 || h.read == nil {
		return nil
	}
	return h.read(ctx, missing)
}

// pairing finds which messages of a are which of b, each used once: a multiset
// match. Identity, size and date decide where they leave no doubt, that is where
// a strong identity stands once on each side and both agree; everywhere else
// the digests decide. Never a Message-ID alone. Of messages with equal bytes
// those with equal date and flags belong together.
type pairing struct {
	a, b *hand
	mate map[int]int // position in a -> position in b
	used map[int]bool
	// dated are digests that several messages share: each keeps to its date. With
	// strict all do, with twins those that share their digest on one of the sides.
	dated         map[Digest]bool
	strict, twins bool
}

func newPairing(a, b *hand) *pairing {
	return &pairing{a: a, b: b, mate: map[int]int{}, used: map[int]bool{}}
}

// run does the match.
func (p *pairing) run(ctx context.Context) error {
	as, bs := group(p.a), group(p.b)
	var doubtA, doubtB []int
	for i, c := range p.a.cards {
		id := c.ident
		ia, ib := as.of(id), bs.of(id)
		switch {
		case ia[0] != i: // its turn has been
		case len(ib) == 0:
		case id.Strong() && len(ia) == 1 && len(ib) == 1 && p.free(ia[0], ib[0]) && p.plain(ia[0], ib[0]):
			p.take(ia[0], ib[0])
		default:
			doubtA, doubtB = append(doubtA, ia...), append(doubtB, ib...)
		}
	}
	return p.byDigest(ctx, doubtA, doubtB)
}

// free reports whether both are still to be paired.
func (p *pairing) free(i, j int) bool {
	_, done := p.mate[i]
	return !done && !p.used[j]
}

// plain reports whether two messages of one identity are the same beyond doubt.
func (p *pairing) plain(i, j int) bool {
	a, b := p.a.cards[i], p.b.cards[j]
	da, knownA := p.a.digest[i]
	db, knownB := p.b.digest[j]
	if knownA && knownB {
		return da == db && !clash(a, b) && (a.when == b.when || p.anyDate(i))
	}
	return sameSize(a, b) && a.when == b.when && a.when != 0 && !clash(a, b)
}

func sameSize(a, b card) bool { return a.size == b.size && a.size >= 0 }

// clash reports whether dates or UIDs keep two messages apart.
func clash(a, b card) bool {
	if a.below > 0 && b.uid >= a.below {
		return true
	}
	return (a.strict || b.strict) && a.when != 0 && b.when != 0 && a.when != b.when
}

// likeness tells how much two messages of equal bytes have in common: 2 date
// and flags, 1 the date, 0 neither. Flags of what is idle tell nothing.
func likeness(a, b card) int {
	switch {
	case a.when != b.when || a.when == 0:
		return 0
	case a.flags != b.flags || b.idle:
		return 1
	}
	return 2
}

func (p *pairing) take(i, j int) { p.mate[i], p.used[j] = j, true }

// byDigest pairs what has equal digests.
func (p *pairing) byDigest(ctx context.Context, as, bs []int) error {
	if len(as) == 0 || len(bs) == 0 {
		return nil
	}
	if err := p.a.learn(ctx, as); err != nil {
		return err
	}
	if err := p.b.learn(ctx, bs); err != nil {
		return err
	}
	free := map[Digest][]int{}
	for _, j := range bs {
		if d, ok := p.b.digest[j]; ok && !p.used[j] {
			free[d] = append(free[d], j)
		}
	}
	if p.twins {
		p.dateTwins(as, bs)
	}
	for like := 2; like >= 0; like-- {
		for _, i := range as {
			d := p.a.digest[i]
			if _, done := p.mate[i]; !done && (like > 0 || p.anyDate(i)) {
				p.mateOf(i, free[d], like)
			}
		}
	}
	return nil
}

// dateTwins lets those keep to their date that share their digest on one side.
func (p *pairing) dateTwins(as, bs []int) {
	if p.dated == nil {
		p.dated = map[Digest]bool{}
	}
	for _, side := range []struct {
		of *hand
		at []int
	}{{p.a, as}, {p.b, bs}} {
		seen := map[Digest]bool{}
		for _, i := range side.at {
			d := side.of.digest[i]
			p.dated[d] = p.dated[d] || seen[d]
			seen[d] = true
		}
	}
}

// anyDate reports whether i can be a message of another date.
func (p *pairing) anyDate(i int) bool {
	return p.a.cards[i].when == 0 || !p.strict && !p.dated[p.a.digest[i]]
}

// mateOf pairs i with the first of js that is so much like it and still free.
func (p *pairing) mateOf(i int, js []int, like int) {
	for _, j := range js {
		a, b := p.a.cards[i], p.b.cards[j]
		if !p.used[j] && likeness(a, b) >= like && !clash(a, b) {
			p.take(i, j)
			return
		}
	}
}

// odd pairs what is left of a window that was cut off, by digest, where the size
// is equal and the identity is not: servers read odd headers differently.
func (p *pairing) odd(ctx context.Context) error {
	var as, bs []int
	wanted := map[int64]bool{}
	for i, c := range p.a.cards {
		if _, done := p.mate[i]; !done {
			as, wanted[c.size] = append(as, i), true
		}
	}
	for j, c := range p.b.cards {
		if !p.used[j] && wanted[c.size] {
			bs = append(bs, j)
		}
	}
	return p.byDigest(ctx, as, bs)
}

// rising goes through m by rising position, so that the same cards always make
// the same steps.
func rising[V any](m map[int]V) iter.Seq2[int, V] {
	return func(yield func(int, V) bool) {
		for _, i := range slices.Sorted(maps.Keys(m)) {
			if v, ok := m[i]; ok && !yield(i, v) {
				return
			}
		}
	}
}
