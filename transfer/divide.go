package transfer

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Providers bound the rate of each connection. A folder with much to read, which is
// alone in a run or left at its end, is then read over several: what is to be
// fetched is cut into stretches, which several sessions take as they can, and which
// go to the one appender in their order.
//
//	messages -> stretch | stretch | stretch | stretch ...
//	               |         |         |
//	             first     helper    helper     each fills windows of its own
//	               '---------+---------'------> in order -> belt
//
// First some messages are read over one session. If they came fast, or the
// destination was what was waited for, it stays at that. Else the number of readers
// is doubled for as long as that makes the folder come faster. A helper that is lost
// or not let in is not missed: the first session reads what it has left.

const (
	stretchCount = 256     // messages in a stretch at most
	stretchBytes = 2 << 20 // bytes in a stretch, more only for a single message
	stretchTime  = 2 * time.Second
	aheadBytes   = 64 << 20 // read before its turn has come; what the spool's memory does not hold is in files
	unsized      = 32 << 10 // bytes of a message of unknown size

	muchToRead = 8 // stretches that make a folder worth it

	// slowStretch is how long the first one must take, without the time for an answer.
	slowStretch = 200 * time.Millisecond
	// measureFor is how long a number of readers is watched at least.
	measureFor = time.Second
	// helpCalm is how long none is hired after one was lost.
	helpCalm = 30 * time.Second
)

// Divisible is the mark of a [Source] of which several sessions may fetch from one
// folder side by side, and are served faster than one. A session that is asked to
// fetch from a folder that it did not list opens it, and checks its Epoch: if that
// is another one, its error tells so (see [Remade]).
type Divisible interface{ Divides() }

// timing is how messages came over one session.
type timing struct {
	first   time.Time     // when the first one was there
	blocked time.Duration // of the time since, in which the destination was waited for
	bytes   int64
}

// tempo is what is known of how fast the unit's folders can be read.
type tempo struct {
	readers int     // that are wanted, 0 before anything was measured
	good    int     // as many have shown to be worth it
	rate    float64 // their bytes a second
	settled bool    // more do not help
	count   int     // messages in a stretch
}

// begun is what to try after one session took so long for n messages.
func begun(n int, bytes int64, took time.Duration) tempo {
	count := int(int64(n) * int64(stretchTime) / int64(took))
	return tempo{readers: 2, good: 1, rate: float64(bytes) / took.Seconds(), count: min(max(count, stretchCount/4), stretchCount)}
}

// measured takes what so many readers have reached.
func (t *tempo) measured(readers int, rate float64) {
	if rate < t.rate*1.2 {
		t.readers, t.settled = t.good, true
		return
	}
	t.readers, t.good, t.rate = 2*readers, readers, rate
}

// divide fetches as many of the messages, from the first on, as are better read over
// several sessions, and answers how many these were.
func (f *feeder) divide(ctx context.Context, src Source, p *passage, ms []Message) (n int, err error) {
	least := 2
	if f.tempo.readers == 0 {
		least = muchToRead
	}
	if _, ok := src.(Divisible); !ok || f.unit.tail || p.from.All || f.tempo.settled && f.tempo.good < 2 || !f.mayHelp(p) {
		return 0, nil
	}
	stretches := f.cut(ms)
	if len(stretches) < least {
		return 0, nil
	}
	f.shared = true
	defer func() { f.shared = false }()
	if f.tempo.readers == 0 {
		n = len(stretches[0].ms)
		if err := f.stream(ctx, src, p, ms[:n]); err != nil {
			return n, err
		}
		took := time.Since(f.timing.first)
		if took-f.timing.blocked < slowStretch || f.timing.blocked > took/2 {
			return n, nil
		}
		f.tempo = begun(n, f.timing.bytes, took-f.timing.blocked)
		stretches = f.cut(ms[n:])
	}
	more, err := f.abreast(ctx, src, p, stretches)
	return n + more, err
}

// cut makes stretches of messages.
func (f *feeder) cut(ms []Message) (all []*stretch) {
	count := stretchCount
	if f.tempo.count > 0 {
		count = f.tempo.count
	}
	for len(ms) > 0 {
		n, bytes := 0, int64(0)
		for n < len(ms) && n < count {
			size := ms[n].Size
			if size < 0 {
				size = unsized
			}
			if n > 0 && bytes+size > stretchBytes {
				break
			}
			bytes += size
			n++
		}
		all = append(all, newStretch(ms[:n], bytes))
		ms = ms[n:]
	}
	return all
}

