package checkpoint

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

func TestContract(t *testing.T) {
	transfertest.Checkpoint(t, func(t *testing.T) (transfer.Checkpoint, func() transfer.Checkpoint) {
		o := options(t)
		return mustOpen(t, o), func() transfer.Checkpoint { return mustOpen(t, leftovers(t, o)) }
	})
}

// options name a job in a new folder.
func options(t testing.TB) Options {
	return Options{
		Dir:     filepath.Join(t.TempDir(), "state"),
		Sources: []string{"imaps://anna@old.example", "maildir:/home/anna/Maildir"},
		Dest:    "imaps://anna@new.example",
	}
}

// mustOpen opens a Log that is closed when the test ends.
func mustOpen(t testing.TB, o Options) *Log {
	t.Helper()
	l, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return l
}

// leftovers is the same job in another folder, with the files as a kill of the
// process would leave them at this moment.
func leftovers(t testing.TB, o Options) Options {
	t.Helper()
	from := o.Path()
	o.Dir = t.TempDir()
	for _, ext := range []string{"", "-wal"} {
		copyFile(t, from+ext, o.Path()+ext)
	}
	return o
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	p, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, p, 0o600); err != nil {
		t.Fatal(err)
	}
}
