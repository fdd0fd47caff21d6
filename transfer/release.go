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
		some, err := consult(r, side, "let it show more", func(src Source, ctx context.Context) (bool, error) {
			return r.releaseAt(ctx, i, src)
		})
		if err != nil {
			return more, err
		}
		more = more || some
	}
	return more, nil
}

// releaseAt lets one source go on, if it is such.
func (r *run) releaseAt(ctx context.Context, i int, src Source) (more bool, err error) {
	rationed, ok := src.(Releaser)
	if !ok || !rationed.Rations() {
		return false, nil
	}
	for _, p := range r.passes {
		if p.index != i || p.skip != "" {
			continue
		}
		p.rationed = true
		shown, err := r.shown(ctx, src, p)
		switch {
		case err != nil:
			return more, err
		case len(shown.arrived) > 0:
			return true, rationed.Release(ctx, p.from, shown.arrived)
		case shown.unseen:
			more = true // an earlier try has let go of all else
		case shown.count > 0:
			r.ledger.note(p, fmt.Sprintf("%s: this server shows a part of its mail at a time. Nothing of what it shows now (%s) could be copied; if there is more behind, it shows that only afterwards", p.name(), plural(shown.count, "message")))
		}
	}
	return more, nil
}

// shown is what a folder shows.
type shown struct {
	count   int
	arrived []Message
	unseen  bool // there are some that the run has not looked at
}

func (r *run) shown(ctx context.Context, src Source, p *passage) (s shown, err error) {
	there, err := wholeList(ctx, src, p.from)
	if err != nil {
		return s, err
	}
	known, err := r.job.Checkpoint.Known(ctx, p.book.ID, ids(there))
	if err != nil {
		return s, &localError{err}
	}
	s.count = len(there)
	for _, m := range there {
		rec, seen := known[m.ID]
		_, skip := r.job.Mapper.Message(m)
		if seen && hasArrived(rec.Fate) {
			s.arrived = append(s.arrived, m)
		}
		s.unseen = s.unseen || !seen && skip == ""
	}
	return s, nil
}

// wholeList lists a folder, all of it: what such servers show is little.
func wholeList(ctx context.Context, src Source, f Folder) (ms []Message, err error) {
	f.Since = "" // nothing is to be left out
	for m, err := range src.List(ctx, f, "") {
		if err != nil {
			return nil, fmt.Errorf("list messages: %w", err)
		}
		ms = append(ms, m)
	}
	return ms, nil
}
