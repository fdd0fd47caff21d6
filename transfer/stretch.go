package transfer

import (
	"context"
	"sync"
	"time"
)

// stretch is some consecutive messages of a folder, which one session reads.
type stretch struct {
	ms   []Message
	cost int64 // bytes, about

	// What came of it, valid when done is closed:
	came    []arrival
	batches []*batch
	rest    *stretch // what the helper that was lost has left
	err     error    // nobody reads on after this
	done    chan struct{}
}

// arrival is what became of one message of a stretch.
type arrival struct {
	message Message
	err     error   // the source does not give it
	letter  *Letter // nil: left out
	mended  *Mended
}

func newStretch(ms []Message, cost int64) *stretch {
	return &stretch{ms: ms, cost: cost, done: make(chan struct{})}
}

// division is one folder that several sessions read.
type division struct {
	f         *feeder
	p         *passage
	ctx       context.Context
	stretches []*stretch
	all       sync.WaitGroup // who reads

	mu      sync.Mutex // guards what follows
	wake    *sync.Cond // it has changed
	next    int        // the first that nobody has taken
	end     int        // those from here on are not taken
	again   []*stretch // for the first session alone
	ahead   int64      // bytes of those taken and not handed on
	readers int        // at work
	leaving int        // helpers that are not wanted any more
	over    bool       // nobody goes on

	// Since the number of readers has changed last:
	since time.Time
	read  int           // stretches
	bytes int64         // of messages in them
	busy  time.Duration // that took, of all readers
	// blocked is how long the destination was waited for.
	blocked time.Duration
}

// length is how many stretches are read here.
func (d *division) length() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.end
}

// dismiss has everybody end after what he is at.
func (d *division) dismiss() {
	d.mu.Lock()
	d.over = true
	d.mu.Unlock()
	d.wake.Broadcast()
}

// handed makes room for others.
func (d *division) handed(s *stretch) {
	d.mu.Lock()
	d.ahead -= s.cost
	d.mu.Unlock()
	d.wake.Broadcast()
}

// waited notes that the destination was waited for.
func (d *division) waited(took time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.blocked += took
}

// crewed notes that a reader came or went; the caller holds the lock.
func (d *division) crewed(more int) {
	d.readers += more
	d.restart()
}

func (d *division) restart() {
	d.since, d.read, d.bytes, d.busy, d.blocked = time.Now(), 0, 0, 0, 0
}

// take gives the next stretch to read, nil when there is nothing left to do. The
// first session stays to the end.
func (d *division) take(helper bool) *stretch {
	d.mu.Lock()
	defer d.mu.Unlock()
	for !d.over {
		untaken := d.next < d.end
		switch {
		case !helper && len(d.again) > 0:
			s := d.again[0]
			d.again = d.again[1:]
			return s
		case helper && (!untaken || d.leaving > 0 || d.f.crowded(d.p)):
			d.leaving = max(d.leaving-1, 0)
			return nil
		case untaken && (d.ahead == 0 || d.ahead+d.stretches[d.next].cost <= aheadBytes):
			s := d.stretches[d.next]
			d.next++
			d.ahead += s.cost
			return s
		}
		d.wake.Wait()
	}
	return nil
}

// work has a session read one stretch after the other.
func (d *division) work(src Source, helper bool) error {
	fill := newFiller()
	for s := d.take(helper); s != nil; s = d.take(helper) {
		began := time.Now()
		err := Guard(func() error { return d.fetch(src, fill, s) })
		d.ended(s, time.Since(began), err, helper)
		if err != nil {
			return err
		}
	}
	return nil
}

// fetch reads one stretch into windows.
func (d *division) fetch(src Source, fill *filler, s *stretch) error {
	var b *batch
	for got, err := range src.Fetch(d.ctx, d.p.from, s.ms) {
		if err != nil {
			return err
		}
		came := arrival{message: asListed(got.Message, s.ms, len(s.came)), err: got.Err, mended: got.Mended}
		if got.Message = came.message; got.Err == nil {
			if b == nil || d.f.full(b) {
				b = &batch{spool: d.f.spool}
				s.batches = append(s.batches, b)
			}
			if came.letter, err = d.f.letter(fill, b, d.p, got); err != nil {
				return err
			}
		}
		s.came = append(s.came, came)
	}
	if len(s.came) != len(s.ms) {
		return errTooFew(len(s.came), len(s.ms))
	}
	return nil
}

// ended notes that a stretch was read, or how far. What a helper has left of it is
// for the first session; without that, nobody goes on.
func (d *division) ended(s *stretch, took time.Duration, err error, helper bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.read++
	d.busy += took
	for _, b := range s.batches {
		d.bytes += b.bytes
	}
	switch {
	case err == nil:
	case helper && !d.over && !d.final(err):
		s.rest = newStretch(s.ms[len(s.came):], 0)
		d.again = append(d.again, s.rest)
	default:
		s.err, d.over = err, true
		for _, left := range d.again {
			left.err = err
			close(left.done)
		}
		d.again = nil
	}
	close(s.done)
	d.wake.Broadcast()
}
