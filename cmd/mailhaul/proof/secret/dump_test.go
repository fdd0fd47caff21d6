package secret

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// A program that is made to tell all its goroutines, as in a panic, does not
// tell the secret; nor do its arguments.
func TestCanaryInADump(t *testing.T) {
	for _, w := range []way{ways()[0], ways()[6]} {
		g := newStage(t, w)
		g.from.Break(imapserver.Fault{On: "LIST", Stall: true})
		cmd := proof.Command{Args: []string{"copy", "--no-input", "-vv", endpoint(g.from.Addr), endpoint(g.to.Addr)}, Home: g.home,
			Env: append(g.env(), "GOTRACEBACK=all")}.Prepare(t.Context(), t)
		var talk strings.Builder
		cmd.Stderr = &talk
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for limit := time.Now().Add(20 * time.Second); g.from.Count("LIST") == 0 && time.Now().Before(limit); {
			time.Sleep(5 * time.Millisecond)
		}
		argv, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", cmd.Process.Pid))
		if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if !strings.Contains(talk.String(), "goroutine ") {
			t.Fatalf("there is no dump: %s", talk.String())
		}
		g.look("dump", proof.End{Stderr: talk.String(), Stdout: string(argv)})
	}
}

// What is typed at the prompt is not shown, and kept where only its owner reads.
func TestCanaryAtThePrompt(t *testing.T) {
	g := newStage(t, way{})
	from := endpoint(g.from.Addr)
	cmd := proof.Command{Args: []string{"login", from}, Home: g.home, Env: g.env()}.Prepare(t.Context(), t)
	term := mailtest.AtTerminal(t, cmd)
	term.Wait("Password of anna@")
	term.Type(password)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, term.Shown())
	}
	term.Wait("It is kept in")
	g.look("the terminal", proof.End{Stdout: term.Shown()})
	if got := g.run([]string{"check", "-vv"}, nil, from); got.Exit != 0 {
		t.Errorf("what was kept does not let us in: %s", got.Stdout)
	}
	g.run([]string{"login", "--forget"}, nil, from)
	if got := g.run([]string{"check"}, nil, from); got.Exit != 4 {
		t.Errorf("got exit %d after it was forgotten, want 4", got.Exit)
	}
}
