package transfer

import (
	"context"
	"slices"
	"sync"
)

const (
	windowLetters = 64
	windowBytes   = 4 << 20
	windowsAhead  = 2 // loaded and waiting
	windowsOut    = 4 // at the destination without all receipts
	unitsAhead    = 2 // loaded or being loaded while another is appended
)

// each calls f for all items side by side and waits for all of them. What panics
// there panics here.
func each[T any](items []T, f func(T)) {
	var wg sync.WaitGroup
	crashes := make([]error, len(items))
	for i, item := range items {
		wg.Go(func() { crashes[i] = Guard(func() error { f(item); return nil }) })
	}
	wg.Wait()
	for _, crash := range crashes {
		if crash != nil {
			panic(crash)
		}
	}
}

// openAhead has n sessions on their way before they are asked for, beside the first.
func openAhead[S interface{ Close() error }](r *run, side *sessions[S], n int) {
	for range side.ask(n) {
		go side.ahead(r.feed)
	}
}

// trim closes early sessions that are not wanted but for n, as they come.
func trim[S interface{ Close() error }](side *sessions[S], n int) {
	side.early.all.Go(func() { side.trim(n) })
}

// bring opens one more session with a source, to be idle, for a helper.
func (f *feeder) bring(side *sessions[Source]) {
	f.opening.Add(1)
	side.early.all.Go(func() {
		defer f.opening.Add(-1) // when its place is free for it
		defer f.crew.help(-1)
		var src Source
		err := Guard(func() (err error) { src, err = side.get(f.feed); return err })
		if err != nil {
			f.crew.rest(&f.crew.doorCalm, growCalm)
			return
		}
		side.put(src)
	})
}

// lead has the first session read.
func (d *division) lead(src Source) { d.all.Go(func() { _ = d.work(src, false) }) }

// join has a helper read with it, until it is not wanted any more or breaks.
func (d *division) join(src Source) {
	if far, ok := src.(Foresighted); ok {
		far.Foresee(func() (Folder, bool) { return Folder{}, false })
	}
	d.mu.Lock()
	d.crewed(1)
	d.mu.Unlock()
	d.all.Go(func() {
		err := d.work(src, true)
		d.mu.Lock()
		d.crewed(-1)
		d.mu.Unlock()
		side := d.f.sources[d.p.index]
		if err == nil {
			side.put(src)
		} else {
			side.drop(src)
			d.f.crew.rest(&d.f.crew.helpCalm, helpCalm)
		}
		d.f.crew.help(-1)
	})
}

// carry lets the lanes work until no unit is left. The first lane that cannot
// go on ends the run.
func (r *run) carry(units []*unit) error {
	r.queue.push(units...)
	var work sync.WaitGroup
	var once sync.Once
	var first error
	hire := func() {
		l := &lane{run: r}
		r.crew.enter(l)
		l.await()
		work.Go(func() {
			if err := Guard(l.travel); err != nil {
				once.Do(func() { first = err })
				r.stop(err)
			}
		})
	}
	n := r.startLanes(len(units))
	for range n {
		hire()
	}
	if r.job.Lanes == 0 && n > 0 {
		work.Go(func() {
			if err := Guard(func() error { r.grow(hire); return nil }); err != nil {
				r.stop(err)
			}
		})
	}
	work.Wait()
	if first == nil && r.feed.Err() != nil {
		first = r.stopped()
	}
	return first
}

// lane is one source session and one destination session at work on one
// destination folder at a time.
type lane struct {
	*run
	number int
	waits  bool // for its first unit
	mu     sync.Mutex
	mine   []*unit // taken and not finished, in order
	todo   []*unit // those of them that are to be loaded; the loader's
	asked  Folder  // the session was told that it comes next, and has not opened it since
	tries  int     // attempts in a row that opened no session
}

