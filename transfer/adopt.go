package transfer

import (
	"context"
	"fmt"
	"iter"
)

// candidate is a source message that the checkpoint does not know and that
// may be one that has arrived. All of a folder may be that: it holds no more than
// it must.
type candidate struct {
	part    *passage
	m       Message
	before  *Record  // that it was refused or gone; nil if nothing was known of it
	content *content // nil while nobody has read it
	err     error    // why the source would not give it
}

// content is what the bytes of a message have told.
type content struct {
	digest             Digest
	core               core
	subject, messageID string // for people
}

// digest is zero while nobody has read it.
func (c *candidate) digest() Digest {
	if c.content == nil {
		return Digest{}
	}
	return c.content.digest
}

// known is what was known of it before.
func (c *candidate) known() Record {
	if c.before == nil {
		return Record{}
	}
	return *c.before
}

// adopt recognises mail that stands at the destination already, put there by
// somebody else, by another source of the job, or by a run whose checkpoint was
// lost. It never guesses: where identity and size leave a doubt, the bytes of both
// sides decide, and where these differ, what the sender wrote of them.
func (l *lane) adopt(ctx context.Context, t turn, u *unit, foreign *stored) error {
	there, standing, err := l.adoptable(ctx, t, u, foreign)
	if err != nil || there.len() == 0 {
		return err
	}
	news, err := l.allCandidates(ctx, u, &there.hand)
	if err != nil {
		return err
	}
	doubtful, err := l.job.Checkpoint.Doubtful(ctx, u.to)
	if err != nil {
		return l.local(ctx, err)
	}
	h := l.handOfNews(news, l.there)
	p := newPairing(h, &there.hand)
	p.dated = map[Digest]bool{}
	for _, r := range doubtful {
		p.dated[r.Digest] = true // it may be our own that has landed late
	}
	if err := p.run(ctx); err != nil {
		return err
	}
	exact := len(p.mate)
	alike, err := l.byCore(ctx, t, u, p, doubtful)
	if err != nil {
		return err
	}
	l.tellCores(u, news, len(p.mate)-exact, alike)
	return l.settleEach(ctx, func(yield func(Record) bool) {
		for i, j := range rising(p.mate) {
			rec := l.adopted(t, u, news[i], there.cards[j], h.digest[i])
			if j < standing {
				rec = l.lateAs(rec, news[i].known(), there.cards[j])
			}
			l.ledger.count(news[i].part, Adopted, 1, 0)
			if !yield(rec) {
				return
			}
		}
	})
}

// adopted is the record of a message that was recognised in what stands there.
func (l *lane) adopted(t turn, u *unit, c *candidate, found card, d Digest) Record {
	rec := c.part.record(c.m, Adopted)
	rec.To, rec.Epoch, rec.UID = u.to.Key(), t.box.Epoch, found.uid
	rec.Size, rec.Digest = found.size, d
	return rec
}

// settleEach settles records as they come: there may be as many as a folder has
// messages.
func (l *lane) settleEach(ctx context.Context, records iter.Seq[Record]) error {
	some := make([]Record, 0, pageSize)
	for r := range records {
		if some = append(some, r); len(some) < pageSize {
			continue
		}
		if err := l.job.Checkpoint.Settle(ctx, some); err != nil {
			return l.local(ctx, err)
		}
		some = some[:0]
	}
	return l.local(ctx, l.job.Checkpoint.Settle(ctx, some))
}

// allCandidates are those of all source folders of the unit.
func (l *lane) allCandidates(ctx context.Context, u *unit, among *hand) (all []*candidate, err error) {
	for _, p := range u.parts {
		own, err := l.candidates(ctx, p, among)
		if err != nil {
			return nil, err
		}
		all = append(all, own...)
	}
	return all, nil
}

// candidates are the new messages of a source folder whose identity stands in
// among. No more than these are held in memory.
func (l *lane) candidates(ctx context.Context, p *passage, among *hand) ([]*candidate, error) {
	wanted := group(among)
	var found []*candidate
	err := l.withPages(ctx, p, func(src Source, page []Message, known map[string]Record) error {
		var cs []*candidate
		for _, m := range page {
			if l.isNews(m, known) {
				c := &candidate{part: p, m: m}
				if before, ok := known[m.ID]; ok {
					c.before = &before
				}
				cs = append(cs, c)
			}
		}
		if err := identify(ctx, src, p, cs); err != nil {
			return err
		}
		if err := l.ungiven(cs); err != nil {
			return err
		}
		for _, c := range cs {
			if len(wanted.of(c.m.Ident)) > 0 {
				found = append(found, c)
			}
		}
		return nil
	})
	return found, err
}

