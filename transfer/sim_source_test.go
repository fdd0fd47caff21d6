package transfer_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// simMail is one source.
type simMail struct {
	w       *simWorld
	name    string
	kind    simKind
	folders []*simFolder
	noUIDL  bool // POP3: messages have no names
	noState bool
	lies    int64 // by which told sizes are wrong
	blind   bool  // cannot tell headers without bodies
}

// simFolder is one folder of a source.
type simFolder struct {
	mail     *simMail
	path     []string
	epoch    int
	revision int
	next     int
	souls    []*simSoul
	hiding   int // lists that will leave messages out
}

func (f *simFolder) key() string { return simKey(f.path) }

func (f *simFolder) there() []*simSoul {
	return slices.DeleteFunc(slices.Clone(f.souls), func(s *simSoul) bool { return s.gone })
}

// add puts a message at the folder's end.
func (f *simFolder) add(s *simSoul) {
	if f.mail.kind == simPOP3 { // which knows no flags
		s.flags = nil
	}
	f.souls = append(f.souls, s)
	f.name(f.mail.w.dice, s)
	f.revision++
	s.named, s.touched = f.revision, f.revision
}

func (f *simFolder) folder() transfer.Folder {
	t := transfer.Folder{Path: slices.Clone(f.path), Count: len(f.there()), Bytes: -1}
	if f.mail.kind == simIMAP {
		t.Epoch = fmt.Sprint(f.epoch)
	}
	state := fmt.Sprintf("%d/%d", f.epoch, f.revision)
	switch {
	case !f.mail.noState:
		t.State = state
	case f.mail.kind == simIMAP:
		t.Mark = state
	}
	return t
}

// simWitnesses is how many messages are listed in full though they are known.
const simWitnesses = 3

// brief lists to one who knows the folder as of since. A server that exchanges IDs
// has not changed the messages, as far as it knows.
func (f *simFolder) brief(since string, all []*simSoul) map[*simSoul]transfer.Brief {
	var epoch, revision int
	if n, _ := fmt.Sscanf(since, "%d/%d", &epoch, &revision); n < 2 || epoch != f.epoch || f.mail.kind != simIMAP {
		return nil
	}
	old := slices.DeleteFunc(slices.Clone(all), func(s *simSoul) bool { return s.named > revision })
	slices.SortFunc(old, func(a, b *simSoul) int { return simNumber(a.id) - simNumber(b.id) })
	left := map[*simSoul]transfer.Brief{}
	for _, s := range old[:max(len(old)-simWitnesses, 0)] {
		switch {
		case f.mail.noState:
			left[s] = transfer.Undated
		case s.touched <= revision:
			left[s] = transfer.Unchanged
		}
	}
	return left
}

func simNumber(id string) int {
	n, _ := strconv.Atoi(id)
	return n
}

// shorten leaves out of m what a brief list does.
func shorten(m transfer.Message, b transfer.Brief) transfer.Message {
	if m.Brief = b; b != 0 {
		m.Size, m.Date = -1, time.Time{}
	}
	if b == transfer.Unchanged {
		m.Flags = nil
	}
	return m
}

// open makes a session for the process.
func (m *simMail) open(ctx context.Context, p *simProcess) (transfer.Source, error) {
	m.w.mu.Lock()
	s := &simSourceSession{m.w.connect(p, m.name), m}
	m.w.mu.Unlock()
	if err := s.trip(ctx, "sign-in"); err != nil {
		return nil, err
	}
	if m.blind {
		return s, nil
	}
	return &simSeeingSession{s}, nil
}

// simSourceSession is one session with a source.
type simSourceSession struct {
	*simLine
	mail *simMail
}

// Folders implements [transfer.Source].
func (s *simSourceSession) Folders(ctx context.Context) ([]transfer.Folder, error) {
	if err := s.trip(ctx, "folders"); err != nil {
		return nil, err
	}
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	var out []transfer.Folder
	for _, f := range s.mail.folders {
		out = append(out, f.folder())
	}
	return out, nil
}

// find answers the folder as it was listed. It is called under mu.
func (s *simSourceSession) find(f transfer.Folder) (*simFolder, error) {
	for _, x := range s.mail.folders {
		if x.key() == f.Key() {
			if now := x.folder().Epoch; now != f.Epoch {
				return nil, fmt.Errorf("%q was made anew: UIDVALIDITY was %s, is %s", f.Name(), f.Epoch, now)
			}
			return x, nil
		}
	}
	return nil, fmt.Errorf("no folder %q", f.Name())
}

// Count implements [transfer.Counter].
func (s *simSourceSession) Count(ctx context.Context, f transfer.Folder) (int, error) {
	if err := s.trip(ctx, "count"); err != nil {
		return 0, err
	}
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	x, err := s.find(f)
	if err != nil {
		return 0, err
	}
	return len(x.there()), nil
}

// List implements [transfer.Source].
func (s *simSourceSession) List(ctx context.Context, f transfer.Folder, after string) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		err := s.trip(ctx, "list")
		var ms []transfer.Message
		cut := -1
		if err == nil {
			ms, cut, err = s.list(f, after)
		}
		for i, m := range ms {
			if i == cut {
				err = errSimLost
				break
			}
			if !yield(m, nil) {
				return
			}
		}
		if err != nil {
			yield(transfer.Message{}, fmt.Errorf("list %q: %w", f.Name(), err))
		}
	}
}

// list is what a listing tells, and where it breaks off (-1: nowhere).
func (s *simSourceSession) list(f transfer.Folder, after string) (ms []transfer.Message, cut int, err error) {
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	x, err := s.find(f)
	if err != nil {
		return nil, -1, err
	}
	begun := after == ""
	hide := begun && x.hiding > 0
	if hide {
		x.hiding--
	}
	left := x.brief(f.Since, x.there())
	for _, soul := range x.there() {
		switch {
		case !begun:
			begun = soul.id == after
		case hide && w.dice.IntN(3) == 0:
			w.tell("%s: %s does not list %s", s.name, f.Name(), soul)
			soul.changed, soul.hidden = w.runs, true
		default:
			ms = append(ms, shorten(s.mail.message(soul), left[soul]))
		}
	}
	if !begun {
		return nil, -1, fmt.Errorf("message %s is gone from %q", after, f.Name())
	}
	if cut = -1; w.weather.budget > 0 && w.chance(w.weather.cut) && len(ms) > 0 {
		w.weather.budget--
		cut = w.dice.IntN(len(ms))
		w.tell("%s: connection lost in the middle of a list of %s, at %d", s.name, f.Name(), cut)
		s.cut()
		first := inSpans(ms[:cut])
		return append(first, inSpans(ms[cut:])...), len(first), nil
	}
	return inSpans(ms), cut, nil
}

// inSpans lists neighbours that have not changed at once.
func inSpans(ms []transfer.Message) (out []transfer.Message) {
	for _, m := range ms {
		n, ok := transfer.Number(m.ID)
		if ok = ok && m.Brief == transfer.Unchanged; ok {
			if last := len(out) - 1; last >= 0 && out[last].Upto > 0 && out[last].Upto+1 == n {
				out[last].Upto = n
				continue
			}
			m.Upto = n
		}
		out = append(out, m)
	}
	return out
}

// message is a soul as a list tells it.
func (m *simMail) message(s *simSoul) transfer.Message {
	out := transfer.Message{ID: s.id, Size: int64(len(s.body)) + m.lies}
	if m.kind != simPOP3 {
		out.Date, out.Flags = s.date, slices.Clone(s.flags)
	}
	return out
}
