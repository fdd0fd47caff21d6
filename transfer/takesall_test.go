package transfer

import (
	"context"
	"testing"
)

// taker is a Mapper that leaves nothing out.
type taker struct{ Mapper }

func (taker) TakesAll() bool { return true }

// Only a folder that is known to be small may be sent whole.
func TestTakesAll(t *testing.T) {
	r := &run{job: Job{Mapper: taker{}}}
	for _, tc := range []struct {
		count int
		bytes int64
		want  bool
	}{
		{0, 0, true},
		{wholeCount, wholeBytes, true},
		{wholeCount + 1, 100, false},
		{3, wholeBytes + 1, false},
		{-1, 100, false},
		{3, -1, false},
	} {
		if got := r.takesAll(Folder{Count: tc.count, Bytes: tc.bytes}); got != tc.want {
			t.Errorf("%d messages of %d bytes: got %t, want %t", tc.count, tc.bytes, got, tc.want)
		}
	}
	r.job.Mapper = &routeKeeper{Mapper: taker{}}
	if r.takesAll(Folder{Count: 1, Bytes: 1}) {
		t.Error("a survey takes nothing")
	}
}

// What breaks the line shall be in the folder that is read then.
func TestUpcomingAfterALoss(t *testing.T) {
	r := &run{}
	u, next := unitOf("one", 1), unitOf("two", 1)
	next.parts[0].from.All = true
	l := laneOf(r, u)
	l.todo = []*unit{next}
	if f, ok := l.upcomingAt(u.parts[0], u); !ok || !f.All {
		t.Errorf("got all %t, %t, want it", f.All, ok)
	}
	u.losses = map[string]int{}
	u.lostAt(u.parts[0], "7")
	if f, ok := l.upcomingAt(u.parts[0], u); !ok || f.All {
		t.Errorf("after a loss: got all %t, %t, want the list alone", f.All, ok)
	}
}

// divisible is a source that may be read over several sessions.
type divisible struct{ Source }

func (divisible) Divides() {}

// What comes whole over one session is not divided, even where it has helped before.
func TestWholeFolderIsNotDivided(t *testing.T) {
	p := &passage{from: Folder{Path: []string{"x"}, All: true}}
	f := &feeder{unit: &unit{}, tempo: tempo{readers: 2, good: 2, count: 1}}
	if n, err := f.divide(t.Context(), divisible{}, p, make([]Message, 9)); n != 0 || err != nil {
		t.Errorf("got %d, %v, want none", n, err)
	}
}

// numbered is a session with a number.
type numbered int

func (numbered) Close() error { return nil }

// A lane gets the session back that it had.
func TestOwnSession(t *testing.T) {
	opened := numbered(0)
	s := newSessions(AtSource, "x", func(context.Context) (numbered, error) { opened++; return opened, nil }, 0)
	a, b := &lane{}, &lane{}
	had := map[*lane]numbered{}
	for _, l := range []*lane{a, b} {
		session, err := s.getBack(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		had[l] = session
	}
	for _, order := range [][]*lane{{a, b}, {b, a}} {
		s.putBack(had[a], a)
		s.putBack(had[b], b)
		for _, l := range order {
			if got, err := s.getBack(t.Context(), l); err != nil || got != had[l] {
				t.Errorf("got session %d, %v, want %d", got, err, had[l])
			}
		}
	}
	s.put(had[a])
	if got, err := s.getBack(t.Context(), b); err != nil || got != had[a] {
		t.Errorf("got session %d, %v, want the idle one", got, err)
	}
}
