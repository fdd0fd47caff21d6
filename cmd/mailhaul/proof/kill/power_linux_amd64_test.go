package kill

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// recorder follows what a traced process does to files, and what it says.
type recorder struct {
	under map[*call]bool // entered, not over
	calls []*call        // over, in order
}

func (w *recorder) before(c *call) action {
	if !c.socket() {
		w.under[c] = true
	}
	return goOn
}

func (w *recorder) after(c *call) action {
	if w.under[c] && c.result >= 0 {
		w.calls = append(w.calls, c)
	}
	delete(w.under, c)
	return goOn
}

// end takes what was under way at the end for done, but for syncs: those have
// made nothing safe.
func (w *recorder) end() []*call {
	for c := range w.under {
		if c.name != "sync" {
			c.result = int64(len(c.data))
			w.calls = append(w.calls, c)
		}
	}
	return w.calls
}

// TestPower kills at the n-th byte sent, and takes the machine's power away.
func TestPower(t *testing.T) {
	t.Parallel()
	needTracing(t)
	var points []point
	for _, r := range routes(t) {
		up, _ := r.traffic(t)
		few, many := 1, 100
		if r.name == "imap" {
			few, many = 2, 400
		}
		for _, n := range moments(int(up), few, many) {
			points = append(points, point{r.name + ", power lost", fmt.Sprint(n), func(t *testing.T) outcome {
				g := &gate{backend: r.dest.IMAP, up: true, n: int64(n), late: laggard}
				return r.killThrough(t, g, runAndLosePower)
			}})
		}
	}
	try(t, points)
}

// runAndLosePower runs the command to its end. If that is a kill, its files are
// replaced by what the disk had.
func runAndLosePower(t *testing.T, cmd *exec.Cmd, home string, started func(kill func())) {
	w := &recorder{under: map[*call]bool{}}
	killed, err := (&tracer{dir: home, watcher: w, started: started}).run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	if !killed {
		return
	}
	d := newDisk()
	for _, c := range w.end() {
		if c.path != stdout && !isNote(c.path) {
			d.apply(c)
		}
	}
	random := randomOf(t)
	if err := restore(d.crash(random), home, home, random); err != nil {
		t.Fatal(err)
	}
}

// isNote reports whether the file is a run's note of how it gets on, or its draft:
// nothing depends on it, and after a loss of power it is gone.
func isNote(path string) bool {
	name := filepath.Base(path)
	return strings.HasSuffix(name, ".run.json") || strings.HasPrefix(name, ".mailhaul-")
}

// randomOf is the same for the same test and seed.
func randomOf(t *testing.T) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(t.Name()))
	return rand.New(rand.NewPCG(*seed, h.Sum64()))
}
