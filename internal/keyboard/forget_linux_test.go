package keyboard

import (
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a person's end and ours.
func terminal(t *testing.T) (person, tty *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	t.Cleanup(func() { person.Close() })
	fd := int(person.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	return person, tty
}

// TestForget: what was typed before is no answer to what is asked now.
func TestForget(t *testing.T) {
	person, tty := terminal(t)
	k, err := Open(tty)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	for _, tc := range []struct {
		forget bool
		want   string
	}{{false, "early"}, {true, "late"}} {
		person.WriteString("early\r")
		for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
			if n, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCINQ); n == 6 {
				break
			} else if err != nil || time.Now().After(deadline) {
				t.Fatalf("%d keys came, %v, want 6", n, err)
			}
		}
		if tc.forget {
			if err := k.Forget(); err != nil {
				t.Fatal(err)
			}
		}
		person.WriteString("late\r")
		if got, err := k.Line(t.Context()); got != tc.want || err != nil {
			t.Errorf("forgotten: %v: got %q, %v, want %q", tc.forget, got, err, tc.want)
		}
		if !tc.forget {
			if got, err := k.Line(t.Context()); got != "late" || err != nil {
				t.Errorf("got %q, %v, want what was typed then", got, err)
			}
		}
	}
}
