package kill

import (
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// TestSecondRun starts the same command a second time in the middle of a run.
// The second is sent away, the first does not notice. That a kill lets go of the
// job at once is part of every other test here.
func TestSecondRun(t *testing.T) {
	t.Parallel()
	r := routes(t)[0]
	up, _ := r.traffic(t)
	g := &gate{backend: r.dest.IMAP, up: true, n: up / 2}
	user, home := r.dest.NewUser(), scratch(t)
	var first, second proof.End
	g.reached = func() { second = proof.Command{Args: r.args(user, g.addr), Home: home, Limit: patience}.Run(t) }
	g.open(t)
	first = proof.Command{Args: r.args(user, g.addr), Home: home, Limit: patience}.Run(t)
	if second.Exit != 11 || !strings.Contains(second.Stderr, "process ") {
		t.Errorf("second run: got exit %d, %s, want 11 and the first one's process", second.Exit, second.Stderr)
	}
	if first.Exit != 0 {
		t.Errorf("first run: got exit %d, %s, want 0", first.Exit, first.Stderr)
	}
	for _, d := range mailtest.Compare(r.want, mailtest.Take(t, r.dest.IMAP, user), mailtest.CompareOptions{IgnoreOrder: true}) {
		t.Error(d)
	}
}
