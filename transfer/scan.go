package transfer

import (
	"context"
	"errors"
)

// isNews reports whether a listed message is one to carry.
func (l *lane) isNews(m Message, known map[string]Record) bool {
	rec, ok := known[m.ID]
	if m.Brief != 0 || ok && !isIdle(rec) {
		return false
	}
	_, skip := l.job.Mapper.Message(m)
	return skip == ""
}

// scan lists the unit's source folders and answers whether there is anything
// to do at the destination: new messages or changed flags. A tail has its own
// work and is not scanned.
func (l *lane) scan(ctx context.Context, u *unit) (changed bool, err error) {
	if u.tail {
		return false, nil
	}
	for _, p := range u.parts {
		some, err := l.scanPart(ctx, p)
		if errors.Is(err, errRenumbered) {
			if err = l.job.Checkpoint.Renumbered(ctx, p.book.ID); err != nil {
				return false, l.local(ctx, err)
			}
			p.book.Former, p.book.State, p.from.Since = true, "", ""
			some, err = l.scanPart(ctx, p)
		}
		if err != nil {
			return false, err
		}
		changed = changed || some
	}
	return changed, nil
}

// scanPart lists one source folder, whole if a brief list leaves a doubt.
func (l *lane) scanPart(ctx context.Context, p *passage) (changed bool, err error) {
	err = l.withSource(ctx, p, func(src Source) error {
		changed, err = l.scanPages(ctx, src, p)
		if errors.Is(err, errUnaccounted) {
			changed, err = l.scanPages(ctx, src, p)
		}
		return err
	})
	if err == nil {
		err = l.shifted(ctx, p)
	}
	return changed, err
}

func (l *lane) scanPages(ctx context.Context, src Source, p *passage) (changed bool, err error) {
	p.listed, p.seen, p.newDates, p.shifts, p.news = nil, &Roll{}, &idSet{}, nil, false
	leftOut, rest := 0, &remainder{ms: []Message{}}
	err = l.pages(ctx, src, p, func(page []Message, known map[string]Record) error {
		for _, m := range page {
			rec, ok := known[m.ID]
			p.look(m, ok && !isIdle(rec))
			if m.Brief != 0 && !ok {
				leftOut++
			}
			p.news = p.news || l.isNews(m, known)
			changed = changed || p.news || ok && l.reflagged(p, m, rec)
			rest.add(m, l.end(p, m, known))
		}
		return l.sameMail(ctx, src, p, page, known)
	})
	passed := p.settled
	switch {
	case err != nil:
		return changed, err
	case !p.plausible(leftOut + passed.skipped):
		p.from.Since = ""
		return false, errUnaccounted
	case !rest.over:
		p.listed = rest.ms
		p.settled = settled{passed.arrived + rest.settled.arrived, passed.skipped + rest.settled.skipped}
	}
	return changed, nil
}

// remainder is what a list leaves to do: few messages of a large folder, as a rule,
// which need not be listed again then.
type remainder struct {
	ms      []Message
	over    bool // there were too many to keep
	settled settled
}

func (r *remainder) add(m Message, end Fate) {
	switch {
	case end == Present:
		r.settled.arrived++
	case end == Skipped:
		r.settled.skipped++
	case r.over:
	case len(r.ms) == pageSize-1:
		r.ms, r.over = nil, true
	default:
		r.ms = append(r.ms, m)
	}
}

// end is how a listed message ends, Present or Skipped, if nothing needs to be done
// with it whatever the prelude finds at the destination, else "".
func (l *lane) end(p *passage, m Message, known map[string]Record) Fate {
	rec, ok := known[m.ID]
	switch {
	case l.ledger.isAside(p, m.ID), rec.Fate == Open, l.isNews(m, known):
		return ""
	case !ok || isIdle(rec):
		return Skipped
	case l.reflagged(p, m, rec):
		return ""
	}
	return Present
}
