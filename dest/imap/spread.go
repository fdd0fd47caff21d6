package imap

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

// Where a server wants to be asked for leave before each letter, a letter costs a
// round trip, and only more connections help. They share the letters of one
// Append as they come, so that the folder's order is only that of the dates:
//
//	windows -> pull -> letter by letter -> first connection  --> receipts
//	                          |----------> second connection ----^
//	                          '----------> ...               ----'

// perHelper is how many letters must have come for each further connection that
// is to be opened.
const perHelper = 4

// Serial implements [transfer.Wide].
func (d *dest) Serial() bool { return !d.conn.Caps.NoWait(1 << 20) }

// Widen implements [transfer.Wide].
func (d *dest) Widen(n int) { d.width = n }

// spread is one Append over several connections.
type spread struct {
	d        *dest
	ctx      context.Context
	letters  chan []*transfer.Letter
	receipts chan transfer.Receipt
	over     chan error    // how each connection ended
	quit     chan struct{} // closed when nobody listens any more
	workers  sync.WaitGroup

	// What is known of the folder when it begins, for the helpers.
	box   imapconn.Box
	flags map[transfer.Flag]flagFate
	zero  bool

	mu      sync.Mutex
	members int // connections at work
	launch  int // helpers launched
}

// newSpread makes one for the selected folder and begins to pull. The caller runs
// it, then stops it.
func (d *dest) newSpread(ctx context.Context, windows func(yield func([]*transfer.Letter) bool)) *spread {
	s := &spread{
		d: d, ctx: ctx, letters: make(chan []*transfer.Letter), receipts: make(chan transfer.Receipt),
		over: make(chan error, d.width), quit: make(chan struct{}), members: 1,
		box: *d.box, flags: maps.Clone(d.flags), zero: d.zero,
	}
	for range d.helpersOpen() {
		s.help()
	}
	s.workers.Go(func() { s.pull(windows) })
	s.workers.Go(func() { s.over <- transfer.Guard(func() error { return s.work(d) }) })
	return s
}

// run hands out receipts until all connections are through, or one is lost.
func (s *spread) run(yield func(transfer.Receipt) bool) error {
	for {
		select {
		case r := <-s.receipts:
			if !yield(r) {
				return nil
			}
		case err := <-s.over:
			s.mu.Lock()
			s.members--
			last := s.members == 0
			s.mu.Unlock()
			if err != nil || last {
				return err
			}
		}
	}
}

// pull hands out letters one by one, and launches a helper for every few.
func (s *spread) pull(windows func(yield func([]*transfer.Letter) bool)) {
	defer close(s.letters)
	n := 0
	windows(func(w []*transfer.Letter) bool {
		for i := range w {
			if n++; n%perHelper == 0 {
				s.help()
			}
			select {
			case s.letters <- w[i : i+1]:
			case <-s.quit:
				return false
			}
		}
		return true
	})
}

// helpersOpen counts those that an earlier Append has opened.
func (d *dest) helpersOpen() int {
	d.helping.Lock()
	defer d.helping.Unlock()
	if i := slices.Index(d.helpers, nil); i >= 0 {
		return i
	}
	return len(d.helpers)
}

// help launches the next helper, if there may be more.
func (s *spread) help() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.launch+1 >= s.d.width {
		return
	}
	i := s.launch
	s.launch++
	s.members++
	s.workers.Go(func() {
		s.over <- transfer.Guard(func() error {
			if h := s.d.helper(s.ctx, i); h != nil {
				return s.work(h)
			}
			return nil // the others do it
		})
	})
}

// helper is the connection number i beside the first, nil if the server does not
// let it in.
func (d *dest) helper(ctx context.Context, i int) *dest {
	d.helping.Lock()
	for len(d.helpers) <= i {
		d.helpers = append(d.helpers, nil)
	}
	h := d.helpers[i]
	d.helping.Unlock()
	if h == nil {
		conn, err := imapconn.Open(ctx, d.account.access)
		if err != nil {
			return nil
		}
		h = &dest{conn: conn, account: d.account, tuning: d.tuning, closed: d.closed}
		d.helping.Lock()
		d.helpers[i] = h
		d.helping.Unlock()
	}
	return h
}

// work appends letters over one connection until there are no more.
func (s *spread) work(d *dest) error {
	if d != s.d {
		box := s.box
		d.name, d.box, d.zero, d.flags = s.d.name, &box, s.zero, maps.Clone(s.flags)
	}
	return d.conn.Within(s.ctx, func() error {
		a := newAppender(d)
		a.there = d.box.Exists
		defer a.finish()
		a.start(s.ctx, func(yield func([]*transfer.Letter) bool) {
			for {
				select {
				case w, more := <-s.letters:
					if !more || !yield(w) {
						return
					}
				case <-a.quit:
					return
				case <-s.quit:
					return
				}
			}
		})
		err := a.read(func(r transfer.Receipt) bool {
			select {
			case s.receipts <- r:
				return true
			case <-s.quit:
				return false
			}
		})
		return cause(s.ctx, err)
	})
}

// stop ends what is still at work. What is on its way then is cut off.
func (s *spread) stop() {
	close(s.quit)
	s.workers.Wait()
}