// abreast reads stretches over several sessions and hands them on in order. It ends
// early, and answers how many messages it got over, when one session does as well.
func (f *feeder) abreast(ctx context.Context, src Source, p *passage, stretches []*stretch) (n int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	d := &division{f: f, p: p, ctx: ctx, stretches: stretches, end: len(stretches), readers: 1}
	d.wake = sync.NewCond(&d.mu)
	d.lead(src)
	defer func() {
		cancel()
		d.close()
	}()
	d.adjust()
	for i := 0; i < d.length(); i++ {
		for s := stretches[i]; s != nil; s = s.rest {
			<-s.done
			if err := d.hand(s); err != nil {
				return n, err
			}
		}
		n += len(stretches[i].ms)
		d.handed(stretches[i])
		d.adjust()
	}
	d.dismiss() // in peace: what they are at is over
	return n, nil
}

// hand passes on what was read of a stretch. An error of the reading comes after
// that.
func (d *division) hand(s *stretch) error {
	before := d.f.timing.blocked
	defer func() { d.waited(d.f.timing.blocked - before) }()
	for _, c := range s.came {
		if c.err == nil {
			d.f.taken(d.p, c.mended, c.letter)
		} else if err := d.f.reject(d.p, c.message, d.f.before[c.message.ID], c.err); err != nil {
			return err
		}
	}
	if err := d.f.flush(d.ctx); err != nil { // of what was streamed before
		return err
	}
	for len(s.batches) > 0 {
		d.f.batch, s.batches = s.batches[0], s.batches[1:]
		if err := d.f.flush(d.ctx); err != nil {
			return err
		}
	}
	if s.err == nil || Remade(s.err) {
		return s.err
	}
	return d.f.lost(d.ctx, d.p, s.ms, len(s.came), s.err)
}

// adjust has as many sessions read as are of use.
func (d *division) adjust() {
	t := &d.f.tempo
	d.mu.Lock()
	d.measure()
	missing := t.readers - d.readers
	d.leaving = max(-missing, 0)
	untaken := d.end - d.next
	d.mu.Unlock()
	opening := int(d.f.opening.Load())
	for range min(missing-opening, untaken) {
		if !d.f.hire(d) {
			break
		}
		opening++
	}
	d.mu.Lock()
	if d.readers == 1 && opening == 0 {
		d.end = d.next // streaming is as good
	}
	d.mu.Unlock()
	d.wake.Broadcast()
}

// measure looks whether the number of readers has shown what it is worth. The rate is
// that of a reader at work, times their number: some may have to wait because what is
// first in the order is large. Whether others would be of use shows only while they
// do not wait for each other or for the destination. The caller holds the lock.
func (d *division) measure() {
	t := &d.f.tempo
	took := time.Since(d.since)
	if t.settled || d.readers <= t.good || d.read < d.readers || took < measureFor {
		return
	}
	if all := took * time.Duration(d.readers); d.busy > all/2 && d.blocked < took/2 {
		t.measured(d.readers, float64(d.readers)*float64(d.bytes)/d.busy.Seconds())
	}
	d.restart()
}

// hire has one more session read, at once if one is idle, else when it is open; false
// if there may be no more, or the server let nobody in lately.
func (f *feeder) hire(d *division) bool {
	if !f.mayHelp(d.p) {
		return false
	}
	side := f.sources[d.p.index]
	f.crew.help(1)
	if src, ok := side.idler(); ok {
		d.join(src)
		return true
	}
	if !f.crew.mayOpen() {
		f.crew.help(-1)
		return false
	}
	f.bring(side)
	return true
}

// mayHelp reports whether one more session may read the folder: nobody else wants
// it, and none was lost lately.
func (f *feeder) mayHelp(p *passage) bool {
	c := &f.crew
	c.mu.Lock()
	defer c.mu.Unlock()
	return f.queue.spoken() && len(c.lanes)+c.helpers < f.allowed(p) && time.Now().After(c.helpCalm)
}

// crowded reports whether there are more sessions than there may be, since lanes
// were hired.
func (f *feeder) crowded(p *passage) bool {
	c := &f.crew
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.lanes)+c.helpers > f.allowed(p)
}

// allowed is how many sessions there may be with the source.
func (f *feeder) allowed(p *passage) int {
	n := f.job.Lanes
	if n == 0 {
		n = maxLanes
	}
	return min(n, f.sources[p.index].most())
}

// final reports whether an error that a helper met is everybody's.
func (d *division) final(err error) bool {
	var local *localError
	var crash *Crash
	return d.ctx.Err() != nil || Remade(err) || errors.As(err, &local) || errors.As(err, &crash)
}

// close waits until nobody reads any more, and throws away what was not handed on.
func (d *division) close() {
	d.dismiss()
	d.all.Wait()
	for _, s := range d.stretches {
		for ; s != nil; s = s.rest {
			for _, b := range s.batches {
				b.release()
			}
		}
	}
}
