package transfer_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"
)

// simLine is the connection of one session: every call over it takes time, and
// anything may happen meanwhile.
type simLine struct {
	w       *simWorld
	process *simProcess
	place   string
	name    string
	dice    *rand.Rand // for latencies alone
	once    sync.Once
	closed  chan struct{} // by us
	cutOnce sync.Once
	lost    chan struct{} // by the server
	onCut   func()        // what the server does with what it has got; under mu
	stalled bool          // the line fell silent before it was lost
}

// connect makes a line to that place for the process. Lines are counted for each
// place: several may be opened at one moment of the clock, in any order. It is
// called under mu.
func (w *simWorld) connect(p *simProcess, place string) *simLine {
	n := 0
	for _, l := range p.lines {
		if l.place == place {
			n++
		}
	}
	l := &simLine{
		w: w, process: p, place: place, name: fmt.Sprintf("%s#%d", place, n),
		closed: make(chan struct{}), lost: make(chan struct{}),
	}
	h := fnv.New64a()
	fmt.Fprint(h, w.runs, l.name)
	l.dice = rand.New(rand.NewPCG(w.seed, h.Sum64()))
	p.lines = append(p.lines, l)
	return l
}

// Close ends the session and what is blocked in it.
func (s *simLine) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

// cut loses the line. It is called under mu.
func (s *simLine) cut() {
	s.cutOnce.Do(func() {
		close(s.lost)
		if s.onCut != nil {
			s.onCut()
		}
	})
}

// pass lets time pass on the line.
func (s *simLine) pass(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return s.alive()
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closed:
		return errSimClosed
	case <-s.lost:
		return errSimLost
	case <-s.process.gone:
		return errSimDead
	}
}

// alive answers why the line is of no use any more.
func (s *simLine) alive() error {
	select {
	case <-s.process.gone:
		return errSimDead
	case <-s.closed:
		return errSimClosed
	case <-s.lost:
		return errSimLost
	default:
		return nil
	}
}

// trip is one round trip. What comes of it for the world is decided here, in
// the order of the clock.
func (s *simLine) trip(ctx context.Context, what string) error {
	latency := s.w.latency()
	if err := s.pass(ctx, latency/2+time.Duration(s.dice.Int64N(int64(latency)))); err != nil {
		return err
	}
	silent, err := s.strike(what)
	if !silent {
		return err
	}
	if err := s.pass(ctx, time.Minute); err != nil && err != errSimLost {
		return err
	}
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.stalled = true
	s.cut()
	return errSimSilent
}

func (w *simWorld) latency() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.weather.latency
}

// strike lets the weather have its way with this call.
func (s *simLine) strike(what string) (silent bool, err error) {
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := s.alive(); err != nil {
		return false, err
	}
	x := &w.weather
	if x.budget <= 0 {
		return false, nil
	}
	hit := true
	switch {
	case w.chance(x.kill):
		s.process.kill()
		err = errSimDead
	case w.chance(x.stop):
		w.tell("the user presses Ctrl-C")
		s.process.stop()
	case w.chance(x.restart):
		w.tell("the %s restarts: all connections are lost", s.side())
		for _, other := range s.process.lines {
			if other.side() == s.side() {
				other.cut()
			}
		}
		err = errSimLost
	case w.chance(x.cut):
		w.tell("%s: connection lost at %s", s.name, what)
		s.cut()
		err = errSimLost
	case w.chance(x.stall):
		w.tell("%s: falls silent at %s", s.name, what)
		silent = true
	case w.chance(x.throttle):
		after := simPick(w.dice, []time.Duration{3 * time.Second, 4 * time.Minute, time.Hour})
		w.tell("%s: throttles %s, come back in %v", s.name, what, after)
		s.cut()
		err = &simError{text: "request is throttled", after: after}
	case w.chance(x.busy):
		w.tell("%s: answers NO to %s", s.name, what)
		err = &simError{text: "NO [UNAVAILABLE] try later"}
	case w.chance(x.source):
		w.changeSource()
	case w.chance(x.user):
		w.changeDest()
	default:
		hit = false
	}
	if hit {
		x.budget--
	}
	if err == nil {
		err = s.alive() // who changed the folder's UIDVALIDITY has cut this line, too
	}
	return silent, err
}

func (s *simLine) side() string {
	if s.name[0] == 'd' {
		return "destination"
	}
	return "source"
}
