package transfer

import (
	"context"
	"testing"
)

// unitOf is work of so many messages.
func unitOf(name string, messages int) *unit {
	p := &passage{from: Folder{Path: []string{name}, Count: messages}, to: Folder{Path: []string{name}}}
	return &unit{to: p.to, parts: []*passage{p}}
}

// laneOf is a lane at work on units.
func laneOf(r *run, units ...*unit) *lane {
	l := &lane{run: r, mine: units}
	r.crew.enter(l)
	return l
}

func named(u *unit) string {
	if u == nil {
		return "none"
	}
	return u.to.Name()
}

// The lane with the least left to do takes the next folder while its source is busy; a
// lane with a big one leaves it to the others.
func TestLightestTakes(t *testing.T) {
	r := &run{}
	big, small := unitOf("big", 300), unitOf("small", 10)
	a, b := laneOf(r, big), laneOf(r, small)
	r.queue.push(unitOf("next", 5), unitOf("last", 5))

	if f, ok := a.upcomingAt(big.parts[0], big); ok {
		t.Errorf("the lane with 300 messages: got %q, want nothing", f.Name())
	}
	if f, ok := b.upcomingAt(small.parts[0], small); !ok || f.Name() != "next" {
		t.Errorf("the lane with 10 messages: got %q, %t, want the next folder", f.Name(), ok)
	}
	big.parts[0].tally = Tally{Messages: 299}
	if f, ok := a.upcomingAt(big.parts[0], big); !ok || f.Name() != "last" {
		t.Errorf("the lane with 1 message left: got %q, %t, want the last folder", f.Name(), ok)
	}
}

// A run that ends has no folder opened ahead, which might be made and not be noted.
func TestNothingUpcomingAtTheEnd(t *testing.T) {
	feed, stop := context.WithCancel(t.Context())
	l := laneOf(&run{feed: feed}, unitOf("at work", 5), unitOf("next", 5))
	if f, ok := l.upcoming(); !ok || f.Name() != "next" {
		t.Errorf("got %q, %t, want the next folder", f.Name(), ok)
	}
	stop()
	if f, ok := l.upcoming(); ok {
		t.Errorf("at the end: got %q, want nothing", f.Name())
	}
}

// The largest units wait for lanes that are not in yet, unless one has nothing to do.
func TestKeptUnits(t *testing.T) {
	r := &run{}
	one, two, three := laneOf(r), laneOf(r), laneOf(r)
	for _, l := range []*lane{one, two, three} {
		l.await()
	}
	r.queue.push(unitOf("a", 9), unitOf("b", 8), unitOf("c", 7), unitOf("d", 6))
	for _, tc := range []struct {
		lane *lane
		what string
		want string
	}{
		{two, "the first that is in", "a"},
		{two, "the same, ahead of its time", "d"},
		{two, "when the others' are left", "none"},
		{one, "the second", "b"},
	} {
		if got := named(tc.lane.next()); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.what, got, tc.want)
		}
	}
	for _, u := range two.unfinished() {
		two.drop(u)
	}
	if got := named(two.next()); got != "c" {
		t.Errorf("a lane with nothing to do: got %s, want c", got)
	}
	if got := named(three.next()); got != "none" || !r.queue.empty() {
		t.Errorf("the last that is in: got %s, want none", got)
	}
}

// A lane that will not come has nothing kept for it.
func TestKeptForNobody(t *testing.T) {
	r := &run{dests: newSessions(AtDest, "there", func(context.Context) (Dest, error) { return nil, nil }, 0)}
	here, away := laneOf(r, unitOf("at work", 9)), laneOf(r)
	away.await()
	r.queue.push(unitOf("a", 9))
	if got := named(here.next()); got != "none" {
		t.Errorf("while it may come: got %s, want none", got)
	}
	if r.roomForLane() {
		t.Error("while it may come: got that one more lane has something to take")
	}
	if !r.crew.retire(away, &r.queue) {
		t.Fatal("it does not retire beside another lane")
	}
	if got := named(here.next()); got != "a" {
		t.Errorf("when it has retired: got %s, want a", got)
	}
}

// The belt tells when the appender has the last window.
func TestBeltTaken(t *testing.T) {
	taken := func(b *belt) bool {
		select {
		case <-b.taken:
			return true
		default:
			return false
		}
	}
	b := newBelt(false)
	w := &batch{spool: newSpool(t.TempDir())}
	if err := b.put(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	b.loaded(nil)
	if taken(b) {
		t.Error("with a window that waits: got that all are taken")
	}
	if b.take(context.Background()) != w || !taken(b) {
		t.Error("after the last window: got that one waits")
	}
	b = newBelt(false)
	if b.loaded(nil); !taken(b) {
		t.Error("without windows: got that one waits")
	}
}

// A session beside a lane's own is hired when nobody waits for a folder: what is kept
// for a lane on its way is that one's.
func TestHelpersWhenNobodyWaits(t *testing.T) {
	r := &run{sources: []*sessions[Source]{newSessions(AtSource, "here", func(context.Context) (Source, error) { return nil, nil }, 0)}}
	l := laneOf(r, unitOf("at work", 9))
	f := &feeder{lane: l, unit: l.mine[0]}
	p := f.unit.parts[0]
	if !f.mayHelp(p) {
		t.Error("with nothing left: got no helper")
	}
	laneOf(r).await()
	if r.queue.push(unitOf("a", 5)); !f.mayHelp(p) {
		t.Error("with a folder kept for a lane: got no helper")
	}
	if r.queue.push(unitOf("b", 5)); f.mayHelp(p) {
		t.Error("with a folder for anybody: got a helper")
	}
}
