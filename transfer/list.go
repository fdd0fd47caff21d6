package transfer

import (
	"context"
	"errors"
	"fmt"
)

// whole reports a list that is shorter than the folder was said to be: once as
// an error, so that another session asks again. If the source then still counts
// more messages than it lists, the others are refused; else they were deleted
// meanwhile. The folder does not count as seen whole, and the next run lists it
// again.
func (f *feeder) whole(ctx context.Context, src Source, p *passage, listed int) error {
	if listed >= p.from.Count {
		return nil
	}
	short := fmt.Sprintf("%s: the source said it holds %s and listed %d", p.name(), plural(p.from.Count, "message"), listed)
	if !p.short {
		p.short, p.from.Since = true, ""
		return errors.New(short)
	}
	p.from.State, p.from.Mark = "", ""
	there := listed
	if c, ok := src.(Counter); ok {
		var err error
		if there, err = c.Count(ctx, p.from); err != nil {
			return fmt.Errorf("count messages: %w", err)
		}
	}
	if hidden := there - listed - p.hidden; hidden > 0 {
		p.hidden += hidden
		words := fmt.Sprintf("the source says that it holds %s, and lists %d", plural(there, "message"), listed)
		f.ledger.hide(p, hidden, words)
		return nil
	}
	if p.hidden > 0 {
		return nil
	}
	f.ledger.note(p, short+"; what is missing was deleted meanwhile")
	return nil
}

// withPages lends a session of the passage's source to go through its folder.
func (l *lane) withPages(ctx context.Context, p *passage, do func(Source, []Message, map[string]Record) error) error {
	return l.withSource(ctx, p, func(src Source) error {
		return l.pages(ctx, src, p, func(page []Message, known map[string]Record) error { return do(src, page, known) })
	})
}

// settled counts the listed messages of a folder with which nothing is to be done.
type settled struct{ arrived, skipped int }

func (s settled) count() int { return s.arrived + s.skipped }

// pages lists a source folder and looks each page up in the checkpoint.
func (l *lane) pages(ctx context.Context, src Source, p *passage, do func([]Message, map[string]Record) error) error {
	p.relist()
	for after, more := "", true; more; {
		page, err := l.page(ctx, src, p, after)
		if err != nil {
			return err
		}
		if more = len(page) == pageSize; more {
			after = page[len(page)-1].last()
		}
		p.lastPage = !more
		if err := l.lookUp(ctx, p, page, do); err != nil {
			return err
		}
	}
	return nil
}

// lookUp brings messages to do with what the checkpoint knows of them. Where that
// does not account for what is left out of the list, the next one is whole.
func (l *lane) lookUp(ctx context.Context, p *passage, ms []Message, do func([]Message, map[string]Record) error) error {
	ms, err := l.passOver(ctx, p, ms)
	if err != nil {
		return err
	}
	known, err := l.job.Checkpoint.Known(ctx, p.book.ID, ids(ms))
	if err != nil {
		return l.local(ctx, err)
	}
	if !accounted(ms, known) {
		p.from.Since = ""
		return errUnaccounted
	}
	return do(ms, known)
}

// passOver counts the messages that are listed as spans, and answers the others. That
// one of a span has arrived, or was left out, is all there is to know of it.
func (l *lane) passOver(ctx context.Context, p *passage, ms []Message) ([]Message, error) {
	single := ms[:0]
	for _, m := range ms {
		if m.Upto == 0 {
			single = append(single, m)
			continue
		}
		s := m.span()
		c, err := l.job.Checkpoint.Census(ctx, p.book.ID, s)
		switch {
		case err != nil:
			return nil, l.local(ctx, err)
		case c.Other > 0:
			p.from.Since = ""
			return nil, errUnaccounted
		}
		p.settled.arrived += c.Arrived
		p.settled.skipped += s.Count() - c.Arrived
		if p.seen != nil && p.book.Filled {
			p.seen.AddSpan(s)
		}
	}
	return single, nil
}

// relist begins a list: what the prelude has counted holds as long as its list.
func (p *passage) relist() {
	if p.listed == nil {
		p.settled = settled{}
	}
}

// page lists the next messages, or recalls them from the prelude.
func (l *lane) page(ctx context.Context, src Source, p *passage, after string) ([]Message, error) {
	if p.listed != nil && after == "" {
		return p.listed, nil
	}
	page := make([]Message, 0, min(pageSize, max(p.from.Count, 64)))
	for m, err := range src.List(ctx, p.from, after) {
		if err != nil {
			return nil, fmt.Errorf("list messages: %w", err)
		}
		if page = append(page, m); len(page) == pageSize {
			break
		}
	}
	return page, nil
}

func ids(ms []Message) []string {
	out := make([]string, len(ms))
	for i, m := range ms {
		out[i] = m.ID
	}
	return out
}
