package transfer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// look asks all sides at once for their folders. The sessions stay open for
// the lanes.
func (r *run) look() (Site, [][]Folder, error) {
	var site Site
	folders := make([][]Folder, len(r.sources))
	errs := make([]error, len(r.sources)+1)
	sides := make([]int, len(errs))
	for i := range sides {
		sides[i] = i
	}
	each(sides, func(i int) {
		if i == len(r.sources) {
			site, errs[i] = look(r, r.dests, Dest.Site)
		} else {
			folders[i], errs[i] = look(r, r.sources[i], Source.Folders)
		}
	})
	for _, err := range errs {
		if err != nil {
			return site, nil, err
		}
	}
	return site, folders, nil
}

// look asks one side what is there, trying again where that may help.
func look[S interface{ Close() error }, A any](r *run, side *sessions[S], ask func(S, context.Context) (A, error)) (A, error) {
	return consult(r, side, "list the folders", ask)
}

// consult asks one side, trying again where that may help. doing is for errors.
func consult[S interface{ Close() error }, A any](r *run, side *sessions[S], doing string, ask func(S, context.Context) (A, error)) (A, error) {
	for try := 1; ; try++ {
		answer, err := consultOnce(r, side, doing, ask)
		if err == nil || r.feed.Err() != nil || Permanent(err) || SignInRefused(err) || try >= r.job.Tries || RetryAfter(err) > longestPause {
			return answer, err
		}
		delay := pauseLength(try, side.name, RetryAfter(err))
		r.ledger.tell(Event{Kind: EventRetry, Err: err, Wait: delay})
		if !wait(r.feed, delay) {
			return answer, err
		}
	}
}

func consultOnce[S interface{ Close() error }, A any](r *run, side *sessions[S], doing string, ask func(S, context.Context) (A, error)) (A, error) {
	var answer A
	session, err := side.get(r.feed)
	if err != nil {
		return answer, err
	}
	if dest, ok := any(session).(Dest); ok {
		r.crew.met(dest)
	}
	began := time.Now()
	answer, err = ask(session, r.feed)
	if err != nil {
		side.drop(session)
		return answer, side.fault(fmt.Errorf("%s: %w", doing, err))
	}
	side.answered(time.Since(began))
	side.put(session)
	return answer, nil
}

func siteIndex(site Site) map[string]Folder {
	there := make(map[string]Folder, len(site.Folders))
	for _, f := range site.Folders {
		there[f.Key()] = f
	}
	return there
}

// remember fills in where the folders of a source went in earlier runs.
func (r *run) remember(source string, folders []Folder) error {
	if r.job.Checkpoint == nil {
		return nil
	}
	went, err := r.job.Checkpoint.Went(r.work, source)
	if err != nil {
		return &localError{err}
	}
	for i, f := range folders {
		if to, ok := went[f.Key()]; ok {
			folders[i].Went = pathOf(to)
		}
	}
	return nil
}

// pathOf is the path of a [Folder.Key].
func pathOf(key string) []string { return strings.Split(key, "\x00") }

// survey lists both sides, asks the mapper for the routes and makes a unit of
// each destination folder that something may have to be done for.
func (r *run) survey() ([]*unit, error) {
	site, folders, err := r.look()
	if err != nil {
		return nil, err
	}
	var units []*unit
	there, byFolder := siteIndex(site), map[string]*unit{}
	for i, from := range r.job.Sources {
		if err := r.remember(from.Name, folders[i]); err != nil {
			return nil, err
		}
		routes := r.job.Mapper.Routes(folders[i], site)
		if len(routes) != len(folders[i]) {
			return nil, &localError{errors.New("the mapper did not answer every folder")}
		}
		for k, route := range routes {
			p, err := r.passage(i, folders[i][k], &route, there)
			if err != nil {
				return nil, err
			}
			if p.skip != "" {
				r.leaveOut(p)
				continue
			}
			u := byFolder[p.to.Key()]
			if u == nil || u.parts[0].index != i {
				u = &unit{to: p.to, spare: route.Spare, losses: map[string]int{}}
				r.queue.claim(p.to.Key(), u)
				byFolder[p.to.Key()] = u
				units = append(units, u)
			}
			u.parts = append(u.parts, p)
		}
	}
	return r.enter(units, there)
}

