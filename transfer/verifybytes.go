package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
)

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
