package main

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// eventFailed is a folder's end that was none: see [kindOf].
const eventFailed transfer.Kind = "folder-failed"

// watch is the end of the event stream. The flow's events go through one
// channel to one goroutine, where everything that is shown during a run is
// shown: so no two lines meet, and a slow terminal needs no lock.
type watch struct {
	events chan transfer.Event
	asides chan func()
	done   chan struct{}
	broken error          // the panic that ended it early, read after done
	asked  chan os.Signal // by SIGUSR1, how far it is
	missed atomic.Int64   // lines of dialogue that nobody could take
}

// viewer shows a run in one way.
type viewer interface {
	// see is called with each event, after p has counted it.
	see(e transfer.Event, p *progress)
	// tick is called each second.
	tick(p *progress)
	// stopping is called once when the user has asked to stop.
	stopping()
	// end is called last.
	end(p *progress)
}

// newWatch begins to watch; ctx ends when the user wants to stop.
func newWatch(ctx context.Context, viewers ...viewer) *watch {
	w := &watch{events: make(chan transfer.Event, 256), done: make(chan struct{}), asked: make(chan os.Signal, 1), asides: make(chan func())}
	onAsked(w.asked) // before anything else: without it the signal ends the program
	go func() {
		defer signal.Stop(w.asked) // nobody waits for it: it takes longer than to show an end
		defer close(w.done)
		w.broken = transfer.Guard(func() error { w.run(ctx, viewers); return nil })
	}()
	return w
}

// tell is a [transfer.Watcher]. Where showing has panicked, so does telling.
func (w *watch) tell(e transfer.Event) {
	select {
	case w.events <- e:
	case <-w.done:
		panic(w.broken)
	}
}

// tracePatience is how long a line of dialogue waits for a slow terminal. After
// that lines are left out until there is room again: nobody's mail waits for them.
const tracePatience = time.Second

// trace takes a line of a transcript. It is safe from any goroutine.
func (w *watch) trace(line string) {
	missed := w.missed.Swap(0)
	e := transfer.Event{Kind: eventTrace, Time: time.Now(), Text: line, Count: int(missed)}
	select {
	case w.events <- e:
		return
	default:
	}
	if missed == 0 {
		patience := time.NewTimer(tracePatience)
		defer patience.Stop()
		select {
		case w.events <- e:
			return
		case <-patience.C:
		}
	}
	w.missed.Add(missed + 1)
}

// close shows what is left and ends. Nothing may be told afterwards.
func (w *watch) close() {
	close(w.events)
	if <-w.done; w.broken != nil {
		panic(w.broken)
	}
}

// aside calls do while nothing else is shown, below what was shown before.
func (w *watch) aside(do func()) {
	over := make(chan struct{})
	select {
	case w.asides <- func() { defer close(over); do() }:
		<-over
	case <-w.done:
		panic(w.broken)
	}
}

func (w *watch) run(ctx context.Context, viewers []viewer) {
	p := newProgress()
	clock := time.NewTicker(time.Second)
	defer clock.Stop()
	stop := ctx.Done()
	for {
		select {
		case e, ok := <-w.events:
			if !ok {
				each(viewers, func(v viewer) { v.end(p) })
				return
			}
			p.count(e)
			each(viewers, func(v viewer) { v.see(e, p) })
		case do := <-w.asides:
			each(viewers, makeRoom)
			do()
		case <-clock.C:
			p.tick(time.Now())
			each(viewers, func(v viewer) { v.tick(p) })
		case <-w.asked:
			each(viewers, func(v viewer) { answer(v, p) })
		case <-stop:
			stop = nil
			each(viewers, viewer.stopping)
		}
	}
}

func each(viewers []viewer, do func(viewer)) {
	for _, v := range viewers {
		do(v)
	}
}

// cleaner is a viewer that has something standing on the screen.
type cleaner interface{ clear() }

// makeRoom takes it away.
func makeRoom(v viewer) {
	if c, ok := v.(cleaner); ok {
		c.clear()
	}
}

// talker is a viewer that can tell how far the run is when somebody asks.
type talker interface{ asked(p *progress) }

func answer(v viewer, p *progress) {
	if t, ok := v.(talker); ok {
		t.asked(p)
	}
}
