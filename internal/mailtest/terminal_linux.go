package mailtest

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Terminal is one at which a program runs, and at which the test types.
type Terminal struct {
	t      testing.TB
	master *os.File

	mu    sync.Mutex
	shown strings.Builder
	more  chan struct{} // gets something when there is more
	over  chan struct{} // closed when the program has gone and all is read
	seen  int           // up to where Next has looked
}

// AtTerminal starts the program with a terminal of its own for input and all
// output. It has no size, as one over a serial line.
func AtTerminal(t testing.TB, cmd *exec.Cmd) *Terminal {
	t.Helper()
	return AtTerminalOf(t, cmd, 0, 0)
}

// AtTerminalOf is AtTerminal with a size.
func AtTerminalOf(t testing.TB, cmd *exec.Cmd, columns, rows uint16) *Terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		Skip(t, "no terminals here: "+err.Error())
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: rows})
	}
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	term := &Terminal{t: t, master: master, more: make(chan struct{}, 1), over: make(chan struct{})}
	go term.read()
	return term
}

// read collects what the program shows, until it has ended.
func (term *Terminal) read() {
	defer close(term.over)
	buffer := make([]byte, 4<<10)
	for {
		n, err := term.master.Read(buffer)
		term.mu.Lock()
		term.shown.Write(buffer[:n])
		term.mu.Unlock()
		select {
		case term.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// Shown is all that stood at the terminal so far.
func (term *Terminal) Shown() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.shown.String()
}

// Wait waits until a text is shown.
func (term *Terminal) Wait(text string) {
	term.t.Helper()
	limit := time.After(patience)
	for !strings.Contains(term.Shown(), text) {
		select {
		case <-term.more:
		case <-limit:
			term.t.Fatalf("the terminal shows %q, want %q", term.Shown(), text)
		}
	}
}

// WaitForEnd waits until all that the program has shown is read: it must have ended.
func (term *Terminal) WaitForEnd() {
	term.t.Helper()
	select {
	case <-term.over:
	case <-time.After(patience):
		term.t.Fatal("something has the terminal open still")
	}
}

// Next waits until a text is shown below the one that it waited for before: a
// question that comes again is not asked yet when it was asked once.
func (term *Terminal) Next(text string) {
	term.t.Helper()
	limit := time.After(patience)
	for {
		if i := strings.Index(term.Shown()[term.seen:], text); i >= 0 {
			term.seen += i + len(text)
			return
		}
		select {
		case <-term.more:
		case <-limit:
			term.t.Fatalf("the terminal shows %q, want %q once more", term.Shown(), text)
		}
	}
}

// Type types a line.
func (term *Terminal) Type(line string) {
	term.t.Helper()
	if _, err := term.master.WriteString(line + "\n"); err != nil {
		term.t.Fatal(err)
	}
}

// Press presses keys, as their bytes: Enter is "\r".
func (term *Terminal) Press(keys string) {
	term.t.Helper()
	if _, err := term.master.WriteString(keys); err != nil {
		term.t.Fatal(err)
	}
}
