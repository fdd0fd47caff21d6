package transfer

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
)

// surveyor goes through the folders of a run without carrying anything.
type surveyor struct {
	*run
	keeper   *routeKeeper
	all      bool // nothing is left out by the mapper
	forecast Forecast

	mu    sync.Mutex // guards what follows
	finds map[*passage]*finding
}

// finding is what was found out about one passage.
type finding struct {
	counted   bool
	news      Tally // Copied, Refused and Bytes alone
	sampled   bool
	reflagged int
	obstacles []*Obstacle
	keywords  map[Flag]int // in use, as the destination would get them
	sample    []Message    // some that would be carried
	unsized   int          // of which the source tells no size
}

func newSurveyor(r *run, k *routeKeeper) *surveyor {
	s := &surveyor{run: r, keeper: k, finds: map[*passage]*finding{}}
	if sieve, ok := k.Mapper.(Sieve); ok {
		s.all = sieve.TakesAll()
	}
	return s
}

// look looks at all units, as many side by side as lanes would travel at first.
func (s *surveyor) look(units []*unit) error {
	var err error
	if s.forecast, err = s.foretell(nil); err != nil {
		return err
	}
	s.queue.push(units...)
	few := s.job.Lanes
	if few == 0 {
		few = fewLanes
	}
	lanes := make([]*lane, min(few, len(units)))
	for i := range lanes {
		lanes[i] = &lane{run: s.run}
	}
	each(lanes, func(l *lane) {
		for u := s.queue.next(); u != nil; u = s.queue.next() {
			if err := s.unit(l, u); err != nil {
				s.stop(err)
				return
			}
		}
	})
	if s.feed.Err() != nil {
		return context.Cause(s.feed)
	}
	return s.keywords()
}

// unit looks at one destination folder, again where that may help.
func (s *surveyor) unit(l *lane, u *unit) error {
	for try := 1; ; try++ {
		err := s.attempt(l, u)
		if err == nil || s.feed.Err() != nil {
			return err
		}
		switch s.judge(u, err, try) {
		case endOfRun:
			return err
		case giveUp:
			for _, p := range u.parts {
				p.err = err
			}
			return nil
		}
		delay := pauseLength(try, u.to.Key(), RetryAfter(err))
		s.ledger.tell(Event{Kind: EventRetry, Folder: u.to.Name(), Err: err, Wait: delay})
		if wait(s.feed, delay); s.feed.Err() != nil {
			return context.Cause(s.feed)
		}
	}
}

// attempt does for a unit what its loader does before it fetches.
func (s *surveyor) attempt(l *lane, u *unit) error {
	if u.reflag = nil; !u.fresh {
		if err := s.prelude(l, u); err != nil {
			return err
		}
	}
	for _, p := range u.parts {
		s.ledger.tell(p.event(EventFolder))
		if err := l.withSource(s.feed, p, func(src Source) error { return s.part(l, u, src, p) }); err != nil {
			return err
		}
		s.ledger.tell(p.event(EventDone))
	}
	for _, r := range u.reflag {
		if len(r.change.Add)+len(r.change.Drop) > 0 && r.record.To == u.to.Key() {
			s.finds[r.part].reflagged++
		}
	}
	return nil
}

// prelude is [lane.prelude] with the folder opened to be read only.
func (s *surveyor) prelude(l *lane, u *unit) error {
	changed, err := l.scan(s.feed, u)
	if err != nil {
		return err
	}
	dest, err := s.dests.get(s.feed)
	if err != nil {
		return err
	}
	box, err := s.open(dest, u)
	if err == nil {
		err = l.agree(s.feed, turn{readOnly{dest}, box}, u, changed)
	}
	if err != nil {
		s.dests.drop(dest)
		return err
	}
	s.dests.put(dest)
	return nil
}

// open examines the unit's folder. One that is not there is as empty as the one
// that a run would make.
func (s *surveyor) open(dest Dest, u *unit) (Mailbox, error) {
	examiner, ok := dest.(Examiner)
	if _, exists := siteIndex(s.keeper.site)[u.to.Key()]; !exists || !ok {
		return Mailbox{Next: 1, Created: true}, nil
	}
	box, err := examiner.Examine(s.feed, u.to)
	return box, s.dests.fault(err)
}

// readOnly is a destination to which nothing can be done.
type readOnly struct{ Dest }

var errReadOnly = errors.New("a plan changes nothing")

