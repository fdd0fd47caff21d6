package dial

import (
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// inBubble opens a connection to a server in the same process, on a clock that
// jumps to whenever something happens next.
func inBubble(t *testing.T, server func(net.Conn)) *Conn {
	t.Helper()
	done := make(chan struct{})
	c, err := Open(t.Context(), Access{
		Endpoint: Endpoint{Scheme: "imap", Host: "127.0.0.1", TLS: None},
		Dial: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() {
				defer close(done)
				defer far.Close()
				io.WriteString(far, "* OK hello\r\n")
				server(far)
			}()
			return near, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); <-done })
	if line, err := c.ReadLine(0); err != nil || string(line) != "* OK hello" {
		t.Fatalf("got %q, %v, want the greeting", line, err)
	}
	return c
}

// drip writes piece again and again until nobody listens or it was so often.
func drip(conn net.Conn, piece []byte, pause time.Duration, times int) {
	for range times {
		time.Sleep(pause)
		if _, err := conn.Write(piece); err != nil {
			return
		}
	}
}

const forEver = 1 << 30

// 150 MB at 0.5 Mbit/s take 42 minutes, in either direction.
func TestSlowTransferPasses(t *testing.T) {
	const size, pieces = 150 << 20, 2400
	synctest.Test(t, func(t *testing.T) {
		c := inBubble(t, func(far net.Conn) { drip(far, make([]byte, size/pieces), time.Second, pieces) })
		began := time.Now()
		if n, err := io.CopyN(io.Discard, c.R, size); err != nil {
			t.Errorf("reading: got %d bytes, %v, want %d", n, err, size)
		}
		if took := time.Since(began); took < 40*time.Minute {
			t.Errorf("reading took %v, want a slow line", took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		c := inBubble(t, func(far net.Conn) {
			for piece := make([]byte, size/pieces); ; time.Sleep(time.Second) {
				if _, err := io.ReadFull(far, piece); err != nil {
					return
				}
			}
		})
		began := time.Now()
		if n, err := c.Write(make([]byte, size)); err != nil {
			t.Errorf("writing: got %d bytes, %v, want %d", n, err, size)
		}
		if took := time.Since(began); took < 39*time.Minute {
			t.Errorf("writing took %v, want a slow line", took)
		}
	})
}

// What a server does that is as good as nothing ends after the timeout, what
// takes its time does not.
func TestTimeLimits(t *testing.T) {
	line := func(c *Conn) error { _, err := c.ReadLine(0); return err }
	literal := func(c *Conn) error { _, err := io.CopyN(io.Discard, c.R, 4<<20); return err }
	lines := func(n int) func(*Conn) error {
		return func(c *Conn) (err error) {
			for range n {
				if err = line(c); err != nil {
					return err
				}
			}
			return err
		}
	}
	tests := []struct {
		name   string
		server func(net.Conn)
		client func(*Conn) error
		limit  time.Duration // at which it ends, 0 is never
		words  string
	}{
		{"silence", func(far net.Conn) { io.Copy(io.Discard, far) }, line, DefaultTimeout, "nothing moved for 2m0s"},
		{"a byte each 10 s in a line", func(far net.Conn) { drip(far, []byte("x"), 10*time.Second, forEver) },
			line, DefaultTimeout, "fewer than 100 bytes a second"},
		{"a byte each 10 s in a literal", func(far net.Conn) { drip(far, []byte("x"), 10*time.Second, forEver) },
			literal, DefaultTimeout, "fewer than 100 bytes a second"},
		{"a megabyte, then silence", func(far net.Conn) { far.Write(make([]byte, 1<<20)); io.Copy(io.Discard, far) },
			literal, DefaultTimeout, "nothing moved for 2m0s"},
		{"lines of 20 bytes, one a minute", func(far net.Conn) { drip(far, []byte("* OK still working\r\n"), time.Minute, 60) },
			lines(60), 0, ""},
		{"long pauses in a literal", func(far net.Conn) { drip(far, make([]byte, 32<<10), 110*time.Second, 128) }, literal, 0, ""},
		{"nothing taken", func(net.Conn) { time.Sleep(time.Hour) },
			func(c *Conn) error { _, err := c.Write(make([]byte, 1<<20)); return err }, DefaultTimeout, "nothing moved for 2m0s"},
		{"a byte taken each 10 s", func(far net.Conn) {
			for one := make([]byte, 1); ; time.Sleep(10 * time.Second) {
				if _, err := far.Read(one); err != nil {
					return
				}
			}
		}, func(c *Conn) error { _, err := c.Write(make([]byte, 1<<20)); return err }, DefaultTimeout, "nothing moved for 2m0s"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := inBubble(t, tc.server)
				began := time.Now()
				err := tc.client(c)
				took := time.Since(began)
				if tc.limit == 0 {
					if err != nil || took < 30*time.Minute {
						t.Errorf("got %v after %v, want all to pass, slowly", err, took)
					}
					return
				}
				wantError(t, err, Timeout, false, tc.words)
				if took < tc.limit || took > tc.limit+glance {
					t.Errorf("noticed after %v, want %v", took, tc.limit)
				}
				if !err.(*Error).Stalled() {
					t.Errorf("got Stalled false for %v, want true", err)
				}
			})
		})
	}
}

// While we send, the server may say nothing as long as that takes.
func TestUploadKeepsTheReaderWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const pieces = 60
		c := inBubble(t, func(far net.Conn) {
			for piece := make([]byte, writePiece); ; {
				for range pieces {
					time.Sleep(time.Minute)
					if _, err := io.ReadFull(far, piece); err != nil {
						return
					}
				}
				io.WriteString(far, "m1 OK\r\n")
				io.Copy(io.Discard, far)
			}
		})
		got := make(chan error)
		go func() {
			_, err := c.ReadLine(0)
			got <- err
		}()
		if _, err := c.Write(make([]byte, pieces*writePiece)); err != nil {
			t.Fatal(err)
		}
		if err := <-got; err != nil {
			t.Errorf("got %v, want the reply after an hour of sending", err)
		}
	})
}

// No session was in use yet: nothing can land late.
func TestNoGreetingIsNoStall(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	a := serve(t, None, func(net.Conn) { <-stop })
	a.Greeting = 20 * time.Millisecond
	c, err := open(t, a)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.ReadLine(0)
	wantError(t, err, Timeout, true, "said nothing")
	if err.(*Error).Stalled() {
		t.Error("got Stalled, want a server that never spoke")
	}
}
