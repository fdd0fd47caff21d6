package transfer

import "context"

// hand is one side of a pairing: messages known by identity and size, their
// digests where somebody has computed them. read computes the missing digests
// of those positions; one it cannot have (the message is gone) stays out.
type hand struct {
	ident  []Ident
	size   []int64 // -1 if not known
	digest map[int]Digest
	read   func(ctx context.Context, at []int) error
}

func (h *hand) add(id Ident, size int64, d Digest) {
	if d != (Digest{}) {
		h.know(len(h.ident), d)
	}
	h.ident = append(h.ident, id)
	h.size = append(h.size, size)
}

func (h *hand) know(i int, d Digest) {
	if h.digest == nil {
		h.digest = map[int]Digest{}
	}
	h.digest[i] = d
}

func (h *hand) len() int { return len(h.ident) }

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
// match. Identity and size decide where they leave no doubt, that is where a
// strong identity stands once on each side and the sizes agree; everywhere else
// the digests decide. Never a Message-ID alone.
type pairing struct {
	a, b *hand
	mate map[int]int // position in a -> position in b
	used map[int]bool
}

// pair runs the match. landed tells that b holds what arrived in the very
// window that a was sent in: then what digests leave over is also matched by
// what servers change (size, header), see [pairing.loose].
func pair(ctx context.Context, a, b *hand, landed bool) (map[int]int, error) {
	p := &pairing{a: a, b: b, mate: map[int]int{}, used: map[int]bool{}}
	as, bs := group(a), group(b)
	var doubtA, doubtB []int
	for id, ia := range as {
		ib := bs[id]
		switch {
		case len(ib) == 0:
		case id.Strong() && len(ia) == 1 && len(ib) == 1 && a.size[ia[0]] == b.size[ib[0]] && a.size[ia[0]] >= 0:
			p.take(ia[0], ib[0])
		default:
			doubtA, doubtB = append(doubtA, ia...), append(doubtB, ib...)
		}
	}
	if err := p.byDigest(ctx, doubtA, doubtB); err != nil {
		return nil, err
	}
	if landed {
		if err := p.loose(ctx); err != nil {
			return nil, err
		}
	}
	return p.mate, nil
}

func group(h *hand) map[Ident][]int {
	g := make(map[Ident][]int, h.len())
	for i, id := range h.ident {
		g[id] = append(g[id], i)
	}
	return g
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
	for _, i := range as {
		_, done := p.mate[i]
		d, ok := p.a.digest[i]
		if q := free[d]; ok && !done && len(q) > 0 {
			p.take(i, q[0])
			free[d] = q[1:]
		}
	}
	return nil
}

// loose pairs what is left of a window that was cut off: first by digest what
// has equal size but another identity (servers read odd headers differently),
// then by identity what a server has made a little longer or shorter.
func (p *pairing) loose(ctx context.Context) error {
	var as, bs []int
	wanted := map[int64]bool{}
	for i, n := range p.a.size {
		if _, done := p.mate[i]; !done {
			as, wanted[n] = append(as, i), true
		}
	}
	for j, n := range p.b.size {
		if !p.used[j] && wanted[n] {
			bs = append(bs, j)
		}
	}
	if err := p.byDigest(ctx, as, bs); err != nil {
		return err
	}
	free := group(p.b)
	for i, id := range p.a.ident {
		if _, done := p.mate[i]; done {
			continue
		}
		for _, j := range free[id] {
			if !p.used[j] && near(p.a.size[i], p.b.size[j]) {
				p.take(i, j)
				break
			}
		}
	}
	return nil
}

// near reports whether a server that rewrites may have made b of a.
func near(a, b int64) bool {
	d := a - b
	if d < 0 {
		d = -d
	}
	return d <= max(1024, a/50)
}
