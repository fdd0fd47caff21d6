package transfer

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// sampleSize is how many messages of a folder may be read to measure the line.
const sampleSize = 256

// part finds out what of one source folder would be carried.
func (s *surveyor) part(l *lane, u *unit, src Source, p *passage) error {
	found := &finding{keywords: map[Flag]int{}}
	s.mu.Lock()
	s.finds[p] = found
	s.mu.Unlock()
	done, err := s.glance(u, src, p, found)
	if err == nil && !done {
		err = s.list(l, u, src, p, found)
	}
	if p.listed = nil; err != nil {
		return err
	}
	if noter, ok := src.(Noter); ok {
		for _, text := range noter.Notes() {
			s.ledger.note(p, text)
		}
	}
	found.counted = true
	return found.entitle(s.feed, src, p)
}

// glance counts a folder without listing it, where all of it is new: its server
// has told how many there are.
func (s *surveyor) glance(u *unit, src Source, p *passage, found *finding) (done bool, err error) {
	seeker, ok := src.(Seeker)
	if !ok || !u.fresh || !s.all || p.from.Count < 0 {
		return false, nil
	}
	if p.from.Count == 0 {
		return true, nil
	}
	search := Search{Earliest: s.forecast.Earliest, Latest: s.forecast.Latest, Sizes: p.from.Bytes < 0}
	if limit := s.keeper.site.Limit; limit > 0 && (p.from.Bytes < 0 || p.from.Bytes > limit) {
		search.Limit = limit
	}
	got, ok, err := seeker.Seek(s.feed, p.from, search)
	if err != nil || !ok {
		return false, err
	}
	found.news.Copied, found.news.Bytes = p.from.Count, p.from.Bytes
	if search.Sizes {
		found.news.Bytes, found.sampled = got.Bytes, got.Bytes >= 0
	}
	for _, m := range got.Messages {
		if s.judgeMessage(p, m, Record{}, found) {
			found.news.Copied--
			found.news.Refused++
			found.news.Bytes = max(found.news.Bytes-max(m.Size, 0), min(found.news.Bytes, 0))
		}
	}
	for _, flag := range got.Keywords {
		found.use([]Flag{flag}, 0, s.translate)
	}
	return true, s.someOf(src, p, found)
}

// someOf takes the first messages of a folder that was not listed as its sample.
func (s *surveyor) someOf(src Source, p *passage, found *finding) error {
	if _, peeks := src.(Peeker); !peeks {
		return nil
	}
	from := p.from
	from.Since = ""
	for m, err := range src.List(s.feed, from, "") {
		if err != nil {
			return err
		}
		if found.sample = append(found.sample, m); len(found.sample) == sampleSize {
			break
		}
	}
	return nil
}

