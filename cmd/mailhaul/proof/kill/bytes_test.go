package kill

import (
	"context"
	"fmt"
	"os/exec"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
)

// laggard is how late what the dead have written may arrive: in the middle of
// the resume.
const laggard = 2500 * time.Millisecond

// TestBytes kills when the n-th byte of either direction has passed at the
// destination.
func TestBytes(t *testing.T) {
	t.Parallel()
	var points []point
	for _, r := range routes(t) {
		up, down := r.traffic(t)
		for _, w := range []struct {
			name  string
			up    bool
			bytes int64
			late  time.Duration
		}{
			{"sent bytes", true, up, 0},
			{"sent bytes, late", true, up, laggard},
			{"received bytes", false, down, 0},
			{"received bytes, late", false, down, laggard},
		} {
			few, many := 0, 100
			if w.up && w.late > 0 {
				few = 1
			}
			if r.name == "imap" {
				few, many = 1, 400
			}
			for _, n := range moments(int(w.bytes), few, many) {
				points = append(points, point{r.name + ", " + w.name, fmt.Sprint(n), func(t *testing.T) outcome {
					g := &gate{backend: r.dest.IMAP, up: w.up, n: int64(n), late: w.late}
					return r.killThrough(t, g, runPlain)
				}})
			}
		}
	}
	try(t, points)
}

// traffic is how many bytes an undisturbed run exchanges with the destination.
func (r *route) traffic(t *testing.T) (up, down int64) {
	t.Helper()
	g := &gate{backend: r.dest.IMAP}
	g.open(t)
	end := proof.Command{Args: r.args(r.dest.NewUser(), g.addr), Home: scratch(t), Limit: patience}.Run(t)
	up, down = g.total()
	if end.Exit != 0 || up == 0 || down == 0 {
		t.Fatalf("%s: got exit %d, %d bytes sent, %d received, want 0 and some", r.name, end.Exit, up, down)
	}
	return up, down
}

// killThrough runs the command behind the gate, which kills it, and resumes it
// while what it has sent may still be on its way.
func (r *route) killThrough(t *testing.T, g *gate, run func(t *testing.T, cmd *exec.Cmd, home string, started func(kill func()))) outcome {
	victim, dead := make(chan func(), 1), make(chan struct{})
	g.reached = func() {
		(<-victim)()
		<-dead
	}
	g.open(t)
	user := r.dest.NewUser()
	c := proof.Command{Args: r.args(user, g.addr), Home: scratch(t), Limit: patience}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	run(t, c.Prepare(ctx, t), c.Home, func(kill func()) { victim <- kill })
	if ctx.Err() != nil {
		t.Fatalf("still running after %v", patience)
	}
	close(dead)
	reached := g.hasFired()
	o := r.resume(t, c, user, g.landed)
	o.reached = reached
	return o
}

// runPlain runs the command to its end.
func runPlain(t *testing.T, cmd *exec.Cmd, _ string, started func(kill func())) {
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	started(func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait()
}