func (readOnly) Open(context.Context, Folder) (Mailbox, error) { return Mailbox{}, errReadOnly }

func (readOnly) Append(context.Context, Folder, func(yield func([]*Letter) bool)) iter.Seq2[Receipt, error] {
	return func(yield func(Receipt, error) bool) { yield(Receipt{}, errReadOnly) }
}

// foretell asks the destination what it takes.
func (s *surveyor) foretell(keywords []Flag) (Forecast, error) {
	return look(s.run, s.dests, func(d Dest, ctx context.Context) (Forecast, error) {
		teller, ok := d.(Foreteller)
		if !ok {
			return Forecast{}, nil
		}
		return teller.Foretell(ctx, keywords)
	})
}

// keywords asks what becomes of those that are in use.
func (s *surveyor) keywords() error {
	var asked []Flag
	for _, f := range s.finds {
		for flag := range f.keywords {
			if !slices.Contains(asked, flag) {
				asked = append(asked, flag)
			}
		}
	}
	if len(asked) == 0 {
		return nil
	}
	slices.Sort(asked)
	forecast, err := s.foretell(asked)
	if err != nil {
		return err
	}
	for p, f := range s.finds {
		for flag, n := range f.keywords {
			if words := forecast.Keywords[flag]; words != "" {
				o := f.obstacle(LostKeyword, p, words)
				o.Count += n
			}
		}
	}
	return nil
}

// plan puts together what was found.
func (s *surveyor) plan() Plan {
	plan := Plan{Site: s.keeper.site, Forecast: s.forecast, Pace: s.pace()}
	next := make([]int, len(s.job.Sources))
	for _, p := range s.passes {
		f := s.keeper.folder(p.index, next[p.index], p.source, p.from)
		next[p.index]++
		f.Tally, f.Err = s.ledger.tally(p), p.err
		f.Counted = p.err == nil && (p.finished || p.skip != "" && p.from.Count >= 0)
		if found := s.finds[p]; found != nil {
			f.Counted, f.Sampled, f.Reflagged = found.counted && p.err == nil, found.sampled, found.reflagged
			f.Tally.Copied, f.Tally.Bytes = found.news.Copied, found.news.Bytes
			f.Tally.Refused += found.news.Refused
			f.Tally.Messages += found.news.Copied + found.news.Refused
			for _, o := range found.obstacles {
				plan.Obstacles = append(plan.Obstacles, *o)
			}
		}
		plan.Folders = append(plan.Folders, f)
	}
	report := s.report()
	for _, ref := range report.Refusals {
		plan.Obstacles = append(plan.Obstacles, Obstacle{
			Kind: Unreadable, Source: ref.Source, From: ref.From, To: ref.To, Count: max(ref.Count, 1), Bytes: ref.Size, Words: ref.Words,
			Messages: []Titled{{Message{ID: ref.ID, Date: ref.Date, Size: ref.Size}, ref.Subject, ref.MessageID}},
		})
	}
	plan.Notes = report.Notes
	return plan
}

// obstacle is the one of that kind and those words, made if there is none.
func (f *finding) obstacle(kind ObstacleKind, p *passage, words string) *Obstacle {
	for _, o := range f.obstacles {
		if o.Kind == kind && o.Words == words {
			return o
		}
	}
	o := &Obstacle{Kind: kind, Source: p.source, From: p.name(), To: p.to.Name(), Words: words}
	f.obstacles = append(f.obstacles, o)
	return o
}

// keptTitles is how many messages of an obstacle are named.
const keptTitles = 20

func (o *Obstacle) add(m Message) {
	o.Count++
	o.Bytes += max(m.Size, 0)
	if len(o.Messages) < keptTitles {
		o.Messages = append(o.Messages, Titled{Message: m})
	}
}

// entitle fills in the titles of the messages that are named.
func (f *finding) entitle(ctx context.Context, src Source, p *passage) error {
	titler, ok := src.(Titler)
	if !ok {
		return nil
	}
	for _, o := range f.obstacles {
		ms := make([]Message, len(o.Messages))
		for i, m := range o.Messages {
			ms[i] = m.Message
		}
		if len(ms) == 0 {
			continue
		}
		titled, err := titler.Titles(ctx, p.from, ms)
		if err != nil {
			return fmt.Errorf("read titles: %w", err)
		}
		o.Messages = titled
	}
	return nil
}
