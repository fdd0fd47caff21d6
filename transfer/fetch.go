package transfer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// fetch brings the bytes of the messages into windows, over several sessions where
// that helps.
func (f *feeder) fetch(ctx context.Context, src Source, p *passage, ms []Message) error {
	n, err := f.divide(ctx, src, p, ms)
	if err != nil || n == len(ms) {
		return err
	}
	return f.stream(ctx, src, p, ms[n:])
}

// stream does that over one session.
func (f *feeder) stream(ctx context.Context, src Source, p *passage, ms []Message) error {
	at := 0
	for got, err := range src.Fetch(ctx, p.from, ms) {
		if err != nil {
			return f.lost(ctx, p, ms, at, err)
		}
		if at == 0 {
			f.timing = timing{first: time.Now()}
		}
		got.Message = asListed(got.Message, ms, at)
		at++
		if got.Err != nil {
			if err := f.reject(p, got.Message, f.before[got.ID], got.Err); err != nil {
				return err
			}
			continue
		}
		if err := f.take(ctx, p, got); err != nil {
			return f.lost(ctx, p, ms, at-1, err)
		}
	}
	if at != len(ms) {
		return errTooFew(at, len(ms))
	}
	return nil
}

func errTooFew(came, wanted int) error {
	return fmt.Errorf("fetch: %d of %d messages came", came, wanted)
}

// asListed completes what came with the bytes by what the listing said.
func asListed(got Message, ms []Message, at int) Message {
	m := ms[at]
	if m.ID != got.ID {
		i := slices.IndexFunc(ms, func(m Message) bool { return m.ID == got.ID })
		if i < 0 {
			return got
		}
		m = ms[i]
	}
	if m.Date.IsZero() {
		m.Date = got.Date
	}
	if m.Flags == nil {
		m.Flags = got.Flags
	}
	return m
}

// lost notes which message a connection was lost at. The second time it is set
// aside: one message must not keep all the others from arriving.
func (f *feeder) lost(ctx context.Context, p *passage, ms []Message, at int, err error) error {
	var local *localError
	if at >= len(ms) || errors.As(err, &local) || ctx.Err() != nil || Permanent(err) {
		return err
	}
	if f.unit.lostAt(p, ms[at].ID) {
		twice := fmt.Errorf("the connection was lost twice while it was read: %w", err)
		if err := f.reject(p, ms[at], f.before[ms[at].ID], twice); err != nil {
			return err
		}
	}
	return fmt.Errorf("fetch message %s: %w", ms[at].ID, err)
}

// reject ends a message that the source would not give; before is what was known
// of it. One that is open was sent once and may still land: it stays open, and is
// only told.
func (l *lane) reject(p *passage, m Message, before Record, err error) error {
	rec := p.record(m, Refused).after(before)
	rec.Words, rec.Size = err.Error(), max(m.Size, 0)
	if errors.Is(err, ErrVanished) {
		rec.Fate = Vanished
		l.ledger.count(p, Vanished, 1, 0)
	} else {
		l.ledger.refuse(p, Refusal{ID: m.ID, Date: m.Date, Size: m.Size, Words: rec.Words})
	}
	l.ledger.setAside(p, m.ID)
	if before.Fate == Open && rec.Fate == Refused {
		return nil
	}
	if err := l.job.Checkpoint.Settle(l.work, []Record{rec}); err != nil {
		return l.local(l.work, err)
	}
	return nil
}

// take reads one body into the current window and sends the window on when it
// is full.
func (f *feeder) take(ctx context.Context, p *passage, got Fetched) error {
	if f.batch == nil {
		f.batch = &batch{spool: f.spool}
	}
	letter, err := f.letter(f.filler, f.batch, p, got)
	if err != nil {
		return err
	}
	f.taken(p, got.Mended, letter)
	if f.full(f.batch) {
		return f.flush(ctx)
	}
	return nil
}

// letter reads one body into b, nil if the mapper leaves the message out: its date
// may be known only now.
func (f *feeder) letter(fill *filler, b *batch, p *passage, got Fetched) (*Letter, error) {
	if marks := f.job.Sources[p.index].Marks; marks != nil {
		got.Flags = marks(got.Message)
	}
	out, skip := f.job.Mapper.Message(got.Message)
	if skip != "" {
		return nil, nil
	}
	letter := &Letter{Message: out, folder: p, batch: b}
	if err := fill.fill(b, got.Body, letter); err != nil {
		return nil, err
	}
	letter.record = p.record(got.Message, Open).after(f.before[got.ID])
	letter.record.Size, letter.record.Digest, letter.record.Ident = letter.Canon, letter.Digest, letter.Ident
	return letter, nil
}

// taken notes what became of a message whose body came.
func (f *feeder) taken(p *passage, mended *Mended, letter *Letter) {
	if letter == nil {
		f.skipped++
		return
	}
	f.timing.bytes += letter.Size
	f.ledger.mend(p, mended)
	f.ledger.mend(p, &letter.mended)
	if letter.Date.IsZero() {
		f.ledger.undated(p)
	}
}

// full reports whether the window is to be sent on.
func (f *feeder) full(b *batch) bool {
	return len(b.letters) >= f.job.Window || b.bytes >= windowBytes || f.unit.wary
}

// flush sends the current window to the appender.
func (f *feeder) flush(ctx context.Context) error {
	b := f.batch
	f.batch = nil
	if b == nil {
		return nil
	}
	if len(b.letters) == 0 {
		b.release()
		return nil
	}
	began := time.Now()
	defer func() { f.timing.blocked += time.Since(began) }()
	return f.unit.belt.put(ctx, b)
}
