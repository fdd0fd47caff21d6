package kill

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
)

// TestSteps kills at each step, before and after it takes effect.
func TestSteps(t *testing.T) {
	t.Parallel()
	needTracing(t)
	var points []point
	for _, r := range routes(t) {
		steps := r.steps(t)
		few := 1
		if r.name == "imap" {
			few = 3
		}
		for _, late := range []bool{false, true} {
			way := r.name + ", before the step"
			if late {
				way = r.name + ", after the step"
			}
			for _, n := range moments(steps, few, steps) {
				points = append(points, point{way, fmt.Sprint(n), func(t *testing.T) outcome { return r.killAt(t, n, late) }})
			}
		}
	}
	try(t, points)
}

// steps is how many an undisturbed run has: the order of its threads, and so
// the number, is not always the same, so it is some more than were seen.
func (r *route) steps(t *testing.T) int {
	t.Helper()
	most, runs := 0, 3
	if *kills == "" {
		runs = 1
	}
	for range runs {
		home := scratch(t)
		w := &counter{}
		cmd := proof.Command{Args: r.args(r.dest.NewUser(), r.dest.IMAP), Home: home}.Prepare(t.Context(), t)
		var said bytes.Buffer
		cmd.Stderr = &said
		if _, err := (&tracer{dir: filepath.Join(home, "state"), watcher: w}).run(cmd); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d steps at sockets, %d at the checkpoint", r.name, w.sockets, w.files)
		if w.sockets == 0 || w.files == 0 {
			t.Fatalf("%s: got %d and %d steps, want some of each; %s", r.name, w.sockets, w.files, said.String())
		}
		most = max(most, w.sockets+w.files)
	}
	return most + 5
}

func (r *route) killAt(t *testing.T, n int, late bool) outcome {
	user := r.dest.NewUser()
	c := proof.Command{Args: r.args(user, r.dest.IMAP), Home: scratch(t), Limit: patience}
	w := &counter{killAt: n, late: late}
	killed, err := (&tracer{dir: filepath.Join(c.Home, "state"), watcher: w}).run(c.Prepare(t.Context(), t))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("killed at %q", w.last)
	o := r.resume(t, c, user, func() {})
	o.reached = killed
	return o
}

// counter counts steps, and kills at one of them.
type counter struct {
	killAt  int
	late    bool // after the step
	sockets int
	files   int
	last    string // the step at which it killed
}

func (w *counter) before(c *call) action {
	switch {
	case c.socket():
		w.sockets++
	case c.path != stdout:
		w.files++
	}
	return w.at(c, !w.late)
}

func (w *counter) after(c *call) action { return w.at(c, w.late) }

func (w *counter) at(c *call, now bool) action {
	if !now || c.number == 0 || c.number != w.killAt {
		return goOn
	}
	w.last = c.name + " " + filepath.Base(c.path)
	return kill
}
