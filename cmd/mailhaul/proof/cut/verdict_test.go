package cut

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// verdict is what became of a point.
type verdict struct {
	uncut   bool   // the line was not lost: no point at all
	wrong   string // why it is a wrong end, "" if it is none
	doubled bool   // a second copy stayed, and the runs said so
	unseen  bool   // the run was over before the late bytes landed
	healed  bool
	story   string // all runs, in words
}

// zero reports whether the program would exit 0.
func (e end) zero() bool {
	r := e.report
	if e.err != nil || r.Tally.Refused > 0 || len(e.flaws()) > 0 || r.Limited {
		return false
	}
	for _, f := range r.Folders {
		if f.Err != nil {
			return false
		}
	}
	return true
}

func (e end) String() string {
	r := e.report
	return fmt.Sprintf("exit 0 %v, error %v, tally %+v, notes %q, flaws %q", e.zero(), e.err, r.Tally, r.Notes, r.Flaws)
}

// flaws are those that the point is about: a server that merges messages of equal
// Message-ID and different bodies is told of in each run, cut or not.
func (e end) flaws() (all []string) {
	for _, f := range e.report.Flaws {
		if !e.merging || !strings.Contains(f, "folded") {
			all = append(all, f)
		}
	}
	return all
}

func (e end) healed() bool {
	for _, n := range e.report.Notes {
		if strings.Contains(n, "taken back") {
			return true
		}
	}
	return false
}

// pointTime bounds one run of a point; a run that takes longer hangs.
const pointTime = 3 * time.Minute

// judge looks on while a point is played.
type judge struct {
	*trial
	verdict
	told []string // the runs, in words
}

// look is a run and what it left.
type look struct {
	end
	diffs []string // from what should be
	seen  mailtest.Snapshot
}

func (l look) exact() bool { return len(l.diffs) == 0 }

// play plays one point and judges it.
func (b *bench) play(ctx context.Context, p point) verdict {
	tr, err := b.newTrial(p, true)
	if err != nil {
		return verdict{wrong: "harness: " + err.Error()}
	}
	defer tr.close()
	j := &judge{trial: tr}
	j.judge(ctx)
	j.story = strings.Join(j.told, "\n\t")
	return j.verdict
}

func (j *judge) judge(ctx context.Context) {
	last, ok := j.run(ctx)
	if !ok {
		return
	}
	if !slices.ContainsFunc(j.line.Traffic(), func(c mailtest.Traffic) bool { return !c.Cut.IsZero() }) {
		j.uncut = true
		return
	}
	if last.zero() && !last.exact() {
		if !j.beyond() {
			j.wrong = "exit 0 for a destination that is not exact"
			return
		}
		j.unseen = true
	}
	if !last.zero() || !last.exact() {
		if last, ok = j.mend(ctx); !ok {
			return
		}
	}
	j.rest(ctx, last)
}

// run is one run, and a look at what it left once nothing moves there any more.
func (j *judge) run(ctx context.Context) (l look, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, pointTime)
	defer cancel()
	l.end = j.trial.run(ctx)
	drained := j.line.Drained(pointTime)
	var err error
	if l.seen, err = j.steady(); err == nil {
		l.diffs = j.compare(l.seen)
	}
	j.healed = j.healed || l.healed()
	j.told = append(j.told, fmt.Sprintf("run %d: %v; then %q", len(j.told)+1, l.end, l.diffs))
	switch {
	case ctx.Err() != nil:
		j.wrong = "a run hangs"
	case !drained:
		j.wrong = "harness: a connection is not over"
	case err != nil:
		j.wrong = "harness: " + err.Error()
	}
	return l, j.wrong == ""
}

// mend is the one run more that may put things right.
func (j *judge) mend(ctx context.Context) (l look, ok bool) {
	if l, ok = j.run(ctx); !ok || l.exact() {
		return l, ok
	}
	m, _ := modelOf(j.server)
	switch {
	case l.zero():
		j.wrong = "exit 0 for a destination that is not exact"
	case m.remove || !j.beyond() || !doubledOnly(l.diffs) || len(l.flaws()) == 0:
		j.wrong = "not exact after two runs"
	default:
		j.doubled = true
	}
	return l, j.wrong == ""
}

// rest is a further run, which changes nothing.
func (j *judge) rest(ctx context.Context, last look) {
	l, ok := j.run(ctx)
	switch {
	case !ok:
	case l.report.Tally.Copied > 0 || !reflect.DeepEqual(last.seen, l.seen):
		j.wrong = "a further run changes the destination"
	case l.zero() && !l.exact():
		j.wrong = "exit 0 for a destination that is not exact"
	case !l.zero() && !j.doubled:
		j.wrong = "a further run does not exit 0"
	}
}

// beyond reports whether bytes landed after the settle time: a run may be over
// then before anybody can see them. On a busy machine that is true of kinds that
// do not mean it.
func (tr *trial) beyond() bool {
	return slices.ContainsFunc(tr.line.Traffic(), func(lost mailtest.Traffic) bool {
		return lost.Landed.Sub(lost.Cut) > tr.kind.settle*8/10
	})
}

func doubledOnly(diffs []string) bool {
	for _, d := range diffs {
		if !strings.Contains(d, "surplus") && !strings.Contains(d, "more like the last") {
			return false
		}
	}
	return true
}

// steady is the destination when nothing moves there any more. A server that
// was reset may still be at work on what it had got.
func (tr *trial) steady() (mailtest.Snapshot, error) {
	seen, err := tr.to.look(tr.user)
	for tr.kind.name == "rst" && err == nil {
		time.Sleep(50 * time.Millisecond)
		var again mailtest.Snapshot
		if again, err = tr.to.look(tr.user); reflect.DeepEqual(seen, again) {
			break
		}
		seen = again
	}
	return seen, err
}

// compare tells how the destination is not what it should be.
func (tr *trial) compare(seen mailtest.Snapshot) []string {
	o := mailtest.CompareOptions{Canonical: true, IgnoreOrder: true, IgnoreEmpty: true}
	if isPOP3(tr.side) {
		o.Closed, o.IgnoreFlags, o.IgnoreDates = true, true, true
	}
	if tr.to.merging {
		return compareMerged(letters(tr.window), seen)
	}
	return mailtest.Compare(tr.given[owner(tr.window, tr.side)], seen, o)
}
