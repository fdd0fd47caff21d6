package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// simLetter is a letter on the wire.
type simLetter struct {
	letter  *transfer.Letter
	path    []string
	message *simStored
}

// Append implements [transfer.Dest]: windows are sent ahead, stored in order,
// group by group, and what is on the wire when it breaks may still land.
func (s *simDestSession) Append(ctx context.Context, f transfer.Folder, windows func(func([]*transfer.Letter) bool)) iter.Seq2[transfer.Receipt, error] {
	return func(yield func(transfer.Receipt, error) bool) {
		p := simPull(windows)
		err := s.carry(ctx, f, p, yield)
		defer p.wait()
		close(p.enough)
		s.w.mu.Lock()
		s.abandon()
		s.w.mu.Unlock()
		if err != nil && !errors.Is(err, errSimEnough) {
			yield(transfer.Receipt{}, fmt.Errorf("append to %q: %w", f.Name(), err))
		}
	}
}

// carry sends and stores until there is nothing left or the line breaks.
func (s *simDestSession) carry(ctx context.Context, f transfer.Folder, p *simPuller, yield func(transfer.Receipt, error) bool) error {
	over := false
	for out := 0; ; {
		for !over && out <= s.dest.ahead {
			w, more, err := s.next(ctx, p, s.sent() > 0)
			if err != nil {
				return err
			}
			if over = !more; over || w == nil {
				break
			}
			if err := s.send(f, w); err != nil {
				return err
			}
			out++
		}
		if s.sent() == 0 {
			return s.alive()
		}
		if err := s.ready(ctx, f, "append to"); err != nil {
			return err
		}
		rs, err := s.execute(f)
		for _, r := range rs {
			if !yield(r, nil) {
				return errSimEnough
			}
		}
		if err != nil {
			return err
		}
		if s.sent() == 0 {
			out = 0
		}
	}
}

// next takes a window. Where something is on the wire already it does not wait
// for one: no window and no error then.
func (s *simDestSession) next(ctx context.Context, p *simPuller, busy bool) (w []*transfer.Letter, more bool, err error) {
	if err := s.pass(ctx, time.Microsecond); err != nil {
		return nil, false, err
	}
	if busy {
		select {
		case w, more = <-p.windows:
			return w, more, nil
		default:
			return nil, true, nil
		}
	}
	select {
	case w, more = <-p.windows:
		return w, more, nil
	case <-ctx.Done():
		return nil, false, ctx.Err()
	case <-s.closed:
		return nil, false, errSimClosed
	case <-s.lost:
		return nil, false, errSimLost
	case <-s.process.gone:
		return nil, false, errSimDead
	}
}

// sent is how many letters are on the wire.
func (s *simDestSession) sent() int {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	return len(s.wire)
}

// send puts a window on the wire.
func (s *simDestSession) send(f transfer.Folder, w []*transfer.Letter) error {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	if err := s.alive(); err != nil {
		return err
	}
	for _, l := range w {
		if _, err := l.Body.Seek(0, io.SeekStart); err != nil {
			return err
		}
		body, err := io.ReadAll(l.Body)
		if err != nil || int64(len(body)) != l.Size {
			return fmt.Errorf("letter %q: got %d bytes, %v, want %d", l.ID, len(body), err, l.Size)
		}
		canon := transfer.NewCanonical()
		canon.Write(body)
		m := &simStored{body: body, date: l.Date, ours: true, flags: slices.Sorted(slices.Values(l.Flags))}
		m.digest, _ = canon.Sum()
		s.wire = append(s.wire, &simLetter{letter: l, path: slices.Clone(f.Path), message: m})
	}
	return nil
}

// execute stores the next group on the wire and answers its receipts. The line
// may be lost before they are told.
func (s *simDestSession) execute(f transfer.Folder) (rs []transfer.Receipt, err error) {
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := s.alive(); err != nil {
		return nil, err
	}
	if err := s.missing(f); err != nil {
		s.wire = nil
		return nil, err
	}
	n, trouble := min(1+w.dice.IntN(s.dest.group), len(s.wire)), w.weather.budget > 0 && w.chance(w.weather.refuse)
	if trouble && w.dice.IntN(3) == 0 {
		w.weather.budget--
		w.tell("%s: refuses a group of %d letters for now", s.name, n)
		for _, l := range s.wire[:n] {
			rs = append(rs, transfer.Receipt{Letter: l.letter, Err: &simError{text: "NO [UNAVAILABLE] not now"}})
		}
		s.wire = s.wire[n:]
		return rs, nil
	}
	for _, l := range s.wire[:n] {
		r, err := s.storeLetter(l, trouble)
		if trouble = false; err != nil {
			s.wire = nil // what follows is refused, too
			return rs, err
		}
		rs = append(rs, r)
	}
	done := s.wire[:n]
	s.wire = s.wire[n:]
	if w.weather.budget > 0 && w.chance(w.weather.cut/2) {
		w.weather.budget--
		told := w.dice.IntN(n + 1)
		for _, l := range done[told:] {
			l.message.stray = true
		}
		w.tell("%s: connection lost; %d letters were stored of which the receipts are lost", s.name, n-told)
		s.cut()
		return rs[:told], errSimLost
	}
	return rs, nil
}

// storeLetter stores one letter or says why not. It is called under mu.
func (s *simDestSession) storeLetter(l *simLetter, trouble bool) (transfer.Receipt, error) {
	w, r := s.w, transfer.Receipt{Letter: l.letter}
	if s.dest.full {
		err := &simError{text: "NO [OVERQUOTA] full", full: true}
		if w.dice.IntN(2) == 0 {
			r.Err = err
			return r, nil
		}
		return r, err
	}
	if r.Err = w.refusal(l); r.Err == nil && trouble {
		w.weather.budget--
		r.Err = &simError{text: "NO [CANNOT] a bad day", permanent: w.dice.IntN(2) == 0}
	}
	if r.Err != nil {
		w.tell("%s: refuses %x: %v", s.name, l.message.digest[:3], r.Err)
		return r, nil
	}
	r.UID = w.land(l, false)
	if s.dest.noUIDPlus {
		r.UID = 0
	}
	return r, nil
}

// refusal is why the destination does not take the letter, ever. It is called under mu.
func (w *simWorld) refusal(l *simLetter) error {
	for _, s := range w.all {
		if s.refused >= w.runs && s.digest == l.message.digest {
			return &simError{text: "NO [CANNOT] not such a message", permanent: true}
		}
	}
	return nil
}

// land stores a letter of ours. It is called under mu.
func (w *simWorld) land(l *simLetter, late bool) (uid uint32) {
	b := w.dest.box(l.path)
	l.message.late = late
	m, isNew := w.dest.store(b, l.message)
	if isNew {
		w.account(l.path, m.digest).appended++
	}
	w.tell("dest: %s gets %s%s", simKey(l.path), m, map[bool]string{true: ", late"}[late])
	return m.uid
}

// simPuller takes windows from a goroutine of its own.
type simPuller struct {
	windows chan []*transfer.Letter
	enough  chan struct{}
}

func simPull(windows func(func([]*transfer.Letter) bool)) *simPuller {
	p := &simPuller{make(chan []*transfer.Letter), make(chan struct{})}
	go func() {
		defer close(p.windows)
		windows(func(w []*transfer.Letter) bool {
			select {
			case p.windows <- w:
				return true
			case <-p.enough:
				return false
			}
		})
	}()
	return p
}

// wait waits until the goroutine is over.
func (p *simPuller) wait() {
	for range p.windows {
	}
}
