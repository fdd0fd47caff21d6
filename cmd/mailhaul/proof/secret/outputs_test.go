package secret

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// afterwards runs what there is besides the copy itself: all that looks at a move,
// proves it, reports it and takes it back. Everything that comes of it is scanned:
// what is said, and the files below the home.
func (g *stage) afterwards(job, ends []string) {
	g.t.Helper()
	both := []string{"source", "dest"}
	proved := 0
	if len(ends) == 0 {
		proved = 4 // the words for the destination stand in the job
	}
	with := func(words ...string) []string { return append(words, job...) }
	for _, c := range []struct {
		words []string
		sides []string // whose secrets are told by flags
		ends  []string
		exit  int
	}{
		{with("plan", "--json"), both, ends, 0},
		{with("verify", "-vv", "--json", "--level", "bytes"), both, ends, 0},
		{with("manifest", "-o", "manifest"), both, ends, 0},
		{[]string{"verify", "-vv", "--manifest", "manifest"}, both[1:], ends[len(ends)/2:], proved},
		{with("report"), nil, ends, 0},
		{with("report", "-o", "report.html"), nil, ends, 0},
		{with("report", "--format", "json"), nil, ends, 0},
		{with("report", "-o", "report.csv"), nil, ends, 0},
		{with("report", "-o", "report.md"), nil, ends, 0},
		{with("report", "--export", "refused", "--no-input"), both[:1], ends, 0},
		{[]string{"status", "-v"}, nil, nil, 0},
		{[]string{"status", "--json"}, nil, nil, 0},
		{[]string{"completion", "bash"}, nil, nil, 0},
		{[]string{"__complete", "run", ""}, nil, nil, 0},
		{[]string{"__complete", "copy", "--folder", ""}, nil, nil, 0},
		{undo(with("undo", "--dry-run", "-v")), both[1:], ends, 0},
		{undo(with("undo", "-vv")), both[1:], ends, 0},
		{with("report", "-o", "report.html"), nil, ends, 0},
	} {
		if g.typed = ""; c.words[0] == "undo" {
			g.typed = "undo 3\n" // asked for without --dry-run
		}
		if got := g.run(c.words, c.sides, c.ends...); got.Exit != c.exit {
			g.t.Errorf("%s: got exit %d, want %d: %s", c.words, got.Exit, c.exit, got.Stderr)
		}
	}
	for _, name := range []string{"manifest", "report.html", "report.csv", "report.md", "ending", "ending-argv", "ending-summary", "log"} {
		if info, err := os.Stat(filepath.Join(g.home, name)); err != nil || info.Size() == 0 {
			g.t.Errorf("got %v, want a file %s with something in it, to be scanned", err, name)
		}
	}
	if text, err := os.ReadFile(filepath.Join(g.home, "ending-argv")); !strings.Contains(string(text), "--on-done") {
		g.t.Errorf("got %q and %v, want the arguments of mailhaul", text, err)
	}
}

// undo takes the name of a job as it is.
func undo(words []string) []string {
	return slices.DeleteFunc(words, func(w string) bool { return w == "--job" })
}

// A move is set up at a terminal: the password is typed, kept, or comes from a
// command that dumps what it sees.
func TestCanaryInSetup(t *testing.T) {
	g := newStage(t, way{files: map[string]string{"secret": password}})
	from, to := g.ends()
	cmd := proof.Command{Args: []string{"setup", "--plain", "moved"}, Home: g.home, Env: g.env()}.Prepare(t.Context(), t)
	term := mailtest.AtTerminal(t, cmd)
	for _, step := range [][2]string{
		{"Where is your mail now?", from}, {"Password of anna@", "no-" + password}, {"What now?", "1"},
		{"Password of anna@", password}, {"in later runs?", "1"},
		{"Where shall it go?", to}, {"Password of anna@", password}, {"in later runs?", "3"}, {"Which command?", dumping},
		{"Save the job moved", "y"},
	} {
		term.Next(step[0])
		term.Type(step[1])
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, term.Shown())
	}
	g.look("setup", proof.End{Stdout: term.Shown()})
	if got := g.run([]string{"run", "moved"}, nil); got.Exit != 0 || !strings.Contains(got.Stdout, "Copied 3 messages") {
		t.Errorf("the job does not run: exit %d: %s", got.Exit, got.Stderr)
	}
	g.hidden("environ")
}
