package transfer_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// simDest is the destination.
type simDest struct {
	w         *simWorld
	boxes     []*simBox
	epochs    int
	gone      map[string]bool // folders that were taken away or renumbered
	noUIDPlus bool
	canonical bool // line ends are stored as the server likes them
	alters    bool // adds a header to what it stores
	unique    bool // which is another one each time
	merge     bool // a second copy in a folder becomes its twin
	group     int  // letters stored at once, or not at all (MULTIAPPEND)
	ahead     int  // windows on the wire beyond the one that is being stored
	full      bool // over quota
}

func (d *simDest) box(path []string) *simBox {
	for _, b := range d.boxes {
		if slices.Equal(b.path, path) {
			return b
		}
	}
	return nil
}

// make finds or makes a folder.
func (d *simDest) make(path []string) *simBox {
	b := d.box(path)
	if b == nil {
		d.epochs++
		b = &simBox{path: slices.Clone(path), epoch: fmt.Sprint(1000 + d.epochs), next: 1, remade: d.gone[simKey(path)]}
		d.boxes = append(d.boxes, b)
	}
	return b
}

// store puts a message into a folder; a server that merges answers its twin.
func (d *simDest) store(b *simBox, m *simStored) (kept *simStored, isNew bool) {
	if d.merge {
		for _, twin := range b.messages {
			if twin.digest == m.digest {
				return twin, false
			}
		}
	}
	if d.canonical {
		m.body = simCanonical(m.body)
	}
	if d.alters {
		seen := "X-Seen-By: this server\r\n"
		if d.unique {
			seen = fmt.Sprintf("X-Seen-As: message %d\r\n", b.next)
		}
		m.body = append([]byte(seen), m.body...)
	}
	m.uid, m.landed = b.next, time.Now()
	b.next++
	b.messages = append(b.messages, m)
	m.unseen = m.late && !d.w.running()
	return m, true
}

// open makes a session for the process.
func (d *simDest) open(ctx context.Context, p *simProcess) (transfer.Dest, error) {
	d.w.mu.Lock()
	s := &simDestSession{simLine: d.w.connect(p, "dest"), dest: d}
	s.onCut = s.abandon
	d.w.mu.Unlock()
	if err := s.trip(ctx, "sign-in"); err != nil {
		return nil, err
	}
	if d.noUIDPlus {
		return s, nil
	}
	return &simRemovingSession{s}, nil
}

// simDestSession is one session with the destination.
type simDestSession struct {
	*simLine
	dest   *simDest
	opened *simBox
	wire   []*simLetter // sent and not answered
}

// simRemovingSession is one with UIDPLUS.
type simRemovingSession struct{ *simDestSession }

// Site implements [transfer.Dest].
func (s *simDestSession) Site(ctx context.Context) (transfer.Site, error) {
	if err := s.trip(ctx, "folders"); err != nil {
		return transfer.Site{}, err
	}
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	var site transfer.Site
	for _, b := range s.dest.boxes {
		site.Folders = append(site.Folders, transfer.Folder{
			Path: slices.Clone(b.path), Epoch: b.epoch, Count: len(b.messages), Bytes: -1,
		})
	}
	return site, nil
}

// Open implements [transfer.Dest].
func (s *simDestSession) Open(ctx context.Context, f transfer.Folder) (transfer.Mailbox, error) {
	if err := s.trip(ctx, "select"); err != nil {
		return transfer.Mailbox{}, fmt.Errorf("open %q: %w", f.Name(), err)
	}
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	created := s.dest.box(f.Path) == nil
	b := s.dest.make(f.Path)
	if created {
		s.w.tell("%s: makes %s", s.name, f.Name())
	}
	s.opened = b
	return transfer.Mailbox{Epoch: b.epoch, Next: b.next, Count: len(b.messages), Created: created}, nil
}

