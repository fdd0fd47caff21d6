package kill

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

var (
	kills = flag.String("kills", "", "moments of each way: a number, or full; the default is what CI has time for")
	seed  = flag.Uint64("seed", 1, "which moments, and which losses")
)

func TestMain(m *testing.M) { proof.Main(m) }

// atOnce is how many points run side by side: they mostly wait.
const atOnce = 24

// patience is how long a run may take where many share the machine.
const patience = 5 * time.Minute

// moments are those out of 1 to n that are taken: an even spread, where few is
// CI's number and many that of full.
func moments(n, few, many int) []int {
	count := few
	switch *kills {
	case "":
	case "full":
		count = many
	default:
		count, _ = strconv.Atoi(*kills)
	}
	count = min(count, n)
	random := rand.New(rand.NewPCG(*seed, uint64(n)))
	start := random.Float64()
	var at []int
	for i := range count {
		at = append(at, 1+int((float64(i)+start)*float64(n)/float64(count)))
	}
	return at
}

// point is one moment of one way.
type point struct {
	way string
	at  string
	run func(t *testing.T) outcome
}

// outcome is what came of a point.
type outcome struct {
	reached bool     // the moment came before the run had ended
	wrong   []string // empty if all is as it should be
	silent  bool     // wrong, and a run said 0
}

// try runs the points, many at once, and prints a row for each way.
func try(t *testing.T, points []point) {
	t.Helper()
	type row struct{ points, unreached, wrong, silent int }
	rows, order := map[string]*row{}, []string{}
	var mu sync.Mutex
	queue := make(chan point, len(points))
	for _, p := range points {
		if rows[p.way] == nil {
			rows[p.way], order = &row{}, append(order, p.way)
		}
		queue <- p
	}
	close(queue)
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() {
			for p := range queue {
				t.Run(strings.ReplaceAll(p.way, " ", "-")+"/"+p.at, func(t *testing.T) {
					o := p.run(t)
					for _, w := range o.wrong {
						t.Error(w)
					}
					mu.Lock()
					defer mu.Unlock()
					r := rows[p.way]
					switch {
					case !o.reached:
						r.unreached++
					default:
						r.points++
					}
					if len(o.wrong) > 0 {
						r.wrong++
					}
					if o.silent {
						r.silent++
					}
				})
			}
		})
	}
	all.Wait()
	var table strings.Builder
	fmt.Fprintf(&table, "%-36s %7s %10s %6s %13s\n", "way", "points", "unreached", "wrong", "wrong, exit 0")
	for _, way := range order {
		r := rows[way]
		fmt.Fprintf(&table, "%-36s %7d %10d %6d %13d\n", way, r.points, r.unreached, r.wrong, r.silent)
	}
	t.Logf("\n%s", table.String())
}

// resume is what follows a death: the same command, twice at most, then the
// comparison, once landed has returned, then once more.
func (r *route) resume(t *testing.T, c proof.Command, user string, landed func()) (o outcome) {
	t.Helper()
	end := c.Run(t)
	if end.Exit != 0 {
		end = c.Run(t)
	}
	if end.Exit != 0 {
		o.wrong = append(o.wrong, fmt.Sprintf("second resume: got exit %d, want 0; %s", end.Exit, end.Stderr))
	}
	landed()
	diffs := r.compare(t, user)
	o.silent = end.Exit == 0 && len(diffs) > 0
	o.wrong = append(o.wrong, diffs...)
	if end.Exit != 0 || len(diffs) > 0 {
		o.wrong = append(o.wrong, "its output: "+end.Stdout+end.Stderr)
		return o
	}
	end = c.Run(t)
	s, err := summaryOf(end)
	if err != nil || end.Exit != 0 || s.Copied+s.Adopted > 0 || s.Present != r.want.Messages() {
		o.wrong = append(o.wrong, fmt.Sprintf("one more run: got exit %d, %+v, %v, want 0, %d present; %s%s",
			end.Exit, s, err, r.want.Messages(), end.Stdout, end.Stderr))
	}
	o.wrong = append(o.wrong, r.compare(t, user)...)
	return o
}

// compare tells how either side differs from what it should be.
func (r *route) compare(t *testing.T, user string) []string {
	t.Helper()
	got := mailtest.Take(t, r.dest.IMAP, user)
	diffs := mailtest.Compare(r.want, got, mailtest.CompareOptions{IgnoreOrder: true})
	for _, d := range r.state(t) {
		diffs = append(diffs, "source: "+d)
	}
	return diffs
}

type summary struct{ Messages, Copied, Present, Adopted, Exit int }

func summaryOf(e proof.End) (s summary, err error) {
	lines := strings.Split(strings.TrimSpace(e.Stdout), "\n")
	return s, json.Unmarshal([]byte(lines[len(lines)-1]), &s)
}

func TestMoments(t *testing.T) {
	for _, n := range []int{1, 7, 100} {
		got := moments(n, 5, n)
		if !slices.IsSorted(got) || len(got) == 0 || got[0] < 1 || got[len(got)-1] > n || len(got) != len(slices.Compact(slices.Clone(got))) {
			t.Errorf("moments of %d: got %v, want each once, from 1 to %[1]d", n, got)
		}
	}
}
