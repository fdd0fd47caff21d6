package transfer

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// ledger counts fates and passes events on: the one funnel through which the
// watcher is told, one event at a time.
type ledger struct {
	mu       sync.Mutex
	watch    Watcher
	total    Tally
	refusals []Refusal
	notes    []string
	flaws    []string
	mended   [3]mendings // line ends, mbox quoting, no date
	once     []toldOnce
}

// mendings counts messages that had to be changed in one way.
type mendings struct {
	messages int
	folders  map[*passage]bool
}

// mend books what a source had to change in one message of p.
func (l *ledger) mend(p *passage, m *Mended) {
	if m == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, n := range [...]int64{m.LineEnds, m.Unquoted} {
		if n > 0 {
			l.mended[i].add(p)
		}
	}
}

// undated books a message of which nobody knows when it came.
func (l *ledger) undated(p *passage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mended[2].add(p)
}

func (d *mendings) add(p *passage) {
	if d.folders == nil {
		d.folders = map[*passage]bool{}
	}
	d.messages++
	d.folders[p] = true
}

// mendNotes puts it in words.
func (l *ledger) mendNotes() []string {
	var notes []string
	for i, what := range [...]string{
		"line ends were made CRLF, as mail has them",
		"lines that mbox quotes (\">From \") were unquoted",
		"no usable date of arrival is known: the destination gives them the present",
	} {
		if d := l.mended[i]; d.messages > 0 {
			notes = append(notes, fmt.Sprintf("%s %s of %s %s", [...]string{"in", "in", "of"}[i], plural(d.messages, "message"), plural(len(d.folders), "folder"), what))
		}
	}
	return notes
}

// tell passes an event on.
func (l *ledger) tell(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Time = time.Now()
	l.watch(e)
}

// count books n messages of p as ended in fate.
func (l *ledger) count(p *passage, fate Fate, n int, bytes int64) {
	if n == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range []*Tally{&p.tally, &l.total} {
		t.add(fate, n, bytes)
	}
	e := p.event(EventMessages)
	e.Time, e.Fate, e.Count, e.Bytes = time.Now(), fate, n, bytes
	l.watch(e)
}

// refuse books one message as refused, with the words to show.
func (l *ledger) refuse(p *passage, ref Refusal) {
	l.count(p, Refused, 1, 0)
	ref.Source, ref.From, ref.To = p.source, p.name(), p.to.Name()
	l.mu.Lock()
	l.refusals = append(l.refusals, ref)
	l.mu.Unlock()
	e := p.event(EventRefused)
	e.Fate, e.Count, e.Bytes, e.Text = Refused, 1, ref.Size, ref.Words
	e.Message, e.Subject = ref.MessageID, ref.Subject
	l.tell(e)
}

// hide books messages as refused that a source counts and does not list.
func (l *ledger) hide(p *passage, n int, words string) {
	l.count(p, Refused, n, 0)
	l.mu.Lock()
	l.refusals = append(l.refusals, Refusal{Source: p.source, From: p.name(), To: p.to.Name(), Count: n, Words: words})
	l.mu.Unlock()
	e := p.event(EventRefused)
	e.Fate, e.Count, e.Text = Refused, n, words
	l.tell(e)
}

// amount corrects how many messages of p ended in fate to n: a later attempt
// counts anew what it lists.
func (l *ledger) amount(p *passage, fate Fate, n int) {
	t := l.tally(p)
	now := t.Present
	if fate == Skipped {
		now = t.Skipped
	}
	l.count(p, fate, max(n, 0)-now, 0)
}

// found tells of new messages, but not again of what an earlier attempt of the
// run has told of.
func (l *ledger) found(p *passage, n int, bytes int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p.listing.Messages += n
	p.listing.Bytes += bytes
	if p.listing.Messages <= p.told.Messages {
		return
	}
	e := p.event(EventFound)
	e.Time, e.Count, e.Bytes = time.Now(), p.listing.Messages-p.told.Messages, max(p.listing.Bytes-p.told.Bytes, 0)
	p.told = p.listing
	l.watch(e)
}

// listAgain begins the count of found anew: what has arrived by then is not
// listed any more.
func (l *ledger) listAgain(p *passage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p.listing = Tally{Messages: p.tally.arrived(), Bytes: p.tally.Bytes}
}

// setAside notes that this run is not to try the message again.
func (l *ledger) setAside(p *passage, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.aside == nil {
		p.aside = map[string]bool{}
	}
	p.aside[id] = true
}

// forgive takes back that a message was set aside: it has landed after all.
func (l *ledger) forgive(p *passage, id string) {
	l.mu.Lock()
	aside := p.aside[id]
	delete(p.aside, id)
	n := len(l.refusals)
	l.refusals = slices.DeleteFunc(l.refusals, func(r Refusal) bool {
		return aside && r.ID == id && r.Source == p.source && r.From == p.name()
	})
	n -= len(l.refusals)
	l.mu.Unlock()
	l.count(p, Refused, -n, 0)
}

func (l *ledger) isAside(p *passage, id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return p.aside[id]
}

// note tells the user something, once.
func (l *ledger) note(p *passage, text string) {
	l.mu.Lock()
	known := slices.Contains(l.notes, text)
	if !known && len(l.notes) < 1000 {
		l.notes = append(l.notes, text)
	}
	l.mu.Unlock()
	if !known {
		e := p.event(EventNote)
		e.Text = text
		l.tell(e)
	}
}

// flaw tells the user, once, in what the destination is not exact.
func (l *ledger) flaw(p *passage, text string) {
	l.mu.Lock()
	if !slices.Contains(l.flaws, text) {
		l.flaws = append(l.flaws, text)
	}
	l.mu.Unlock()
	l.note(p, text)
}

func (t *Tally) add(fate Fate, n int, bytes int64) {
	t.Messages += n
	switch fate {
	case Copied:
		t.Copied += n
		t.Bytes += bytes
	case Present:
		t.Present += n
	case Adopted:
		t.Adopted += n
	case Skipped:
		t.Skipped += n
	case Refused:
		t.Refused += n
	case Vanished:
		t.Vanished += n
	case Merged:
		t.Merged += n
	}
}

// arrived counts what this run brought to the destination or found there.
func (t Tally) arrived() int { return t.Copied + t.Adopted + t.Merged }

// arrived counts it for a unit.
func (l *ledger) arrived(u *unit) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, p := range u.parts {
		n += p.tally.arrived()
	}
	return n
}

// tally is a passage's as it stands.
func (l *ledger) tally(p *passage) Tally {
	l.mu.Lock()
	defer l.mu.Unlock()
	return p.tally
}

// report is how things stand.
func (r *run) report() Report {
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	rep := Report{
		Tally:    r.ledger.total,
		Refusals: slices.Clone(r.ledger.refusals),
		Notes:    append(r.ledger.mendNotes(), r.ledger.notes...),
		Flaws:    slices.Clone(r.ledger.flaws),
		Started:  r.started,
		Took:     time.Since(r.started),
		Limited:  r.feed.Err() != nil && r.stopped() == nil,
		More:     r.more,
	}
	for _, p := range r.passes {
		f := FolderReport{Source: p.source, From: p.name(), To: p.to.Name(), Tally: p.tally, Skip: p.skip, Rationed: p.rationed, Err: p.err}
		rep.Folders = append(rep.Folders, f)
		if p.finished {
			rep.Tally.Folders++
		}
	}
	return rep
}

func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
