package transfer

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// pageSize is how many messages are listed and looked up at once.
const pageSize = 4096

// load brings what is new in the unit's source folders into windows for the
// appender. It runs in the lane's loader.
func (l *lane) load(ctx context.Context, u *unit) error {
	if u.tail && !l.settleTime(ctx, u) {
		return context.Cause(ctx)
	}
	if !u.fresh {
		if err := l.prelude(ctx, u); err != nil {
			return err
		}
	}
	f := &feeder{lane: l, unit: u, filler: newFiller()}
	for _, p := range u.parts {
		if err := l.withSource(ctx, p, func(src Source) error { return f.part(ctx, src, p) }); err != nil {
			_ = f.flush(ctx) // what was read whole is good; err counts
			return err
		}
	}
	return f.flush(ctx)
}

// withSource lends a session of the passage's source to do.
func (l *lane) withSource(ctx context.Context, p *passage, do func(Source) error) error {
	side := l.sources[p.index]
	src, err := side.getBack(ctx, l)
	if err != nil {
		return err
	}
	if err := do(src); err != nil {
		side.drop(src)
		var local *localError
		if errors.As(err, &local) || ctx.Err() != nil {
			return err
		}
		return side.fault(fmt.Errorf("folder %q: %w", p.name(), err))
	}
	side.putBack(src, l)
	return nil
}

// feeder fills windows from one unit's source folders.
type feeder struct {
	*lane
	unit   *unit
	filler *filler
	batch  *batch
	// skipped counts what the mapper leaves out of the current part; unfit is
	// those of a tail that were open: they did not arrive and need not.
	skipped int
	unfit   []Record
	before  map[string]Record // by ID, those of the current part that were sent before

	timing timing // of the messages that were streamed last
	tempo  tempo
	shared bool // what is fetched now is a part of what was listed
	// opening is how many sessions are on their way to read with this one.
	opening atomic.Int32
}

// dropped is the record of an open message that is not wanted any more. Should
// it be wanted again, another run carries it.
func dropped(rec Record, why string) Record {
	rec.Fate, rec.Words, rec.Resent = Refused, why, true // it may still land
	return rec
}

// part goes through one source folder, page by page.
func (f *feeder) part(ctx context.Context, src Source, p *passage) error {
	if !f.unit.tail {
		f.ledger.tell(p.event(EventFolder))
		f.ledger.listAgain(p)
		clear(p.awaited)
	}
	before := f.ledger.tally(p).arrived()
	seen, listed := 0, 0
	f.skipped, f.unfit, f.before = 0, nil, map[string]Record{}
	defer func() { p.listed = nil }()
	if far, ok := src.(Foresighted); ok {
		far.Foresee(func() (Folder, bool) {
			if !p.lastPage || f.shared {
				return Folder{}, false
			}
			return f.upcomingAt(p, f.unit)
		})
	}
	err := f.inOrder(ctx, src, p, func(page []Message, known map[string]Record) error {
		fresh, arrived := f.triage(p, page, known)
		seen, listed = seen+arrived, listed+len(page)
		return f.fetch(ctx, src, p, fresh)
	})
	if noter, ok := src.(Noter); ok {
		for _, text := range noter.Notes() {
			f.ledger.note(p, text)
		}
	}
	switch {
	case err != nil:
		return err
	case f.unit.tail:
		f.ledger.count(p, Skipped, len(f.unfit), 0)
		return f.local(ctx, f.job.Checkpoint.Settle(ctx, f.unfit))
	}
	f.ledger.amount(p, Present, seen+p.settled.arrived-before)
	f.ledger.amount(p, Skipped, f.skipped+p.settled.skipped)
	return f.whole(ctx, src, p, listed+p.settled.count())
}

// triage tells the messages that are to be fetched from those that have their
// fate. arrived counts those that are at the destination.
func (f *feeder) triage(p *passage, page []Message, known map[string]Record) (fresh []Message, arrived int) {
	bytes := int64(0)
	for _, m := range page {
		rec, isKnown := known[m.ID]
		open := isKnown && rec.Fate == Open
		switch {
		case f.unit.tail && hasArrived(rec.Fate): // maybe a moment ago
			f.compare(p, m, rec)
		case f.unit.tail && !open, f.ledger.isAside(p, m.ID):
		case open && !f.unit.tail:
			f.unit.held = true
			p.awaited[m.ID] = true
		case isKnown && hasArrived(rec.Fate):
			arrived++
			f.compare(p, m, rec)
		case m.Brief != 0: // left out by the pass before
			f.skipped++
		default:
			if _, skip := f.job.Mapper.Message(m); skip != "" {
				f.skipped++
				if open {
					f.unfit = append(f.unfit, dropped(rec, skip))
				}
				continue
			}
			fresh = append(fresh, m)
			if open || rec.Resent {
				f.before[m.ID] = rec
			}
			bytes += max(m.Size, 0)
		}
	}
	f.ledger.found(p, len(fresh), bytes)
	return fresh, arrived
}

func hasArrived(f Fate) bool { return f == Copied || f == Adopted || f == Merged }

// refuseAll records the messages of a folder that the destination will not have,
// so that the user can be told of each. Where the source cannot list them now,
// they are only counted.
func (l *lane) refuseAll(p *passage, why error) {
	_ = l.withPages(l.feed, p, func(_ Source, page []Message, known map[string]Record) error {
		var refused []Record
		for _, m := range page {
			if _, skip := l.job.Mapper.Message(m); skip != "" || m.Brief != 0 || known[m.ID].Fate == Open || hasArrived(known[m.ID].Fate) {
				continue
			}
			rec := p.record(m, Refused).after(known[m.ID])
			rec.Words, rec.Size = why.Error(), max(m.Size, 0)
			refused = append(refused, rec)
		}
		return l.local(l.work, l.job.Checkpoint.Settle(l.work, refused))
	})
}
