package transfer_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

var (
	seeds = flag.Int("seeds", 0, "how many worlds TestSim makes; 0 is 40, or 1 where the seed is given")
	seed  = flag.Uint64("seed", 0, "the first of them, 0 is 1001")
)

type simFlag = transfer.Flag

// simSwitchedOff are kinds of events with which a known fault would show.
var simSwitchedOff = []string{}

func simOff(kind string) bool { return slices.Contains(simSwitchedOff, kind) }

// TestSim makes a world of each seed: several sources, people who work at both
// ends, and a flow that is cut off, killed, throttled and refused in several
// runs. When all is quiet, every message must be at the destination exactly
// once, nothing of others may be gone, and no run may have said that all is
// there when it was not.
//
// A world that fails prints its history and the command that makes it again.
func TestSim(t *testing.T) {
	first, n := *seed, *seeds
	if first == 0 {
		first = 1001
	}
	switch {
	case n == 0 && *seed == 0:
		n = 40
	case n == 0:
		n = 1
	}
	for i := range n {
		s := first + uint64(i)
		t.Run(fmt.Sprint("seed=", s), func(t *testing.T) { simLife(t, s) })
	}
}

// simLife is one world from its making to its report.
func simLife(t *testing.T, seed uint64) {
	defer simAlone()()
	synctest.Test(t, func(t *testing.T) {
		w := newSimWorld(seed)
		w.live(t.Context())
		w.report(t)
	})
}

// report prints what was wrong, and how it came to be.
func (w *simWorld) report(t *testing.T) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.wrong) > 0 {
		t.Errorf("%s\n\nto see it again: go test ./transfer -run Sim -seed=%d -v\nwhat happened:\n%s",
			strings.Join(w.wrong, "\n"), w.seed, strings.Join(w.history, "\n"))
	} else if *seed != 0 && *seeds == 0 {
		t.Log("\n" + strings.Join(w.history, "\n"))
	}
}

// newSimWorld makes the world as it is before the first run.
func newSimWorld(seed uint64) *simWorld {
	r := rand.New(rand.NewPCG(seed, 7))
	w := &simWorld{
		seed: seed, dice: r, began: time.Now(), cp: transfertest.NewMemCheckpoint(),
		routes: map[string][]string{}, books: map[simClass]*simAccount{},
	}
	w.job = transfer.Job{
		Mapper: simMapper{w}, Watch: w.watch,
		Newest: seed%3 == 0, Lanes: 1 + r.IntN(4), Tries: 2 + r.IntN(4), Settle: simPick(r, []time.Duration{2 * time.Second, 5 * time.Second, 20 * time.Second}),
	}
	w.dest = &simDest{
		w: w, gone: map[string]bool{}, noUIDPlus: r.IntN(4) == 0, canonical: r.IntN(2) == 0, merge: r.IntN(6) == 0,
		group: simPick(r, []int{1, 1, 8, 64}), ahead: r.IntN(4),
	}
	w.dest.alters = seed%8 == 5 && !simOff("altering")
	w.dest.unique = seed%16 == 13
	w.dest.make([]string{"INBOX"})
	for i := range 1 + r.IntN(3) {
		w.mails = append(w.mails, w.makeMail(i))
	}
	w.tell("settle %v, %d tries, %d lanes; destination: no UIDPLUS %v, canonical %v, alters %v, merges %v, groups of %d, %d windows ahead",
		w.job.Settle, w.job.Tries, w.job.Lanes, w.dest.noUIDPlus, w.dest.canonical, w.dest.alters, w.dest.merge, w.dest.group, w.dest.ahead)
	if r.IntN(3) == 0 {
		for range r.IntN(20) { // there before us
			f := simPick(r, simPick(r, w.mails).folders)
			if to, ok := w.routes[f.key()]; ok {
				w.dest.make(to)
			}
			w.dropCopy(false)
		}
	}
	return w
}

// makeMail makes a source with its folders.
func (w *simWorld) makeMail(i int) *simMail {
	r := w.dice
	m := &simMail{w: w, kind: simPick(r, []simKind{simIMAP, simIMAP, simPOP3, simFiles})}
	m.name = fmt.Sprintf("%s%d", m.kind, i)
	m.noUIDL, m.noState, m.blind = r.IntN(4) == 0, r.IntN(4) == 0, r.IntN(3) == 0
	m.lies = simPick(r, []int64{0, 0, 0, 3})
	folders := 1 + r.IntN(3)
	if m.kind == simPOP3 {
		folders = 1
	}
	size := simPick(r, []int{5, 20, 20, 60, 200})
	for k := range folders {
		f := &simFolder{mail: m, path: []string{m.name, fmt.Sprint("f", k)}, epoch: 1}
		m.folders = append(m.folders, f)
		if r.IntN(10) > 0 {
			w.routes[f.key()] = simPick(r, [][]string{{"INBOX"}, {"Archive"}, f.path, f.path})
		}
		for range r.IntN(size + 1) {
			others := f.souls
			if len(w.mails) > 0 && r.IntN(6) == 0 { // what another source holds, too
				others = simPick(r, simPick(r, w.mails).folders).souls
			}
			f.add(w.write(others))
		}
		w.tell("%s: %s holds %d messages and goes to %q", m.name, f.key(), len(f.souls), w.routes[f.key()])
	}
	return m
}

