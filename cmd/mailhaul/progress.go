package main

import (
	"fmt"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// progress counts what this run has to do and what it has done. What was there
// before does not count: a resumed run begins at 0 %.
type progress struct {
	began               time.Time
	folders, doneFolder int
	work                []*folderWork // begun and not done, in that order
	latest              string        // the folder that something happened to last
	toDo, done          int           // messages
	toDoBytes, bytes    int64
	doneBytes           int64 // towards toDoBytes; bytes are those copied
	// planned is the size of all folders as the servers tell it, 0 if it is not
	// known or some of it is not to be copied.
	planned int64
	partly  bool // some of it is not to be copied
	fates   map[transfer.Fate]int
	waits   []waiting
	flow    stream
}

// folderWork is a folder that a lane is at work on.
type folderWork struct {
	source, from, to string
	toDo, done       int
}

// waiting is why a lane does nothing, until when.
type waiting struct {
	folder, why string
	until       time.Time
}

func newProgress() *progress {
	now := time.Now()
	return &progress{began: now, fates: map[transfer.Fate]int{}, flow: stream{began: now}}
}

func (p *progress) count(e transfer.Event) {
	switch e.Kind {
	case transfer.EventPlan:
		p.folders = e.Count
		if !p.partly {
			p.planned = max(e.Bytes, 0)
		}
	case transfer.EventFolder:
		p.at(e)
	case transfer.EventFound:
		p.at(e).toDo += e.Count
		p.toDo += e.Count
		p.toDoBytes += max(e.Bytes, 0)
	case transfer.EventMessages:
		p.fates[e.Fate] += e.Count
		p.reach(e)
	case transfer.EventRetry, transfer.EventSettle:
		p.wait(e)
	case transfer.EventDone:
		p.doneFolder++
		p.leave(e)
	}
}

// at is the folder of an event, which is in work from now on.
func (p *progress) at(e transfer.Event) *folderWork {
	p.latest = e.Folder
	for _, f := range p.work {
		if f.source == e.Source && f.from == e.From && f.to == e.Folder {
			return f
		}
	}
	f := &folderWork{source: e.Source, from: e.From, to: e.Folder}
	p.work = append(p.work, f)
	return f
}

func (p *progress) leave(e transfer.Event) {
	for i, f := range p.work {
		if f.source == e.Source && f.from == e.From && f.to == e.Folder {
			p.work = append(p.work[:i], p.work[i+1:]...)
			return
		}
	}
}

// reach counts what came to its end.
func (p *progress) reach(e transfer.Event) {
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
		p.flow.add(time.Now(), max(e.Bytes, 0))
	}
	if p.folders > 0 {
		p.at(e).done += e.Count
	}
	p.done += e.Count
	p.doneBytes += max(e.Bytes, 0)
}

// wait notes that a lane waits.
func (p *progress) wait(e transfer.Event) {
	if e.Wait < time.Second {
		return
	}
	p.waits = append(p.waits, waiting{e.Folder, whyWait(e), time.Now().Add(e.Wait)})
	if len(p.waits) > 8 {
		p.waits = p.waits[1:]
	}
}

// whyWait tells it in a few words.
func whyWait(e transfer.Event) string {
	if e.Kind == transfer.EventSettle {
		return "for mail that may still arrive"
	}
	if transfer.RetryAfter(e.Err) > 0 {
		return sideOf(e.Err) + " asks to wait"
	}
	return fmt.Sprintf("to try again: %v", e.Err)
}

// sideOf names the side that an error came from.
func sideOf(err error) string {
	for ; err != nil; err = unwrap(err) {
		if side, ok := err.(*transfer.SideError); ok {
			return fmt.Sprint(side.Side)
		}
	}
	return "the server"
}

func unwrap(err error) error {
	if u, ok := err.(interface{ Unwrap() error }); ok {
		return u.Unwrap()
	}
	return nil
}

// tick lets a second pass.
func (p *progress) tick(now time.Time) {
	p.flow.add(now, 0)
	for len(p.waits) > 0 && now.After(p.waits[0].until) {
		p.waits = p.waits[1:]
	}
}

// number is which folder this is, of all.
func (p *progress) number() int { return min(p.doneFolder+1, p.folders) }

// total is how many bytes there are to do, as well as anybody knows by now.
func (p *progress) total() int64 { return max(p.planned, p.toDoBytes, p.doneBytes) }

// listed reports whether nothing more can be found: total is all there is.
func (p *progress) listed() bool { return p.planned > 0 || p.doneFolder+len(p.work) >= p.folders }

// rate is bytes a second: of the last moments while the run goes on, so that it
// is that of the line, not of the sign-in or of a pause.
func (p *progress) rate() float64 { return p.flow.rate(time.Now()) }

// tooSoon is how long mail must have flowed before its end can be foretold.
const tooSoon = 2 * time.Second

// left is how long the rest will take, 0 if nobody knows. It is by what this run
// carried since its first message came through, so a resumed run does not count
// what was there, and the time of signing in does not slow it.
func (p *progress) left() time.Duration {
	now := time.Now()
	rest := p.total() - p.doneBytes
	spent := p.flow.since(now)
	if spent < tooSoon || p.doneBytes <= 0 || rest <= 0 || p.done >= p.toDo {
		return 0
	}
	whole := float64(p.doneBytes) / spent.Seconds()
	if recent := p.flow.rate(now); recent > 0 && spent > recentSpan {
		whole = (whole + recent) / 2
	}
	return time.Duration(float64(rest) / whole * float64(time.Second))
}
