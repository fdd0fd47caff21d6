package transfer

import (
	"context"
	"fmt"
)

// Releaser is the power of a [Source] whose server shows a part of its mail at a
// time, and hides from later sessions what a session has fetched (Gmail's POP3).
type Releaser interface {
	// Rations reports whether this server does.
	Rations() bool
	// Release lets the server hide those of ms, and ends the session, which is only
	// good for Close then. It is called with messages that have arrived, and no
	// others may be hidden: a session that has fetched others answers an error, and
	// a fresh one is asked. On any error nobody knows what is hidden: list again.
	Release(ctx context.Context, f Folder, ms []Message) error
}

// release lets such sources go on: what they have shown has arrived. It answers
// whether another run may find more. A source without an open session has nothing
// to let go: its next run does it.
func (r *run) release() (more bool, err error) {
	for i, side := range r.sources {
		if !side.rests() {
			continue
		}
		n, err := consult(r, side, "let it show more", func(src Source, ctx context.Context) (int, error) {
			return r.releaseAt(ctx, i, src)
		})
		if err != nil {
			return more, err
		}
		more = more || n > 0
	}
	return more, nil
}

// releaseAt answers how many messages of a source were let go.
func (r *run) releaseAt(ctx context.Context, i int, src Source) (released int, err error) {
	rationed, ok := src.(Releaser)
	if !ok || !rationed.Rations() {
		return 0, nil
	}
	for _, p := range r.passes {
		if p.index != i || p.skip != "" {
			continue
		}
		p.rationed = true
		there, err := inOrder(ctx, src, p.from)
		if err != nil {
			return released, err
		}
		known, err := r.job.Checkpoint.Known(ctx, p.book.ID, ids(there))
		if err != nil {
			return released, &localError{err}
		}
		var arrived []Message
		for _, m := range there {
			if hasArrived(known[m.ID].Fate) {
				arrived = append(arrived, m)
			}
		}
		if len(arrived) == 0 {
			if len(there) > 0 {
				r.ledger.note(p, fmt.Sprintf("%s: this server shows a part of its mail at a time. Nothing of what it shows now (%s) could be copied; if there is more behind, it shows that only afterwards", p.from.Name(), plural(len(there), "message")))
			}
			continue
		}
		return len(arrived), rationed.Release(ctx, p.from, arrived)
	}
	return released, nil
}

// inOrder lists a folder.
func inOrder(ctx context.Context, src Source, f Folder) (ms []Message, err error) {
	for m, err := range src.List(ctx, f, "") {
		if err != nil {
			return nil, fmt.Errorf("list messages: %w", err)
		}
		ms = append(ms, m)
	}
	return ms, nil
}
