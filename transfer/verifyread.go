package transfer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Of a folder so many messages are listed at a time, and of these so many read
// with one call: what breaks is asked for again.
const (
	auditPage   = 1024
	auditBodies = 128
)

// readBoth reads all that goes to one folder and that folder, side by side.
func (v *verification) readBoth(u *pairUnit, here, there *pile) error {
	ctx, cancel := context.WithCancel(v.feed)
	defer cancel()
	errs := make([]error, 2)
	each([]int{0, 1}, func(i int) {
		switch {
		case i == 0:
			for _, p := range u.from {
				if errs[0] = v.readIn(ctx, p, here); errs[0] != nil {
					break
				}
			}
		case u.to != nil:
			errs[1] = v.readIn(ctx, u.to, there)
		}
		if errs[i] != nil {
			cancel()
		}
	})
	for _, err := range errs {
		if err != nil && (v.feed.Err() != nil || !errors.Is(err, context.Canceled)) {
			return err // the one that made the other side stop
		}
	}
	return nil
}

func (v *verification) read(p *place, into *pile) error { return v.readIn(v.feed, p, into) }

// readIn reads one folder into a pile. What fails is asked for again on another
// session; where a source has lost its place, the folder is begun anew.
func (v *verification) readIn(ctx context.Context, p *place, into *pile) error {
	at := uint32(slices.Index(v.places, p))
	after, tries, listed, before := "", 0, 0, into.n
	for more := true; more; {
		ms, err := v.list(ctx, p, after)
		if err != nil {
			if tries++; v.hopeless(ctx, err, tries) || !v.pause(ctx, err, tries) {
				return err
			}
			if tries > 1 && after != "" && before == 0 {
				after, listed = "", 0
				into.reset()
			}
			continue
		}
		tries, listed = 0, listed+len(ms)
		if more = len(ms) == auditPage; more {
			after = ms[len(ms)-1].ID
		}
		if err := v.readPage(ctx, p, ms, func(s *slip) error {
			s.at = at
			return into.add(identLot(s), s)
		}); err != nil {
			return err
		}
	}
	return v.whole(ctx, p, listed)
}

// whole finds a side that counts more messages than it lists: what it hides would
// pass for missing, or for equal.
func (v *verification) whole(ctx context.Context, p *place, listed int) error {
	if listed >= p.folder.Count {
		return nil
	}
	return v.persist(ctx, func() error {
		return v.with(ctx, p, func(src Source) error {
			c, ok := src.(Counter)
			if !ok {
				return nil
			}
			there, err := c.Count(ctx, p.folder)
			if err == nil && there > listed {
				err = &hiddenError{p.folder.Name(), there, listed}
			}
			return err
		})
	})
}

// hiddenError is a folder that cannot be compared, for not all of it is listed.
type hiddenError struct {
	name          string
	there, listed int
}

func (e *hiddenError) Error() string {
	return fmt.Sprintf("%q holds %s and lists %d: it cannot be compared", e.name, plural(e.there, "message"), e.listed)
}

// Permanent is always true: it was asked twice.
func (e *hiddenError) Permanent() bool { return true }

// list lists the messages after one.
func (v *verification) list(ctx context.Context, p *place, after string) (ms []Message, err error) {
	err = v.with(ctx, p, func(src Source) error {
		for m, err := range src.List(ctx, p.folder, after) {
			if err != nil {
				return fmt.Errorf("list %q: %w", p.folder.Name(), err)
			}
			if ms = append(ms, m); len(ms) == auditPage {
				break
			}
		}
		return nil
	})
	if err == nil {
		v.ledger.tell(Event{Kind: EventFound, Folder: p.to.Name(), From: p.folder.Name(), Count: len(ms), Bytes: sizes(ms)})
	}
	return ms, err
}

// readPage reads listed messages and hands them to take.
func (v *verification) readPage(ctx context.Context, p *place, ms []Message, take func(*slip) error) error {
	size := auditPage
	if v.audit.Bytes {
		size = auditBodies
	}
	for some := range slices.Chunk(ms, size) {
		var slips []*slip
		err := v.persist(ctx, func() error {
			return v.with(ctx, p, func(src Source) (err error) {
				slips, err = v.slips(ctx, src, p, some)
				return err
			})
		})
		if err != nil {
			return err
		}
		for _, s := range slips {
			if err := take(s); err != nil {
				return err
			}
		}
	}
	return nil
}

func sizes(ms []Message) (sum int64) {
	for _, m := range ms {
		sum += max(m.Size, 0)
	}
	return sum
}

// with lends a session of the place's side.
func (v *verification) with(ctx context.Context, p *place, do func(Source) error) error {
	src, err := p.side.get(ctx)
	if err != nil {
		return err
	}
	if err := do(src); err != nil {
		p.side.drop(src)
		return p.side.fault(err)
	}
	p.side.put(src)
	return nil
}

// slips makes slips of messages: who they are, and at the level of bytes their
// digests. What is gone by now is left out.
func (v *verification) slips(ctx context.Context, src Source, p *place, ms []Message) ([]*slip, error) {
	var sums map[string]reading
	var err error
	if v.audit.Bytes && !p.spare {
		sums, err = v.digests(ctx, src, p, ms)
	} else {
		sums, err = v.idents(ctx, src, p, ms)
	}
	if err != nil {
		return nil, err
	}
	slips := make([]*slip, 0, len(ms))
	for _, m := range ms {
		if sum, ok := sums[m.ID]; ok {
			slips = append(slips, v.slip(p, m, sum))
		}
	}
	return slips, nil
}

// reading is what was found out of one message.
type reading struct {
	Sum
	date  Message // its Date counts
	words string
}

// slip is a message as it shall stand at the destination, or stands there.
func (v *verification) slip(p *place, m Message, got reading) *slip {
	m.Ident = got.Ident
	if m.Size = got.Size; m.Date.IsZero() {
		m.Date = got.date.Date
	}
	s := &slip{ident: got.Ident, digest: got.Digest, size: m.Size, id: m.ID, words: got.words, flags: flagKey(m.Flags)}
	if p.side != v.there {
		out, skip := v.job.Mapper.Message(m)
		if s.left, s.own = skip != "", s.flags; !s.left {
			s.flags, m.Date = flagKey(out.Flags), out.Date
		}
		if s.own == s.flags {
			s.own = ""
		}
	}
	if !m.Date.IsZero() {
		s.when = m.Date.Unix()
	}
	return s
}

// idents asks who messages are.
func (v *verification) idents(ctx context.Context, src Source, p *place, ms []Message) (map[string]reading, error) {
	who, ok := src.(Identifier)
	if !ok {
		return v.fetched(ctx, src, p, ms)
	}
	out := make(map[string]reading, len(ms))
	var odd []Message
	for m, err := range who.Identify(ctx, p.folder, ms) {
		if err != nil {
			return nil, fmt.Errorf("read headers of %q: %w", p.folder.Name(), err)
		}
		if m.Ident == (Ident{}) { // it does not know
			odd = append(odd, m)
			continue
		}
		out[m.ID] = reading{Sum: Sum{Ident: m.Ident, Size: m.Size}, date: m}
	}
	v.compared(p, len(ms)-len(odd), sizes(ms)-sizes(odd))
	read, err := v.fetched(ctx, src, p, odd)
	maps.Copy(out, read)
	return out, err
}

// compared tells how far the audit has come.
func (v *verification) compared(p *place, n int, bytes int64) {
	if n > 0 {
		v.ledger.tell(Event{Kind: EventMessages, Folder: p.to.Name(), From: p.folder.Name(), Fate: Compared, Count: n, Bytes: bytes})
	}
}
