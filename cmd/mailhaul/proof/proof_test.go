package proof_test

import (
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
)

func TestMain(m *testing.M) { proof.Main(m) }

func TestCommand(t *testing.T) {
	end := proof.Command{Args: []string{"version"}}.Run(t)
	if end.Exit != 0 || !strings.HasPrefix(end.Stdout, "mailhaul ") {
		t.Errorf("got exit %d, %q, want 0 and the version", end.Exit, end.Stdout)
	}
	if end := (proof.Command{Args: []string{"copy", "nonsense:"}}).Run(t); end.Exit != 2 {
		t.Errorf("got exit %d for wrong usage, want 2", end.Exit)
	}
}