// list goes through a folder as a run would, and counts.
func (s *surveyor) list(l *lane, u *unit, src Source, p *passage, found *finding) error {
	f := &feeder{lane: l, unit: u, before: map[string]Record{}}
	before := s.ledger.tally(p).arrived()
	seen, listed := 0, 0
	err := f.pages(s.feed, src, p, func(page []Message, known map[string]Record) error {
		fresh, arrived := f.triage(p, page, known)
		seen, listed = seen+arrived, listed+len(page)
		for _, m := range page {
			if known[m.ID].Fate == Open { // looked for at the destination, and not there
				if _, skip := s.job.Mapper.Message(m); skip != "" {
					f.skipped++
				} else {
					fresh = append(fresh, m)
				}
			}
		}
		for _, m := range fresh {
			s.news(p, m, known[m.ID], found)
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.ledger.amount(p, Present, seen+p.settled.arrived-before)
	s.ledger.amount(p, Skipped, f.skipped+p.settled.skipped)
	if err := s.weigh(src, p, found); err != nil {
		return err
	}
	return f.whole(s.feed, src, p, listed+p.settled.count())
}

// weighed is how many messages stand for the size of those that have none.
const weighed = 64

// weigh reckons the size of messages of which the source tells none, from some that
// are read; -1 if it would notice.
func (s *surveyor) weigh(src Source, p *passage, found *finding) error {
	if found.unsized == 0 {
		return nil
	}
	if _, peeks := src.(Peeker); !peeks {
		found.news.Bytes = -1
		return nil
	}
	some := slices.DeleteFunc(slices.Clone(found.sample), func(m Message) bool { return m.Size >= 0 })
	read, err := timed(s.feed, src, p, some[:min(len(some), weighed)])
	if err != nil {
		return fmt.Errorf("read some messages: %w", err)
	}
	if read.Messages == 0 {
		found.news.Bytes = -1
		return nil
	}
	found.sampled = read.Messages < found.unsized
	found.news.Bytes += read.Bytes * int64(found.unsized) / int64(read.Messages)
	return nil
}

// news counts a message that a run would fetch.
func (s *surveyor) news(p *passage, m Message, rec Record, found *finding) {
	if s.judgeMessage(p, m, rec, found) {
		found.news.Refused++
		return
	}
	found.news.Copied++
	if found.news.Bytes += max(m.Size, 0); m.Size < 0 {
		found.unsized++
	}
	found.use(m.Flags, 1, s.translate)
	if len(found.sample) < sampleSize {
		found.sample = append(found.sample, m)
	}
}

// judgeMessage tells whether a message would probably be refused, and notes what
// stands in its way.
func (s *surveyor) judgeMessage(p *passage, m Message, rec Record, found *finding) (refused bool) {
	date := func(t time.Time, out bool) bool { return !m.Date.IsZero() && !t.IsZero() && out }
	switch limit := s.keeper.site.Limit; {
	case limit > 0 && m.Size > limit:
		found.obstacle(TooLarge, p, "").add(m)
		return true
	case rec.Fate == Refused && !rec.Resent:
		found.obstacle(RefusedBefore, p, rec.Words).add(m)
		return true
	case date(s.forecast.Earliest, m.Date.Before(s.forecast.Earliest)), date(s.forecast.Latest, m.Date.After(s.forecast.Latest)):
		found.obstacle(OddDate, p, "").add(m)
	}
	return false
}

// translate is what the destination would get of flags.
func (s *surveyor) translate(flags []Flag) []Flag {
	m, _ := s.job.Mapper.Message(Message{Flags: flags, Size: -1})
	return m.Flags
}

// use notes the keywords among flags, which n messages have; 0 is not known.
func (f *finding) use(flags []Flag, n int, translate func([]Flag) []Flag) {
	for _, flag := range flags {
		if strings.HasPrefix(string(flag), `\`) {
			continue
		}
		for _, there := range translate([]Flag{flag}) {
			f.keywords[there] += n
		}
	}
}

// The pieces in which messages are read to measure the line grow until one took
// long enough to tell.
const (
	firstPiece = 128 << 10
	lastPiece  = 4 << 20
	tellsPace  = 300 * time.Millisecond
)

// pace reads some messages of the folder that most is to be carried from. That it
// cannot is no error: then nothing is known.
func (s *surveyor) pace() Pace {
	var most *passage
	for p, f := range s.finds {
		if len(f.sample) > 0 && (most == nil || f.news.Bytes > s.finds[most].news.Bytes) {
			most = p
		}
	}
	if most == nil {
		return Pace{}
	}
	var pace Pace
	l := &lane{run: s.run}
	_ = l.withSource(s.feed, most, func(src Source) error {
		if _, ok := src.(Peeker); !ok {
			return nil
		}
		ms := s.finds[most].sample
		for size := int64(firstPiece); size <= lastPiece && len(ms) > 0; size *= 4 {
			var piece []Message
			bytes := int64(0)
			for len(ms) > 0 && (len(piece) == 0 || bytes+ms[0].Size <= size) {
				piece, bytes, ms = append(piece, ms[0]), bytes+max(ms[0].Size, 0), ms[1:]
			}
			if bytes > 2*lastPiece { // a single one so large that it would keep the user waiting
				continue
			}
			got, err := timed(s.feed, src, most, piece)
			if err != nil {
				return err
			}
			pace.Messages, pace.Bytes, pace.Took = pace.Messages+got.Messages, pace.Bytes+got.Bytes, pace.Took+got.Took
			if got.Took >= tellsPace {
				break
			}
		}
		return nil
	})
	return pace
}

// timed reads messages and looks at the clock.
func timed(ctx context.Context, src Source, p *passage, ms []Message) (Pace, error) {
	var pace Pace
	began := time.Now()
	for got, err := range src.Fetch(ctx, p.from, ms) {
		if err != nil {
			return Pace{}, err
		}
		if got.Err != nil || got.Body == nil {
			continue
		}
		n, err := io.Copy(io.Discard, got.Body)
		if err != nil {
			return Pace{}, err
		}
		pace.Messages, pace.Bytes = pace.Messages+1, pace.Bytes+n
	}
	pace.Took = time.Since(began)
	return pace, nil
}
