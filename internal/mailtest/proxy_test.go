package mailtest

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// sink is a server that says "hello\n", answers each line with "ok\n", and
// keeps all it was sent until its end.
type sink struct {
	addr string
	got  chan string
}

func newSink(t *testing.T) *sink {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &sink{l.Addr().String(), make(chan string, 10)}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s
}

func (s *sink) serve(conn net.Conn) {
	defer conn.Close()
	_, _ = io.WriteString(conn, "hello\n")
	var all strings.Builder
	for r := bufio.NewReader(conn); ; {
		line, err := r.ReadString('\n')
		all.WriteString(line)
		if err != nil {
			break
		}
		_, _ = io.WriteString(conn, "ok\n")
	}
	s.got <- all.String()
}

// talk sends text line by line, each after the answer to the one before, and
// tells all it heard.
func talk(t *testing.T, addr string, lines ...string) (string, error) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	var heard strings.Builder
	r := bufio.NewReader(conn)
	for _, line := range lines {
		answer, err := r.ReadString('\n')
		heard.WriteString(answer)
		if err != nil {
			return heard.String(), err
		}
		if _, err := io.WriteString(conn, line); err != nil {
			return heard.String(), err
		}
	}
	answer, err := r.ReadString('\n')
	return heard.String() + answer, err
}

func TestProxy(t *testing.T) {
	tests := []struct {
		name        string
		plan        Plan
		heard, sunk string
		turns       int
		err         error
	}{
		{"passes all", Plan{}, "hello\nok\nok\n", "one\ntwo\n", 2, nil},
		{"cuts up", Plan{Up: Leg{CutAfter: 6}}, "hello\nok\n", "one\ntw", 2, io.EOF},
		{"cuts up between lines", Plan{Up: Leg{CutAfter: 4}}, "hello\n", "one\n", 1, io.EOF},
		{"cuts down", Plan{Down: Leg{CutAfter: 8}}, "hello\nok", "one\n", 1, io.EOF},
		{"cuts down at a line's end", Plan{Down: Leg{CutAfter: 9}}, "hello\nok\n", "one\n", 0, nil},
		{"resets", Plan{Up: Leg{CutAfter: 5}, Reset: true}, "hello\nok\n", "one\nt", 2, syscall.ECONNRESET},
		{"lands late", Plan{Up: Leg{CutAfter: 6, StallAfter: 5}, Late: 50 * time.Millisecond}, "hello\nok\n", "one\ntw", 2, io.EOF},
		{"cuts late when the client is quiet", Plan{Up: Leg{StallAfter: 5}, Late: 50 * time.Millisecond, Quiet: 20 * time.Millisecond}, "hello\nok\n", "one\ntwo\n", 2, io.EOF},
		{"resets the server", Plan{Up: Leg{CutAfter: 6}, Reset: true, ResetServer: true}, "hello\nok\n", "one\ntw", 2, syscall.ECONNRESET},
		{"drops what was stalled", Plan{Up: Leg{CutAfter: 6, StallAfter: 5}}, "hello\nok\n", "one\nt", 2, io.EOF},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			s := newSink(t)
			l := Proxy(t, s.addr, ProxyOptions{Plan: func(int) Plan { return tc.plan }})
			lines := []string{"one\n", "two\n"}
			if tc.turns == 0 {
				lines = lines[:1]
			}
			start := time.Now()
			heard, err := talk(t, l.Addr, lines...)
			sunk := <-s.got
			if heard != tc.heard || sunk != tc.sunk || !errors.Is(err, tc.err) {
				t.Errorf("got heard %q, %v and sunk %q; want %q, %v and %q", heard, err, sunk, tc.heard, tc.err, tc.sunk)
			}
			if took := time.Since(start); took < tc.plan.Late {
				t.Errorf("got all after %v, want at least %v", took, tc.plan.Late)
			}
			if !l.Drained(5 * time.Second) {
				t.Error("got a connection that is not over")
			}
			traffic := l.Traffic()
			if len(traffic) != 1 || tc.turns > 0 && traffic[0].Turns != tc.turns || !traffic[0].Cut.IsZero() != (tc.err != nil || tc.turns == 0) {
				t.Errorf("got traffic %+v, want %d turns", traffic, tc.turns)
			}
		})
	}
}

func TestProxyRefusesByNumber(t *testing.T) {
	s := newSink(t)
	l := Proxy(t, s.addr, ProxyOptions{Plan: func(conn int) Plan { return Plan{Refuse: conn == 0} }})
	if heard, err := talk(t, l.Addr); heard != "" || err == nil {
		t.Errorf("first: got %q, %v, want an error", heard, err)
	}
	if heard, err := talk(t, l.Addr); heard != "hello\n" || err != nil {
		t.Errorf("second: got %q, %v, want hello", heard, err)
	}
}

func TestProxyStallsAndCutsOnDemand(t *testing.T) {
	s := newSink(t)
	l := Proxy(t, s.addr, ProxyOptions{Plan: func(int) Plan { return Plan{Down: Leg{StallAfter: 3}} }})
	conn, err := net.Dial("tcp", l.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	b := make([]byte, 3)
	if _, err := io.ReadFull(conn, b); err != nil || string(b) != "hel" {
		t.Fatalf("got %q, %v, want hel", b, err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
	if n, err := conn.Read(b); err == nil {
		t.Errorf("got %d bytes more, want none", n)
	}
	l.Cut()
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := conn.Read(b); err != io.EOF {
		t.Errorf("after the cut: got %v, want EOF", err)
	}
}

func TestProxyHoldsBackAfterStalledReply(t *testing.T) {
	s := newSink(t)
	plan := Plan{Down: Leg{StallAfter: 3}, Late: 50 * time.Millisecond, Quiet: 20 * time.Millisecond}
	l := Proxy(t, s.addr, ProxyOptions{Plan: func(int) Plan { return plan }})
	conn, err := net.Dial("tcp", l.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	start := time.Now()
	if _, err := io.ReadFull(conn, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	poll(time.Second, l.pipes[0].isWithheld)
	if _, err := io.WriteString(conn, "one\n"); err != nil {
		t.Fatal(err)
	}
	if got := <-s.got; got != "one\n" || time.Since(start) < plan.Late {
		t.Errorf("got %q after %v, want it after %v", got, time.Since(start), plan.Late)
	}
}

func TestProxyDelays(t *testing.T) {
	s := newSink(t)
	const delay = 30 * time.Millisecond
	l := Proxy(t, s.addr, ProxyOptions{Delay: delay})
	start := time.Now()
	if _, err := talk(t, l.Addr, "one\n"); err != nil {
		t.Fatal(err)
	}
	const want = 6 * delay // three to connect, the greeting down, a line up, its answer down
	if took := time.Since(start); took < want {
		t.Errorf("got the answer after %v, want at least %v", took, want)
	}
}
