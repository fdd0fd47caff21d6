package transfer_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

var surveys = flag.Int("surveys", 150, "how many random moves TestSurveyIsWhatRunDoes plans")

// sieving leaves out what is larger than that.
type sieving struct {
	transfertest.Straight
	most int64
}

func (s sieving) Message(m transfer.Message) (transfer.Message, string) {
	if s.most > 0 && m.Size > s.most {
		return m, "too large for me"
	}
	return m, ""
}
func (s sieving) TakesAll() bool      { return s.most == 0 }
func (s sieving) Fingerprint() string { return fmt.Sprint(s.most) }

// TestSurveyIsWhatRunDoes: after any history of a move (mail of others at the
// destination, lost connections, folders renumbered, mail moved and deleted on both
// sides) a survey foretells each folder's counts of the run that follows, and
// changes nothing at the destination.
func TestSurveyIsWhatRunDoes(t *testing.T) {
	for seed := range *surveys {
		if t.Failed() {
			break
		}
		r := rand.New(rand.NewPCG(uint64(seed), 7))
		paths := [][]string{inbox, {"Sent"}, {"Archive", "2019"}}
		ms := messages(150)
		for i := 100; i < 120; i++ { // twins
			ms[i].Body, ms[i].Date = ms[i-50].Body, ms[i-r.IntN(2)*50].Date
		}
		f := newFlow(t, transfertest.ServerOptions{NoUIDPlus: r.IntN(4) == 0, Canonical: r.IntN(2) == 0},
			folder(paths[0], ms[:30]...), folder(paths[1], ms[60:75]...), folder(paths[2]))
		f.job.Mapper, f.job.Tries, f.job.Lanes = sieving{}, 1, 1+r.IntN(3)
		for step := range 1 + r.IntN(5) {
			f.stir(r, paths, ms)
			f.plans(fmt.Sprintf("seed %d, step %d", seed, step))
		}
	}
}

// stir lets something happen, and now and then a run that breaks.
func (f *flow) stir(r *rand.Rand, paths [][]string, ms []transfertest.MailMessage) {
	path := paths[r.IntN(len(paths))]
	switch r.IntN(7) {
	case 0: // mail of others
		for range r.IntN(20) {
			m := ms[r.IntN(len(ms))]
			f.server.Put(path, transfertest.Stored{Body: m.Body, Flags: m.Flags, Date: m.Date})
		}
	case 1, 2: // more mail
		for range r.IntN(30) {
			m := ms[r.IntN(len(ms))]
			m.ID = fmt.Sprintf("%s-%d", m.ID, r.IntN(1e9))
			f.mail.Add(path, m)
		}
	case 3: // the user deletes at the destination
		if there := f.server.Messages(path...); len(there) > 0 {
			f.server.Take(path, there[r.IntN(len(there))].UID)
		}
	case 4: // and at the source
		for _, box := range f.mail.Folders() {
			if slices.Equal(box.Path, path) && len(box.Messages) > 0 {
				f.mail.Remove(path, box.Messages[r.IntN(len(box.Messages))].ID)
			}
		}
	case 5:
		f.mail.Renumber(path, fmt.Sprint(r.IntN(1e9)), func(id string) string { return "n" + id })
	case 6:
		f.job.Mapper = sieving{most: int64(r.IntN(2) * 150)}
	}
	if r.IntN(2) == 0 {
		f.server.Fail(transfertest.ServerFaults{Stored: 1 + r.IntN(40), Receipt: r.IntN(40)})
		f.run(f.t.Context()) // may break anywhere
		f.server.Fail(transfertest.ServerFaults{})
		f.cp = f.cp.Crash()
	}
}

// plans surveys, runs, and compares. Each gets the checkpoint as a new process
// would find it.
func (f *flow) plans(name string) {
	f.t.Helper()
	before := f.standing()
	f.job.Checkpoint = f.cp.Crash()
	plan, err := transfer.Survey(f.t.Context(), f.job)
	if err != nil {
		f.t.Errorf("%s: survey: %v", name, err)
		return
	}
	if after := f.standing(); !reflect.DeepEqual(before, after) {
		f.t.Errorf("%s: the survey has changed the destination", name)
	}
	f.cp = f.cp.Crash()
	f.job.Settle = time.Millisecond
	rep, err := f.run(f.t.Context())
	if err != nil {
		f.t.Errorf("%s: run: %v", name, err)
		return
	}
	for i, got := range rep.Folders {
		want := plan.Folders[i]
		// What a cut had left open and the run then finds landed counts as present.
		tally := want.Tally
		tally.Bytes, got.Tally.Bytes = 0, 0
		if !want.Counted || want.From.Name() != got.From || tally != got.Tally {
			f.t.Errorf("%s: %s: the survey was %+v, the run made %+v", name, got.From, tally, got.Tally)
		}
	}
}

// standing is all that stands at the destination.
func (f *flow) standing() map[string][]transfertest.Stored {
	all := map[string][]transfertest.Stored{}
	for _, path := range f.server.Paths() {
		all[transfer.Folder{Path: path}.Key()] = f.server.Messages(path...)
	}
	return all
}