// live lets several runs and what lies between them happen, then two quiet
// ones, after which nothing may be left to do.
func (w *simWorld) live(ctx context.Context) {
	r := w.dice
	var runs []*simProcess
	for range 3 + r.IntN(6) {
		w.weather = simOdds(r)
		p := w.start(ctx)
		runs = append(runs, p)
		p.wait()
		w.ended(p)
		w.between()
	}
	w.calmDown()
	for _, p := range runs {
		<-p.done
	}
	for _, name := range []string{"first", "second"} {
		before := w.snapshot()
		p := w.start(ctx)
		p.wait()
		w.ended(p)
		w.quiet(p, name, before)
	}
}

// between is the time from one run to the next.
func (w *simWorld) between() {
	r := w.dice
	time.Sleep(simPick(r, []time.Duration{0, time.Second, time.Minute, time.Hour}) + time.Duration(r.IntN(1000)))
	w.mu.Lock()
	defer w.mu.Unlock()
	for range r.IntN(5) {
		if r.IntN(2) == 0 {
			w.changeSource()
		} else {
			w.changeDest()
		}
	}
	if r.IntN(20) == 0 {
		w.loseCheckpoint()
	}
}

// loseCheckpoint forgets all that was known: what stands at the destination is
// somebody else's from then on.
func (w *simWorld) loseCheckpoint() {
	w.tell("the checkpoint is lost")
	w.lost++
	w.cp = transfertest.NewMemCheckpoint()
	w.books = map[simClass]*simAccount{}
	for _, m := range w.mails {
		for _, f := range m.folders {
			f.souls = f.there()
		}
	}
	spans := w.spans()
	for _, b := range w.dest.boxes {
		for _, m := range b.messages {
			m.ours, m.late, m.sure = false, false, false
			w.put(b.path, m)
			for _, d := range m.digests() {
				a := w.account(b.path, d)
				if a.there < spans[simClass{simKey(b.path), d}].max {
					a.there++
				}
			}
		}
	}
}

// calmDown ends all trouble.
func (w *simWorld) calmDown() {
	for late := 1; late > 0; {
		time.Sleep(time.Hour)
		w.mu.Lock()
		late = w.late
		w.weather = simWeather{latency: 50 * time.Millisecond}
		w.dest.full = false
		for _, m := range w.mails {
			for _, f := range m.folders {
				f.hiding = 0
			}
		}
		w.mu.Unlock()
	}
	w.tell("all is quiet")
}

// quiet checks a run that nothing has disturbed.
func (w *simWorld) quiet(p *simProcess, name, before string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t, there, left, twins, refused := p.report.Tally, 0, 0, 0, 0
	never := w.never()
	for f, s := range w.all {
		_, routed := w.routes[f.key()]
		switch {
		case s.gone:
			continue
		case !routed || s.leftOut():
			left++
			if routed && w.twin(f, s) {
				twins++
			}
		case never[s.digest]:
			refused++
		}
		there++
	}
	if p.err != nil {
		w.fault("the %s quiet run ends in: %v", name, p.err)
		return
	}
	w.checkExact("the " + name + " quiet run")
	w.checkLooks()
	if name == "first" {
		w.denied = t.Refused
		return
	}
	if t.Messages != there || t.Skipped > left || t.Skipped < left-twins || t.Refused > refused || t.Present < there-left-refused {
		w.fault("the %s quiet run: got %+v, want %d messages, %d skipped, up to %d refused, the rest present", name, t, there, left, refused)
	}
	// One that was refused may take the place of an equal one that is gone, with its flags.
	if now := w.snapshot(); now != before && t.Refused >= w.denied {
		w.fault("the %s quiet run has changed the destination from\n%sto\n%s", name, before, now)
	}
	for _, flaw := range p.report.Flaws {
		if w.isTold(flaw) {
			continue
		}
		w.fault("the %s quiet run tells %s", name, flaw)
	}
}