// ready is asked before every call that needs the open folder.
func (s *simDestSession) ready(ctx context.Context, f transfer.Folder, what string) error {
	if err := s.trip(ctx, what); err != nil {
		return fmt.Errorf("%s %q: %w", what, f.Name(), err)
	}
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	return s.missing(f)
}

// missing answers that the open folder is gone. It is called under mu.
func (s *simDestSession) missing(f transfer.Folder) error {
	if b := s.dest.box(f.Path); b == nil || b != s.opened {
		return &simError{text: fmt.Sprintf("NO [NONEXISTENT] no folder %q", f.Name()), missing: true}
	}
	return nil
}

func (s *simDestSession) snapshot(look bool) []simStored {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	if look {
		s.opened.looked = time.Now()
	}
	out := make([]simStored, len(s.opened.messages))
	for i, m := range s.opened.messages {
		out[i] = *m
	}
	return out
}

// Stored implements [transfer.Dest].
func (s *simDestSession) Stored(ctx context.Context, f transfer.Folder, from uint32, pick func([]transfer.Span) ([]transfer.Span, error)) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		if err := s.ready(ctx, f, "look at"); err != nil {
			yield(transfer.Message{}, err)
			return
		}
		held := map[uint32]simStored{}
		var there []transfer.Span
		for _, m := range s.snapshot(true) {
			if m.uid >= from {
				held[m.uid], there = m, transfer.Join(there, transfer.Span{Low: m.uid, High: m.uid})
			}
		}
		wanted, err := pick(there)
		if err != nil {
			yield(transfer.Message{}, err)
			return
		}
		for uid := range transfer.Numbers(wanted) {
			if !yield(held[uid].message(), nil) {
				return
			}
		}
	}
}

// Read implements [transfer.Dest].
func (s *simDestSession) Read(ctx context.Context, f transfer.Folder, uids []uint32) iter.Seq2[transfer.Fetched, error] {
	return func(yield func(transfer.Fetched, error) bool) {
		if err := s.ready(ctx, f, "read from"); err != nil {
			yield(transfer.Fetched{}, err)
			return
		}
		held := map[uint32]simStored{}
		for _, m := range s.snapshot(false) {
			held[m.uid] = m
		}
		for _, uid := range uids {
			out := transfer.Fetched{Message: transfer.Message{UID: uid}, Err: transfer.ErrVanished}
			if m, ok := held[uid]; ok {
				out = transfer.Fetched{Message: m.message(), Body: bytes.NewReader(m.body)}
			}
			if !yield(out, nil) {
				return
			}
		}
	}
}

// Reflag implements [transfer.Reflagger].
func (s *simDestSession) Reflag(ctx context.Context, f transfer.Folder, changes []transfer.Reflag) ([]string, error) {
	if err := s.ready(ctx, f, "reflag in"); err != nil {
		return nil, err
	}
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	for _, c := range changes {
		i := slices.IndexFunc(s.opened.messages, func(m *simStored) bool { return m.uid == c.UID })
		if i < 0 {
			continue
		}
		m := s.opened.messages[i]
		s.w.checkReflag(s.opened, m, c)
		set := map[transfer.Flag]bool{}
		for _, x := range append(slices.Clone(m.flags), c.Add...) {
			set[x] = true
		}
		for _, x := range c.Drop {
			delete(set, x)
		}
		m.flags = slices.Sorted(maps.Keys(set))
		s.w.tell("%s: reflags %s %s +%v -%v", s.name, f.Name(), m, c.Add, c.Drop)
	}
	return nil, nil
}

// Remove implements [transfer.Remover].
func (s *simRemovingSession) Remove(ctx context.Context, f transfer.Folder, uids []uint32) error {
	if err := s.ready(ctx, f, "remove from"); err != nil {
		return err
	}
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	b := s.opened
	b.messages = slices.DeleteFunc(b.messages, func(m *simStored) bool {
		gone := slices.Contains(uids, m.uid)
		if gone {
			s.w.tell("%s: takes back %s %s", s.name, f.Name(), m)
			s.w.checkRemove(b, m)
		}
		return gone
	})
	return nil
}