// passage makes the way of one source folder, and opens its book if it is to
// be carried.
func (r *run) passage(source int, from Folder, route *Route, there map[string]Folder) (*passage, error) {
	if _, exists := there[route.To.Key()]; !exists && route.Spare.Path != nil {
		if spare, ok := there[route.Spare.Key()]; ok {
			route.To, route.Spare = spare, Folder{} // refused by an earlier run
		}
	}
	p := &passage{index: source, source: r.job.Sources[source].Name, from: from, to: route.To, skip: route.Skip, awaited: map[string]bool{}}
	r.passes = append(r.passes, p)
	for _, text := range route.Notes {
		r.ledger.note(p, text)
	}
	if p.skip != "" {
		return p, nil
	}
	var err error
	if p.book, err = r.job.Checkpoint.Enter(r.work, p.source, p.from, p.to); err != nil {
		return nil, &localError{err}
	}
	if open := p.book.Open; open != "" && open != p.to.Key() {
		planned := p.to.Name()
		p.to = Folder{Path: pathOf(open)}
		route.Spare = Folder{}
		r.ledger.note(p, fmt.Sprintf("%s: what a cut has left open is finished in %s first; run again to carry the rest to %s", from.Name(), p.to.Name(), planned))
		if p.book, err = r.job.Checkpoint.Enter(r.work, p.source, p.from, p.to); err != nil {
			return nil, &localError{err}
		}
	}
	return p, nil
}

// leaveOut counts a folder that the user does not want.
func (r *run) leaveOut(p *passage) {
	r.ledger.count(p, Skipped, max(p.from.Count, 0), max(p.from.Bytes, 0))
}

// enter opens the checkpoint's books and drops the units that nothing has
// happened to since they were last finished.
func (r *run) enter(units []*unit, there map[string]Folder) ([]*unit, error) {
	var left []*unit
	var plan Event
	for _, u := range units {
		idle, err := r.enterUnit(u, there)
		if err != nil {
			return nil, &localError{err}
		}
		if !idle {
			left = append(left, u)
		}
		for _, p := range u.parts {
			plan.Count++
			plan.Bytes += max(p.from.Bytes, 0)
		}
	}
	left = chained(left)
	r.byWish(left)
	plan.Kind = EventPlan
	r.ledger.tell(plan)
	return left, nil
}

// enterUnit reports whether the unit has nothing to do.
func (r *run) enterUnit(u *unit, there map[string]Folder) (idle bool, err error) {
	pending, err := r.job.Checkpoint.Pending(r.work, u.to)
	if err != nil {
		return false, err
	}
	doubtful, err := r.job.Checkpoint.Doubtful(r.work, u.to)
	if err != nil {
		return false, err
	}
	site, exists := there[u.to.Key()]
	idle = len(pending)+len(doubtful) == 0
	u.fresh = idle && (!exists || site.Count == 0)
	for _, p := range u.parts {
		if p.book.Former || p.book.Filled {
			u.fresh = false
		}
		if p.from.State == "" || r.state(p) == "" || r.state(p) != p.book.State {
			idle = false
		}
	}
	for _, p := range u.parts {
		if u.fresh {
			p.from.All = r.takesAll(p.from)
		} else {
			p.from.Since = r.since(p)
		}
	}
	if idle {
		for _, p := range u.parts {
			r.unchanged(p)
		}
	}
	return idle, nil
}

// Bounds of a folder that a source may send whole: once asked for, it cannot be
// divided, and what is not wanted after all comes too.
const (
	wholeCount = 512
	wholeBytes = 8 << 20
)

// takesAll reports whether all of a folder that is new will be fetched, in its order,
// and is little.
func (r *run) takesAll(f Folder) bool {
	sieve, ok := r.job.Mapper.(Sieve)
	return ok && sieve.TakesAll() && !r.job.Newest &&
		0 <= f.Count && f.Count <= wholeCount && 0 <= f.Bytes && f.Bytes <= wholeBytes
}

// state is the fingerprint of a source folder, or its mark, together with what the
// mapper would leave out; "" if either cannot be told.
func (r *run) state(p *passage) string {
	m, ok := r.job.Mapper.(Fingerprinter)
	state := cmp.Or(p.from.State, p.from.Mark)
	if !ok || state == "" {
		return ""
	}
	return state + " " + m.Fingerprint()
}

// unchanged counts a folder that is as the last pass left it.
func (r *run) unchanged(p *passage) {
	r.ledger.count(p, Present, p.book.Tally.Present, 0)
	r.ledger.count(p, Skipped, p.book.Tally.Skipped, 0)
	p.finished = true
	r.ledger.tell(p.event(EventDone))
}

func (u *unit) count() int {
	n := 0
	for _, p := range u.parts {
		n += max(p.from.Count, 0)
	}
	return n
}
