package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	after, tries, before := "", 0, into.n
	for more := true; more; {
		ms, err := v.list(ctx, p, after)
		if err != nil {
			if tries++; v.hopeless(ctx, err, tries) || !v.pause(ctx, err, tries) {
				return err
			}
			if tries > 1 && after != "" && before == 0 {
				after = ""
				into.reset()
			}
			continue
		}
		tries = 0
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
	return nil
}

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

// digests reads messages, but those that the memory knows, and remembers them.
func (v *verification) digests(ctx context.Context, src Source, p *place, ms []Message) (map[string]reading, error) {
	known := map[string]Sum{}
	if d, ok := src.(Digester); ok {
		for sum, err := range d.Digests(ctx, p.folder, ms) {
			if err != nil {
				return nil, err
			}
			known[sum.ID] = sum.Sum
		}
	} else if v.audit.Memory != nil {
		var err error
		if known, err = v.audit.Memory.Known(ctx, p.source, p.folder, ids(ms)); err != nil {
			return nil, &localError{err}
		}
	}
	var todo []Message
	for _, m := range ms {
		if _, ok := known[m.ID]; !ok {
			todo = append(todo, m)
		}
	}
	v.compared(p, len(ms)-len(todo), sizes(ms)-sizes(todo))
	out, err := v.fetched(ctx, src, p, todo)
	if err != nil {
		return nil, err
	}
	for _, m := range ms {
		if sum, ok := known[m.ID]; ok {
			out[m.ID] = reading{Sum: sum, date: m}
		}
	}
	return out, nil
}

// fetched reads messages to their end.
func (v *verification) fetched(ctx context.Context, src Source, p *place, ms []Message) (map[string]reading, error) {
	out := make(map[string]reading, len(ms))
	learned := map[string]Sum{}
	var dumb []Message // whose bytes are not to be had
	words := map[string]string{}
	err := v.eachBody(ctx, src, p, ms, func(got Fetched) error {
		if got.Err != nil {
			if !errors.Is(got.Err, ErrVanished) {
				dumb = append(dumb, got.Message)
				words[got.ID] = got.Err.Error()
			}
			return nil
		}
		d, size, head, err := canonicalOf(got.Body)
		if err != nil {
			return err
		}
		sum := Sum{Ident: Identify(head), Digest: d, Size: size}
		out[got.ID] = reading{Sum: sum, date: got.Message}
		learned[got.ID] = sum
		return nil
	})
	if v.audit.Memory != nil && v.audit.Bytes && len(learned) > 0 { // even if the line broke
		if lost := v.audit.Memory.Learn(v.work, p.source, p.folder, learned); lost != nil {
			return nil, &localError{lost}
		}
	}
	if err != nil {
		return nil, err
	}
	return out, v.unread(ctx, src, p, dumb, words, out)
}

// eachBody hands over what comes.
func (v *verification) eachBody(ctx context.Context, src Source, p *place, ms []Message, do func(Fetched) error) error {
	if len(ms) == 0 {
		return nil
	}
	for got, err := range src.Fetch(ctx, p.folder, ms) {
		if err == nil {
			err = do(got)
		}
		if err != nil {
			return fmt.Errorf("read messages of %q: %w", p.folder.Name(), err)
		}
		v.compared(p, 1, max(got.Size, 0))
	}
	return nil
}

// unread asks for the headers at least of what a side would not give.
func (v *verification) unread(ctx context.Context, src Source, p *place, ms []Message, words map[string]string, out map[string]reading) error {
	if len(ms) == 0 {
		return nil
	}
	for _, m := range ms {
		out[m.ID] = reading{Sum: Sum{Size: -1}, date: m, words: words[m.ID]}
	}
	who, ok := src.(Identifier)
	if !ok {
		return nil
	}
	for m, err := range who.Identify(ctx, p.folder, ms) {
		if err != nil {
			return fmt.Errorf("read headers of %q: %w", p.folder.Name(), err)
		}
		out[m.ID] = reading{Sum: Sum{Ident: m.Ident, Size: m.Size}, date: m, words: words[m.ID]}
	}
	return nil
}

// compared tells how far the audit has come.
func (v *verification) compared(p *place, n int, bytes int64) {
	if n > 0 {
		v.ledger.tell(Event{Kind: EventMessages, Folder: p.to.Name(), From: p.folder.Name(), Fate: Compared, Count: n, Bytes: bytes})
	}
}

// canonicalOf reads a body to its end.
func canonicalOf(body io.Reader) (d Digest, size int64, header []byte, err error) {
	if body == nil {
		return d, 0, nil, errNoBody
	}
	canon, tap := NewCanonical(), &headTap{}
	if _, err = io.Copy(io.MultiWriter(canon, tap), body); err == nil {
		d, size = canon.Sum()
	}
	return d, size, tap.head, err
}
