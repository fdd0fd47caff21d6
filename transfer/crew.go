package transfer

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	fewLanes    = 3 // to begin with: while two wait for the destination's disk, one works
	farLanes    = 6 // the same where a server takes long to answer
	serialLanes = 2 // the same where each has several connections
	maxLanes    = 8 // as many as a run takes by itself

	// farAway is the time of the shortest answer from which on it is the line that
	// lanes wait for, and not a server's work.
	farAway = 20 * time.Millisecond
	// farKnock is the same for a knock: to connect takes two answers at least.
	farKnock = 2 * farAway
	// growAfter is how long a number of lanes is watched before one is added, which
	// is kept up while each adds a tenth to what goes over.
	growAfter = 2 * time.Second
	// growCalm is how long none is added after a server would let no more in.
	growCalm = 5 * time.Minute
)

// crew counts the lanes of a run.
type crew struct {
	mu    sync.Mutex
	hired int       // so far
	lanes []*lane   // at work
	calm  time.Time // none is added before
	// helpers are sessions that read for a lane beside its own, see divide.go; none
	// is added before helpCalm, nor opened for it before doorCalm.
	helpers            int
	helpCalm, doorCalm time.Time
	idle               context.CancelFunc // called when the last has left
	serial             bool               // a letter costs a round trip at the destination
}

// enter takes in a lane and gives it its number.
func (c *crew) enter(l *lane) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l.number = c.hired
	c.lanes = append(c.lanes, l)
	c.hired++
}

// leave takes out a lane that cannot go on.
func (c *crew) leave(l *lane) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone(l)
}

// depart takes out a lane if there is nothing left to take.
func (c *crew) depart(l *lane, q *queue) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !q.empty() {
		return false
	}
	c.gone(l)
	return true
}

// lightest reports whether no other lane has fewer messages left to do.
func (c *crew) lightest(l *lane) bool {
	c.mu.Lock()
	lanes := slices.Clone(c.lanes)
	c.mu.Unlock()
	least := l.left()
	return !slices.ContainsFunc(lanes, func(other *lane) bool { return other.left() < least })
}

// size is how many lanes there have been.
func (c *crew) size() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hired
}

// retire takes out a lane if there are others, which find its units in the
// queue; the crew stays small for a while then.
func (c *crew) retire(l *lane, q *queue) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.lanes) < 2 {
		return false
	}
	q.back(l.unfinished())
	l.arrive()
	c.calm = time.Now().Add(growCalm)
	c.gone(l)
	return true
}

// help takes in helpers, or takes them out.
func (c *crew) help(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.helpers += n
}

// mayOpen reports whether a helper's session may be opened: nobody was turned away
// lately.
func (c *crew) mayOpen() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	return now.After(c.calm) && now.After(c.doorCalm)
}

// rest puts off what must not be before the time until.
func (c *crew) rest(until *time.Time, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*until = time.Now().Add(wait)
}

func (c *crew) gone(l *lane) {
	c.lanes = slices.DeleteFunc(c.lanes, func(o *lane) bool { return o == l })
	if len(c.lanes) == 0 && c.idle != nil {
		c.idle()
	}
}

// fewest is how many lanes a run begins with.
func (r *run) fewest() int {
	r.crew.mu.Lock()
	defer r.crew.mu.Unlock()
	n := r.job.Lanes
	switch {
	case r.crew.serial && n != 1: // more connections help each of them
		n = serialLanes
	case n == 0 && r.far():
		n = farLanes
	case n == 0:
		n = fewLanes
	}
	return min(n, r.dests.most())
}

// far reports whether a server is so far away that more lanes help.
func (r *run) far() bool {
	return r.dests.far() || slices.ContainsFunc(r.sources, (*sessions[Source]).far)
}

// met notes how the destination takes letters.
func (c *crew) met(dest Dest) {
	wide, ok := dest.(Wide)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serial = ok && wide.Serial()
}

// widen shares the connections that the run may have among the lanes.
func (r *run) widen(dest Dest) {
	wide, ok := dest.(Wide)
	if !ok {
		return
	}
	all := r.job.Lanes
	if all == 0 {
		all = maxLanes
	}
	r.crew.mu.Lock()
	defer r.crew.mu.Unlock()
	wide.Widen(min(all, r.dests.most()) / max(len(r.crew.lanes), 1))
}

// beEager has the sessions of a first copy on their way before there is work for
// them: nothing was carried before, so there will be.
func (r *run) beEager() {
	for _, from := range r.job.Sources {
		if went, err := r.job.Checkpoint.Went(r.work, from.Name); err != nil || len(went) > 0 {
			return
		}
	}
	r.dests.knocked = func(time.Duration) { knocked(r, r.dests) }
	if len(r.sources) == 1 { // of several nobody knows which are wanted
		r.sources[0].knocked = func(time.Duration) { knocked(r, r.sources[0]) }
	}
	r.openAll(r.fewest() - 1)
}

// knocked asks for more sessions where the first one shows that the server is far away.
func knocked[S interface{ Close() error }](r *run, side *sessions[S]) {
	openAhead(r, side, r.fewest()-1)
}

// startLanes is how many begin with so many units. What is missing of their
// sessions is opened at once, what is too much is closed.
func (r *run) startLanes(units int) int {
	n := min(r.fewest(), units)
	r.openAll(n - 1)
	trim(r.dests, n-1)
	for _, s := range r.sources {
		trim(s, n-1)
	}
	return n
}

// openAll has so many sessions on their way beside the first one, at each side.
func (r *run) openAll(n int) {
	openAhead(r, r.dests, n)
	if len(r.sources) == 1 {
		openAhead(r, r.sources[0], n)
	}
}

// grow adds a lane, and one more whenever the last one was worth it, as long as
// there are units that nobody has taken.
func (r *run) grow(hire func()) {
	ctx, cancel := context.WithCancel(r.feed)
	defer cancel()
	r.crew.mu.Lock()
	r.crew.idle = cancel
	over := len(r.crew.lanes) == 0
	r.crew.mu.Unlock()
	if over {
		return
	}
	last, best := r.handed.Load(), int64(0)
	for wait(ctx, growAfter) {
		now := r.handed.Load()
		went := now - last
		last = now
		if went <= best+best/10 && best > 0 {
			return
		}
		if !r.roomForLane() {
			continue
		}
		best = went
		r.openAll(r.crew.size())
		hire()
	}
}

// roomForLane reports whether one more may be tried now.
func (r *run) roomForLane() bool {
	r.crew.mu.Lock()
	defer r.crew.mu.Unlock()
	return !r.crew.serial && !r.queue.spoken() && len(r.crew.lanes) > 0 && len(r.crew.lanes) < min(maxLanes, r.dests.most()) && time.Now().After(r.crew.calm)
}