// travel makes one attempt after the other until the queue is empty.
func (l *lane) travel() error {
	for {
		u, err := l.attempt()
		if l.feed.Err() != nil {
			l.crew.leave(l)
			return l.halted(err)
		}
		if err == nil {
			if l.crew.depart(l, &l.queue) {
				return nil
			}
			continue // a tail came back while the loader was done already
		}
		if l.retires(err) {
			return nil
		}
		if err := l.recover(u, err); err != nil {
			l.crew.leave(l)
			return err
		}
	}
}

// abandon takes a unit that cannot be finished off the lane. What a server has
// refused for good is refused with all its messages.
func (l *lane) abandon(u *unit, err error) {
	for _, p := range u.parts {
		p.err = err
		if rest := p.from.Count - l.ledger.tally(p).Messages; Permanent(err) {
			l.ledger.count(p, Refused, max(rest, 0), 0)
			l.refuseAll(p, err)
		}
		e := p.event(EventDone)
		e.Err = err
		l.ledger.tell(e)
	}
	l.drop(u)
	l.follow(u)
}

// attempt works with one destination session until there is no unit left or
// something breaks. The unit that broke comes back with the error; its state
// is in the checkpoint, so a next attempt goes on from there.
func (l *lane) attempt() (*unit, error) {
	dest, err := l.dests.get(l.feed)
	if err != nil {
		return nil, err
	}
	if far, ok := dest.(Foresighted); ok {
		far.Foresee(l.upcoming)
	}
	ctx, cancel := context.WithCancel(l.feed)
	ahead := make(chan *unit, unitsAhead)
	go func() {
		defer close(ahead)
		if err := Guard(func() error { l.loadAll(ctx, ahead); return nil }); err != nil {
			l.stop(err)
		}
	}()
	endLoader := func() {
		cancel()
		for range ahead {
		}
	}
	defer endLoader() // after a panic, too
	u, err := l.appendAll(dest, ahead)
	endLoader()
	l.unload()
	late := l.openAsked(dest)
	if err != nil {
		l.dests.drop(dest)
		if u.aside > 0 {
			u.tries = 0
		}
		u.broke(err, l.job.Settle)
		return u, err
	}
	if late != nil {
		l.dests.drop(dest)
	} else {
		l.dests.put(dest)
	}
	return nil, l.locally(late)
}

// loadAll loads one unit after the other, a little ahead of the appender: the lane with
// the least to do takes the next one at once, another one when its appender has all of
// the one before. Why a unit could not be loaded is left in it for the appender to find.
func (l *lane) loadAll(ctx context.Context, ahead chan<- *unit) {
	l.mu.Lock()
	l.todo = slices.Clone(l.mine)
	l.mu.Unlock()
	for {
		u := l.next()
		if u == nil {
			return
		}
		u.begin()
		select {
		case ahead <- u:
		case <-ctx.Done():
			u.belt.loaded(context.Cause(ctx))
			return
		}
		err := Guard(func() error { return l.load(ctx, u) })
		more := err == nil && (u.belt.bare() || l.crew.lightest(l))
		if more {
			l.lineUp() // before the appender asks what comes next
		}
		u.belt.loaded(err)
		switch {
		case err != nil:
			return
		case more:
			continue
		}
		select {
		case <-u.belt.taken:
		case <-ctx.Done():
			return
		}
	}
}

// appendAll appends unit after unit as they come, until the run is to end.
func (l *lane) appendAll(dest Dest, ahead <-chan *unit) (*unit, error) {
	for u := range ahead {
		if l.feed.Err() != nil {
			return nil, nil
		}
		before := l.ledger.arrived(u)
		err := l.append(dest, u)
		if l.ledger.arrived(u) > before {
			u.tries = 0
		}
		if err != nil {
			return u, err
		}
		l.drop(u)
		if l.feed.Err() == nil {
			if err := l.finish(u); err != nil {
				return u, err
			}
		}
	}
	return nil, nil
}
