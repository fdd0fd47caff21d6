package main

import (
	"context"
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
	done   chan struct{}
	missed atomic.Int64 // lines of dialogue that nobody could take
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
	w := &watch{events: make(chan transfer.Event, 256), done: make(chan struct{})}
	go w.run(ctx, viewers)
	return w
}

// tell is a [transfer.Watcher].
func (w *watch) tell(e transfer.Event) { w.events <- e }

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
	<-w.done
}

func (w *watch) run(ctx context.Context, viewers []viewer) {
	defer close(w.done)
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
		case <-clock.C:
			each(viewers, func(v viewer) { v.tick(p) })
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

// progress counts what this run has to do and what it has done. What was there
// before does not count: a resumed run begins at 0 %.
type progress struct {
	began               time.Time
	folders, doneFolder int
	folder              string // the latest that something happened to
	toDo, done          int    // messages
	toDoBytes, bytes    int64
	doneBytes           int64 // towards toDoBytes; bytes are those copied
	// planned is the size of all folders as the servers tell it, 0 if it is not
	// known or some of it is not to be copied.
	planned int64
	partly  bool // some of it is not to be copied
}

func newProgress() *progress { return &progress{began: time.Now()} }

func (p *progress) count(e transfer.Event) {
	switch e.Kind {
	case transfer.EventPlan:
		p.folders = e.Count
		if !p.partly {
			p.planned = max(e.Bytes, 0)
		}
	case transfer.EventFolder:
		p.folder = e.Folder
	case transfer.EventFound:
		p.folder = e.Folder
		p.toDo += e.Count
		p.toDoBytes += max(e.Bytes, 0)
	case transfer.EventMessages:
		p.fates(e)
	case transfer.EventDone:
		p.doneFolder++
	}
}

func (p *progress) fates(e transfer.Event) {
	switch e.Fate {
	case transfer.Skipped:
		if p.folders == 0 {
			return // a folder left out, which the plan does not count
		}
		fallthrough
	case transfer.Present:
		p.partly, p.planned = true, 0
		return
	case transfer.Copied, transfer.Compared:
		p.bytes += max(e.Bytes, 0)
		p.folder = e.Folder
	}
	p.done += e.Count
	p.doneBytes += max(e.Bytes, 0)
}

// total is how many bytes there are to do, as well as anybody knows by now.
func (p *progress) total() int64 { return max(p.planned, p.toDoBytes, p.doneBytes) }

// rate is bytes a second over the whole run.
func (p *progress) rate() float64 {
	if s := time.Since(p.began).Seconds(); s > 0 {
		return float64(p.bytes) / s
	}
	return 0
}

// tooSoon is how long a run must last before its end can be foretold.
const tooSoon = 2 * time.Second

// left is how long the rest will take, 0 if nobody knows.
func (p *progress) left() time.Duration {
	spent := time.Since(p.began)
	if spent < tooSoon || p.doneBytes <= 0 || p.total() <= p.doneBytes || p.done >= p.toDo {
		return 0
	}
	return time.Duration(float64(spent) * float64(p.total()-p.doneBytes) / float64(p.doneBytes))
}
