package kill

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// childDir makes the test binary be the process that TestSynced traces.
const childDir = "MAILHAUL_KILL_CHILD"

// TestMainChild is that process: it begins windows, settles the one before and
// tells both, over two lives of the checkpoint. The second is long enough for
// SQLite to carry its write-ahead log over into the database.
func TestMainChild(t *testing.T) {
	dir := os.Getenv(childDir)
	if dir == "" {
		t.Skip("runs as a process of its own, see TestSynced")
	}
	next := 0
	for _, windows := range []int{12, 260} {
		l, book := openChild(t, dir)
		for range windows {
			if next > 0 {
				// Said before: what nobody ever settled must not be found settled.
				fmt.Printf("settle %d\n", next-1)
				rs := windowOf(book, next-1)
				for i := range rs {
					rs[i].Fate, rs[i].UID = transfer.Copied, uint32(next*windowSize+i)
				}
				if err := l.Settle(t.Context(), rs); err != nil {
					t.Fatal(err)
				}
			}
			if err := l.Begin(t.Context(), transfer.Window{To: toFolder, Epoch: toFolder.Epoch, Base: 1, Records: windowOf(book, next)}); err != nil {
				t.Fatal(err)
			}
			fmt.Printf("begun %d\n", next) // said after: this must be safe now
			next++
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

var (
	fromFolder = transfer.Folder{Path: []string{"INBOX"}, Epoch: "1"}
	toFolder   = transfer.Folder{Path: []string{"INBOX"}, Epoch: "7"}
)

const windowSize = 2

func openChild(t *testing.T, dir string) (*checkpoint.Log, int64) {
	t.Helper()
	o := checkpoint.Options{Dir: dir, Sources: []string{"source"}, Dest: "dest"}
	l, err := checkpoint.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	b, err := l.Enter(t.Context(), "source", fromFolder, toFolder)
	if err != nil {
		t.Fatalf("enter: %v", err)
	}
	return l, b.ID
}

func windowOf(book int64, n int) []transfer.Record {
	rs := make([]transfer.Record, windowSize)
	for i := range rs {
		rs[i] = transfer.Record{
			Book: book, ID: fmt.Sprint(n*windowSize + i), Fate: transfer.Open, To: toFolder.Key(), Epoch: toFolder.Epoch,
			Size: 1000, Digest: transfer.Digest{1: byte(n), 2: byte(i)}, Flags: strings.Repeat("a-long-keyword ", 20),
		}
	}
	return rs
}

// said is what the child has told up to a moment: how many windows it had begun,
// how many it may have settled.
type said struct{ begun, settled int }

func (s *said) hear(text string) {
	for line := range strings.Lines(text) {
		var n int
		if _, err := fmt.Sscanf(line, "begun %d", &n); err == nil {
			s.begun = n + 1
		} else if _, err := fmt.Sscanf(line, "settle %d", &n); err == nil {
			s.settled = n + 1
		}
	}
}

// TestSynced loses the power at many moments of the checkpoint's life, many ways
// each.
func TestSynced(t *testing.T) {
	t.Parallel()
	needTracing(t)
	dir := filepath.Join(scratch(t), "state", "mailhaul")
	w := &recorder{under: map[*call]bool{}}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMainChild$")
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	home := filepath.Dir(filepath.Dir(dir))
	if killed, err := (&tracer{dir: home, watcher: w}).run(cmd); killed || err != nil {
		t.Fatalf("got killed %v, %v, want neither", killed, err)
	}
	calls, ways := w.end(), 3
	at := map[int]bool{}
	for _, n := range moments(len(calls), 40, len(calls)) {
		at[n] = true
	}
	work := scratch(t)
	random := rand.New(rand.NewPCG(*seed, 5))
	d, s, points, carried := newDisk(), said{}, 0, 0
	for i, c := range calls {
		if c.path == stdout {
			s.hear(string(c.data))
		} else {
			d.apply(c)
		}
		if c.name == "sync" && strings.HasSuffix(c.path, ".db") {
			carried++
		}
		for way := 0; at[i+1] && way < ways; way++ {
			points++
			copied := filepath.Join(work, "copied")
			if err := restore(d.crash(random), home, copied, random); err != nil {
				t.Fatal(err)
			}
			s.check(t, filepath.Join(copied, "state", "mailhaul"))
			if t.Failed() {
				t.Fatalf("power lost after call %d of %d: %s %s", i+1, len(calls), c.name, c.path)
			}
			if err := os.RemoveAll(copied); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d calls, %d losses of power, none lost a window or made up an arrival; database synced %d times", len(calls), points, carried)
	if s.begun != 272 || carried < 4 { // at its making, at two ends, and in the middle
		t.Errorf("got %d windows and %d syncs of the database, want 272 and 4 at least", s.begun, carried)
	}
}

// check opens what the loss has left.
func (s *said) check(t *testing.T, dir string) {
	t.Helper()
	l, book := openChild(t, dir)
	var ids []string
	for i := range (s.begun + 2) * windowSize {
		ids = append(ids, fmt.Sprint(i))
	}
	got, err := l.Known(t.Context(), book, ids)
	if err != nil {
		t.Errorf("known: %v", err)
	}
	for i, id := range ids {
		r, known := got[id]
		window := i / windowSize
		switch {
		case !known && window < s.begun:
			t.Fatalf("message %s of window %d of %d: got nothing, want it open or copied", id, window, s.begun)
		case known && r.Fate == transfer.Copied && (window >= s.settled || r.UID != uint32((window+1)*windowSize+i%windowSize)):
			t.Fatalf("message %s of window %d of %d settled: got copied as UID %d", id, window, s.settled, r.UID)
		case known && r.Fate != transfer.Copied && r.Fate != transfer.Open,
			known && r.Digest != (transfer.Digest{1: byte(window), 2: byte(i % windowSize)}):
			t.Fatalf("message %s: got %+v, want what was begun", id, r)
		}
	}
	if err := l.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}
