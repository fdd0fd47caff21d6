package dial

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// hands are a clock that a test sets.
type hands struct {
	wall time.Time
	mono time.Duration
}

func (h *hands) read() (time.Time, time.Duration) { return h.wall, h.mono }

// pass lets time go by, of which the monotonic clock sees awake.
func (h *hands) pass(wall, awake time.Duration) {
	h.wall, h.mono = h.wall.Add(wall), h.mono+awake
}

func TestNap(t *testing.T) {
	for _, tc := range []struct {
		name        string
		wall, awake time.Duration
		slept       bool
	}{
		{"nothing", 0, 0, false},
		{"an idle day, awake", 24 * time.Hour, 24 * time.Hour, false},
		{"a short nap", 29 * time.Second, 0, false},
		{"a nap", 31 * time.Second, 0, true},
		{"a night, and a minute's work", 8*time.Hour + time.Minute, time.Minute, true},
		{"clock set forward", time.Hour, time.Second, true},
		{"clock set forward a little", 20 * time.Second, time.Second, false},
		{"clock set back", -time.Hour, time.Second, false},
	} {
		h := &hands{wall: time.Unix(1_700_000_000, 0)}
		n := newNap(h.read)
		h.pass(tc.wall, tc.awake)
		if _, slept := n.look(); slept != tc.slept {
			t.Errorf("%s: got asleep %v, want %v", tc.name, slept, tc.slept)
		}
		h.pass(time.Second, time.Second)
		if _, slept := n.look(); slept != tc.slept {
			t.Errorf("%s: got asleep %v at the second look, want %v to stay", tc.name, slept, tc.slept)
		}
	}
}

// A clock that is slewed drifts a little at each look, for days.
func TestNapSeesNoDrift(t *testing.T) {
	h := &hands{wall: time.Unix(1_700_000_000, 0)}
	n := newNap(h.read)
	for range 10_000 {
		h.pass(time.Minute+30*time.Millisecond, time.Minute)
		if _, slept := n.look(); slept {
			t.Fatal("got asleep, want a clock that runs fast")
		}
	}
}

func TestSystemClock(t *testing.T) {
	n := newNap(nil)
	if _, slept := n.look(); slept || n.length() != 0 {
		t.Errorf("got asleep for %v, want awake", n.length())
	}
}

// After a sleep nothing is sent or read any more on what was open, and the
// session is to be opened anew.
func TestSleepEndsTheConnection(t *testing.T) {
	deeds := map[string]func(*Conn) error{
		"reading": func(c *Conn) error { _, err := c.ReadLine(0); return err },
		"writing": func(c *Conn) error { _, err := c.Write([]byte("m1 NOOP\r\n")); return err },
	}
	for name, do := range deeds {
		t.Run(name, func(t *testing.T) {
			heard := make(chan string, 1)
			a := serve(t, None, func(conn net.Conn) {
				io.WriteString(conn, "* OK hello\r\n")
				all, _ := io.ReadAll(conn)
				heard <- string(all)
			})
			h := &hands{wall: time.Unix(1_700_000_000, 0)}
			a.clock = h.read
			c, err := open(t, a)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.ReadLine(0); err != nil {
				t.Fatal(err)
			}
			h.pass(3*time.Hour, time.Second)
			err = do(c)
			wantError(t, err, Asleep, false, "the machine was asleep for 2h59m59s")
			var mark interface{ Stalled() bool }
			if !errors.As(err, &mark) || !mark.Stalled() {
				t.Errorf("got %v, want an error with the mark Stalled", err)
			}
			if got := <-heard; got != "" {
				t.Errorf("the server got %q, want nothing after the sleep", got)
			}
			for name, again := range deeds {
				if err := again(c); err == nil {
					t.Errorf("%s once more: got nil, want an error", name)
				}
			}
		})
	}
}

// Whoever waits in the other direction hears of it too.
func TestSleepEndsBothDirections(t *testing.T) {
	a := serve(t, None, func(conn net.Conn) {
		io.WriteString(conn, "* OK hello\r\n")
		io.Copy(io.Discard, conn)
	})
	h := &hands{wall: time.Unix(1_700_000_000, 0)}
	a.clock = h.read
	c, err := open(t, a)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ReadLine(0); err != nil {
		t.Fatal(err)
	}
	h.pass(time.Hour, 0)
	got := make(chan error)
	go func() {
		_, err := c.ReadLine(0)
		got <- err
	}()
	_, err = c.Write([]byte("m1 NOOP\r\n"))
	wantError(t, err, Asleep, false)
	wantError(t, <-got, Asleep, false)
}

func TestClockSetBackIsHarmless(t *testing.T) {
	a := serve(t, None, func(conn net.Conn) { io.WriteString(conn, "* OK hello\r\n* OK again\r\n"); io.Copy(io.Discard, conn) })
	h := &hands{wall: time.Unix(1_700_000_000, 0)}
	a.clock = h.read
	c, err := open(t, a)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"* OK hello", "* OK again"} {
		h.pass(-48*time.Hour, time.Second)
		if line, err := c.ReadLine(0); string(line) != want || err != nil {
			t.Errorf("got %q, %v, want %q", line, err, want)
		}
		if _, err := c.Write([]byte("m1 NOOP\r\n")); err != nil {
			t.Errorf("writing: got %v, want nil", err)
		}
	}
}