// handOfNews are source messages as one side of a pairing; flags is how theirs
// are told on the other side.
func (l *lane) handOfNews(news []*candidate, flags func([]Flag) string) *hand {
	h := &hand{}
	for _, c := range news {
		h.add(newCard(c.m.Ident, c.m.Size, c.m.Date, flags(c.m.Flags)), c.digest())
	}
	h.read = func(ctx context.Context, at []int) error { return l.readNews(ctx, news, h, at) }
	return h
}

// identify fills in the Idents, from headers if the source can, else from the
// messages themselves.
func identify(ctx context.Context, src Source, p *passage, cs []*candidate) error {
	ms, at := make([]Message, 0, len(cs)), map[string]*candidate{}
	for _, c := range cs {
		if c.m.Ident == (Ident{}) {
			ms, at[c.m.ID] = append(ms, c.m), c
		}
	}
	who, ok := src.(Identifier)
	if !ok || len(ms) == 0 {
		return readAll(ctx, src, p, ms, at)
	}
	for _, c := range at {
		c.err = ErrVanished // until it is told
	}
	for m, err := range who.Identify(ctx, p.from, ms) {
		if err != nil {
			return fmt.Errorf("read headers: %w", err)
		}
		if c := at[m.ID]; c != nil {
			c.m.Ident, c.err = m.Ident, nil
			if c.m.Date.IsZero() {
				c.m.Date = m.Date
			}
			if m.Size >= 0 {
				c.m.Size = m.Size
			}
		}
	}
	return nil
}

// readNews computes the digests of source messages where a doubt is left.
func (l *lane) readNews(ctx context.Context, news []*candidate, h *hand, at []int) error {
	byPart := map[*passage][]int{}
	var parts []*passage
	for _, i := range at {
		p := news[i].part
		if byPart[p] == nil {
			parts = append(parts, p)
		}
		byPart[p] = append(byPart[p], i)
	}
	for _, p := range parts {
		is := byPart[p]
		ms, of := make([]Message, len(is)), map[string]*candidate{}
		for k, i := range is {
			ms[k], of[news[i].m.ID] = news[i].m, news[i]
		}
		err := l.withSource(ctx, p, func(src Source) error { return readAll(ctx, src, p, ms, of) })
		if err == nil {
			err = l.ungiven(news)
		}
		if err != nil {
			return err
		}
		for _, i := range is {
			if read := news[i].content; read != nil {
				h.knowAll(i, read.digest, read.core)
			}
		}
	}
	return nil
}

// ungiven ends messages that the source would not give when they had to be looked
// at: were they given a moment later, they would be sent though they may be there.
func (l *lane) ungiven(cs []*candidate) error {
	for _, c := range cs {
		if c.err == nil || l.ledger.isAside(c.part, c.m.ID) {
			continue
		}
		if err := l.reject(c.part, c.m, c.known(), c.err); err != nil {
			return err
		}
		if c.part.ungiven == nil {
			c.part.ungiven = map[int64]bool{}
		}
		c.part.ungiven[c.m.Size] = true
	}
	return nil
}

// readAll reads messages for their digest, identity and exact size.
func readAll(ctx context.Context, src Source, p *passage, ms []Message, at map[string]*candidate) error {
	if len(ms) == 0 {
		return nil
	}
	for got, err := range src.Fetch(ctx, p.from, ms) {
		if err != nil {
			return fmt.Errorf("read messages: %w", err)
		}
		c := at[got.ID]
		if c == nil {
			continue
		}
		if c.err = got.Err; c.err != nil {
			continue
		}
		r, err := readWhole(got.Body)
		if err != nil {
			return fmt.Errorf("read messages: %w", err)
		}
		told := tell(r.head)
		c.m.Ident, c.m.Size = told.ident(), r.size
		c.content = &content{r.digest, r.core, told.excerpt(tellsSubject), told.excerpt(tellsMessageID)}
		if c.m.Date.IsZero() {
			c.m.Date = got.Date
		}
	}
	return nil
}
