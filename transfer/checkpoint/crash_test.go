package checkpoint

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

// childDir tells the test binary to be the process that is killed.
const childDir = "MAILHAUL_TEST_CHECKPOINT"

// TestChild is what runs in that process: it begins window after window,
// settles the one before, and says which window is safe.
func TestChild(t *testing.T) {
	dir := os.Getenv(childDir)
	if dir == "" {
		t.Skip("runs as a process of its own, see TestKill")
	}
	o := options(t)
	o.Dir = dir
	l := mustOpen(t, o)
	b := enter(t, l, inbox, archive)
	for i := 0; ; i++ {
		if i > 0 {
			settle(t, l, landed(letter(b.ID, strconv.Itoa(i-1)), archive, uint32(i)))
		}
		begin(t, l, archive, uint32(i+1), letter(b.ID, strconv.Itoa(i)))
		fmt.Printf("safe %d\n", i)
	}
}

// TestKill kills a process that holds the job, as kill -9 does. While it lives
// it keeps a second one out; what it called safe is there afterwards.
func TestKill(t *testing.T) {
	o := options(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childDir+"="+o.Dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	safe := -1
	for lines := bufio.NewScanner(out); safe < 20 && lines.Scan(); {
		fmt.Sscanf(lines.Text(), "safe %d", &safe)
	}
	_, err = Open(t.Context(), o)
	if want := fmt.Sprintf("process %d", cmd.Process.Pid); !errors.Is(err, transfer.ErrHeld) || !strings.Contains(err.Error(), want) {
		t.Errorf("open while the process lives: got %v, want held by %s", err, want)
	}
	if s, err := Read(o.Path()); err != nil || s.PID != cmd.Process.Pid {
		t.Errorf("status while the process lives: got PID %d, %v, want %d", s.PID, err, cmd.Process.Pid)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if safe < 20 {
		t.Fatalf("the process called %d windows safe, want more", safe)
	}
	if s, err := Read(o.Path()); err != nil || s.PID != 0 || !s.Ended.IsZero() {
		t.Errorf("status after the kill: got PID %d, ended %v, %v, want neither", s.PID, s.Ended, err)
	}
	history(t, o, safe+1)
}

// history opens what TestChild's loop left behind and checks that it holds at
// least so many windows and ends where one ended. It answers how many.
func history(t *testing.T, o Options, atLeast int) int {
	t.Helper()
	l := mustOpen(t, o)
	b := enter(t, l, inbox, archive)
	var ids []string
	for i := range atLeast + 5000 {
		ids = append(ids, strconv.Itoa(i))
	}
	got, err := l.Known(t.Context(), b.ID, ids)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) < atLeast {
		t.Errorf("windows: got %d, want %d at least", len(got), atLeast)
	}
	for i := range len(got) {
		want := transfer.Copied
		if i == len(got)-1 {
			want = transfer.Open
		}
		if r := got[strconv.Itoa(i)]; r.Fate != want {
			t.Errorf("message %d of %d: got %q, want %q", i, len(got), r.Fate, want)
		}
	}
	return len(got)
}

// TestTorn cuts the write-ahead log off at random places, as the loss of power
// can before the disk has said that it is written.
func TestTorn(t *testing.T) {
	o := options(t)
	l := mustOpen(t, o)
	if err := l.db.exec("PRAGMA wal_autocheckpoint=0"); err != nil {
		t.Fatal(err)
	}
	const windows = 30
	b := enter(t, l, inbox, archive)
	for i := range windows {
		if i > 0 {
			settle(t, l, landed(letter(b.ID, strconv.Itoa(i-1)), archive, uint32(i)))
		}
		begin(t, l, archive, uint32(i+1), letter(b.ID, strconv.Itoa(i)))
	}
	info, err := os.Stat(o.Path() + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	last := info.Size()
	for range 8 {
		torn := leftovers(t, o)
		cut := last - random.Int64N(last*3/4)
		if err := os.Truncate(torn.Path()+"-wal", cut); err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprint(cut), func(t *testing.T) {
			if n := history(t, torn, 1); cut < last && n > windows {
				t.Errorf("windows: got %d, want %d at most", n, windows)
			}
		})
	}
	history(t, leftovers(t, o), windows)
}

func enter(t testing.TB, l *Log, from, to transfer.Folder) transfer.Book {
	t.Helper()
	b, err := l.Enter(t.Context(), "imaps://anna@old.example", from, to)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func begin(t testing.TB, l *Log, to transfer.Folder, base uint32, rs ...transfer.Record) {
	t.Helper()
	if err := l.Begin(t.Context(), windowOf(to, base, rs...)); err != nil {
		t.Fatal(err)
	}
}

func settle(t testing.TB, l *Log, rs ...transfer.Record) {
	t.Helper()
	if err := l.Settle(t.Context(), rs); err != nil {
		t.Fatal(err)
	}
}
