package broken_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
)

func TestMain(m *testing.M) { proof.Main(m) }

// patience is long enough for a gigabyte.
const patience = 10 * time.Minute

// outcome is what a run of the program told.
type outcome struct {
	exit    int
	summary summary
	refused []event
	notes   []string
	text    string // all of it
}

type summary struct {
	Messages, Copied, Present, Adopted, Skipped, Refused, Vanished, Merged, Exit int
}

type event struct{ Event, Text, Subject string }

// haul runs the copy, and checks that what it tells adds up.
func haul(t *testing.T, home, source, dest string) outcome {
	t.Helper()
	return read(t, command(home, source, dest).Run(t))
}

func command(home, source, dest string) proof.Command {
	return proof.Command{Home: home, Args: []string{"copy", "--json", "--no-input", source, dest}, Limit: patience}
}

// read takes apart what a run told.
func read(t *testing.T, end proof.End) outcome {
	t.Helper()
	o := outcome{exit: end.Exit, text: end.Stdout + end.Stderr}
	ended := false
	for line := range strings.Lines(end.Stdout) {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("got the line %q: %v", line, err)
		}
		switch e.Event {
		case "refused":
			o.refused = append(o.refused, e)
		case "note":
			o.notes = append(o.notes, e.Text)
		case "summary":
			ended = true
			if err := json.Unmarshal([]byte(line), &o.summary); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := o.summary
	switch {
	case !ended:
		t.Fatalf("got no summary, exit %d:\n%s", end.Exit, o.text)
	case s.Messages != s.Copied+s.Present+s.Adopted+s.Skipped+s.Refused+s.Vanished+s.Merged:
		t.Errorf("the fates do not add up: %+v", s)
	case s.Refused != len(o.refused):
		t.Errorf("got %d refused events, want %d", len(o.refused), s.Refused)
	case s.Exit != end.Exit:
		t.Errorf("got exit %d, the summary says %d", end.Exit, s.Exit)
	}
	if i := bytes.IndexFunc([]byte(end.Stdout+end.Stderr), func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }); i >= 0 {
		t.Errorf("a control character in the output: %q", (end.Stdout + end.Stderr)[max(0, i-40):i+1])
	}
	return o
}

// told reports whether a note holds the words.
func (o outcome) told(words string) bool {
	return strings.Contains(strings.Join(o.notes, "\n"), words)
}

// wantExit is 3 if anything was refused.
func (o outcome) wantExit() int {
	if o.summary.Refused > 0 {
		return 3
	}
	return 0
}

// String is for failures.
func (o outcome) String() string {
	return fmt.Sprintf("exit %d, %+v, refused %q, notes %q", o.exit, o.summary, o.refused, o.notes)
}
