package transfer

import (
	"context"
	"fmt"
	"io"
)

// candidate is a source message that the checkpoint does not know.
type candidate struct {
	part   *passage
	m      Message
	digest Digest
}

// scan lists the unit's source folders and answers which messages are new, and
// whether flags of others have changed. A tail has no news.
func (l *lane) scan(ctx context.Context, u *unit) (news []*candidate, changed bool, err error) {
	if u.tail {
		return nil, false, nil
	}
	for _, p := range u.parts {
		p.listed = nil
		pages := 0
		err := l.withSource(ctx, p, func(src Source) error {
			return l.pages(ctx, src, p, func(page []Message, known map[string]Record) error {
				if pages++; pages == 1 && len(page) < pageSize {
					p.listed = page
				}
				for _, m := range page {
					rec, isKnown := known[m.ID]
					if isKnown && rec.Fate != Refused && rec.Fate != Vanished {
						changed = changed || rec.Flags != flagKey(m.Flags)
					} else if _, skip := l.job.Mapper.Message(m); skip == "" {
						news = append(news, &candidate{part: p, m: m})
					}
				}
				return nil
			})
		})
		if err != nil {
			return nil, false, err
		}
	}
	return news, changed, nil
}

// adopt recognises mail that stands at the destination already, put there by
// somebody else or by a run whose checkpoint was lost. It never guesses: where
// identity and size leave a doubt, the bytes of both sides decide.
func (l *lane) adopt(ctx context.Context, t turn, u *unit, news []*candidate, foreign *stored) error {
	if len(news) == 0 || foreign == nil || foreign.len() == 0 {
		return nil
	}
	h, err := l.handOfNews(ctx, news)
	if err != nil {
		return err
	}
	mates, err := pair(ctx, h, &foreign.hand, false)
	if err != nil {
		return err
	}
	adopted := make([]Record, 0, len(mates))
	for i, j := range mates {
		c := news[i]
		rec := c.part.record(c.m, Adopted)
		rec.To, rec.Epoch, rec.UID = u.to.Key(), t.box.Epoch, foreign.uids[j]
		rec.Size, rec.Digest, rec.Ident = foreign.size[j], h.digest[i], h.ident[i]
		adopted = append(adopted, rec)
		l.ledger.count(c.part, Adopted, 1, 0)
	}
	if err := l.job.Checkpoint.Settle(ctx, adopted); err != nil {
		return &localError{err}
	}
	return nil
}

// rekey recognises messages whose source folder has changed its UIDVALIDITY:
// they arrived under another ID. What is left is really new.
func (l *lane) rekey(ctx context.Context, u *unit, news []*candidate) ([]*candidate, error) {
	for _, p := range u.parts {
		if !p.book.Former {
			continue
		}
		former, err := l.job.Checkpoint.Former(ctx, p.book.ID)
		if err != nil {
			return nil, &localError{err}
		}
		var own, others []*candidate
		for _, c := range news {
			if c.part == p {
				own = append(own, c)
			} else {
				others = append(others, c)
			}
		}
		left, err := l.claim(ctx, p, own, former)
		if err != nil {
			return nil, err
		}
		news = append(others, left...)
	}
	return news, nil
}

// claim moves former records to the new IDs of their messages.
func (l *lane) claim(ctx context.Context, p *passage, own []*candidate, former []Record) ([]*candidate, error) {
	if len(own) == 0 || len(former) == 0 {
		return own, nil
	}
	h, err := l.handOfNews(ctx, own)
	if err != nil {
		return nil, err
	}
	mates, err := pair(ctx, h, handOf(former), false)
	if err != nil {
		return nil, err
	}
	var left []*candidate
	for i, c := range own {
		j, ok := mates[i]
		if !ok {
			left = append(left, c)
			continue
		}
		if err := l.job.Checkpoint.Claim(ctx, p.book.ID, former[j], c.m.ID); err != nil {
			return nil, &localError{err}
		}
	}
	l.ledger.note(p, fmt.Sprintf("%s: the source has renumbered its messages (UIDVALIDITY changed); %d were recognised", p.from.Name(), len(mates)))
	return left, nil
}

// handOfNews identifies source messages.
func (l *lane) handOfNews(ctx context.Context, news []*candidate) (*hand, error) {
	byPart := map[*passage][]*candidate{}
	for _, c := range news {
		if c.m.Ident == (Ident{}) {
			byPart[c.part] = append(byPart[c.part], c)
		}
	}
	for p, cs := range byPart {
		if err := l.withSource(ctx, p, func(src Source) error { return l.identify(ctx, src, p, cs) }); err != nil {
			return nil, err
		}
	}
	h := &hand{}
	for _, c := range news {
		h.add(c.m.Ident, c.m.Size, c.digest)
	}
	h.read = func(ctx context.Context, at []int) error { return l.readNews(ctx, news, h, at) }
	return h, nil
}

// identify fills in the Idents, from headers if the source can, else from the
// messages themselves.
func (l *lane) identify(ctx context.Context, src Source, p *passage, cs []*candidate) error {
	who, ok := src.(Identifier)
	if !ok {
		return readAll(ctx, src, p, cs, true)
	}
	ms, at := make([]Message, len(cs)), map[string]*candidate{}
	for i, c := range cs {
		ms[i], at[c.m.ID] = c.m, c
	}
	for m, err := range who.Identify(ctx, p.from, ms) {
		if err != nil {
			return fmt.Errorf("read headers: %w", err)
		}
		if c := at[m.ID]; c != nil {
			c.m.Ident = m.Ident
			if m.Size >= 0 {
				c.m.Size = m.Size
			}
		}
	}
	return nil
}

// readNews computes the digests of source messages where a doubt is left.
func (l *lane) readNews(ctx context.Context, news []*candidate, h *hand, at []int) error {
	byPart := map[*passage][]*candidate{}
	for _, i := range at {
		byPart[news[i].part] = append(byPart[news[i].part], news[i])
	}
	for p, cs := range byPart {
		if err := l.withSource(ctx, p, func(src Source) error { return readAll(ctx, src, p, cs, false) }); err != nil {
			return err
		}
	}
	for _, i := range at {
		h.digest[i] = news[i].digest
	}
	return nil
}

// readAll reads messages for their digests, and for identity and size if asked.
func readAll(ctx context.Context, src Source, p *passage, cs []*candidate, identify bool) error {
	ms, at := make([]Message, len(cs)), map[string]*candidate{}
	for i, c := range cs {
		ms[i], at[c.m.ID] = c.m, c
	}
	for got, err := range src.Fetch(ctx, p.from, ms) {
		if err != nil {
			return fmt.Errorf("read messages: %w", err)
		}
		c := at[got.ID]
		if got.Err != nil || c == nil {
			continue // the copy that follows names its fate
		}
		d, seen, err := digestOf(got.Body)
		if err != nil {
			return fmt.Errorf("read messages: %w", err)
		}
		c.digest = d
		if identify {
			c.m.Ident, c.m.Size = Identify(seen.head), seen.size
		}
	}
	return nil
}

// digestOf reads a body to its end.
func digestOf(body io.Reader) (Digest, *headTap, error) {
	tap := &headTap{}
	if body == nil {
		return Digest{}, tap, errNoBody
	}
	canon := NewCanonical()
	n, err := io.Copy(io.MultiWriter(canon, tap), body)
	tap.size = n
	d, _ := canon.Sum()
	return d, tap, err
}
