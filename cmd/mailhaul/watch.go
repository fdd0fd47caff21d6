package main

import (
	"context"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// eventTrace is a line of what was said between us and a server.
const eventTrace transfer.Kind = "trace"

// watch is the end of the event stream. The flow's events go through one
// channel to one goroutine, where everything that is shown during a run is
// shown: so no two lines meet, and a slow terminal needs no lock.
type watch struct {
	events chan transfer.Event
	done   chan struct{}
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

// trace takes a line of a transcript.
func (w *watch) trace(line string) {
	w.events <- transfer.Event{Kind: eventTrace, Time: time.Now(), Text: line}
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
	// open is what of each source folder was found and has not come to an end:
	// a lane that begins the folder again finds it again.
	open map[[2]string]amount
}

// amount counts messages.
type amount struct {
	messages int
	bytes    int64
}

func newProgress() *progress {
	return &progress{began: time.Now(), open: map[[2]string]amount{}}
}

func (p *progress) count(e transfer.Event) {
	switch e.Kind {
	case transfer.EventPlan:
		p.folders = e.Count
	case transfer.EventFolder:
		p.folder = e.Folder
		left := p.open[key(e)]
		p.expect(e, -left.messages, -left.bytes)
	case transfer.EventFound:
		p.folder = e.Folder
		p.expect(e, e.Count, max(e.Bytes, 0))
	case transfer.EventMessages:
		p.fates(e)
	case transfer.EventDone:
		p.doneFolder++
	}
}

// expect changes what is to do in the folder of an event.
func (p *progress) expect(e transfer.Event, messages int, bytes int64) {
	p.toDo += messages
	p.toDoBytes += bytes
	p.settle(e, messages, bytes)
}

// settle changes what of the folder has not come to an end.
func (p *progress) settle(e transfer.Event, messages int, bytes int64) {
	left := p.open[key(e)]
	p.open[key(e)] = amount{left.messages + messages, left.bytes + bytes}
}

func key(e transfer.Event) [2]string { return [2]string{e.Source, e.From} }

func (p *progress) fates(e transfer.Event) {
	switch e.Fate {
	case transfer.Present, transfer.Skipped:
		return
	case transfer.Copied:
		p.bytes += max(e.Bytes, 0)
		p.folder = e.Folder
	}
	p.done += e.Count
	p.doneBytes += max(e.Bytes, 0)
	p.settle(e, -e.Count, -max(e.Bytes, 0))
}

// rate is bytes a second over the whole run.
func (p *progress) rate() float64 {
	if s := time.Since(p.began).Seconds(); s > 0 {
		return float64(p.bytes) / s
	}
	return 0
}

// left is how long the rest will take, 0 if nobody knows.
func (p *progress) left() time.Duration {
	if p.doneBytes <= 0 || p.toDoBytes <= p.doneBytes || p.done >= p.toDo {
		return 0
	}
	spent := time.Since(p.began)
	return time.Duration(float64(spent) * float64(p.toDoBytes-p.doneBytes) / float64(p.doneBytes))
}
