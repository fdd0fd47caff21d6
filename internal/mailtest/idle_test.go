package mailtest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// far is a connection over a line of that round trip to a server that answers
// each line, and what is read from it.
func far(t *testing.T, roundTrip time.Duration) (*Line, net.Conn, *bufio.Reader) {
	t.Helper()
	l := Proxy(t, newSink(t).addr, ProxyOptions{Delay: roundTrip / 2})
	conn, err := net.Dial("tcp", l.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	r := bufio.NewReader(conn)
	if _, err := r.ReadString('\n'); err != nil { // the greeting
		t.Fatal(err)
	}
	return l, conn, r
}

// Questions one by one are a wait each, however many lines a question has.
func TestWaitsOfQuestions(t *testing.T) {
	for _, roundTrip := range []time.Duration{0, 10 * time.Millisecond} {
		l, conn, r := far(t, roundTrip)
		for range 5 {
			if _, err := io.WriteString(conn, "one\n"); err != nil {
				t.Fatal(err)
			}
			if _, err := r.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		if got := l.Traffic()[0]; got.Waits != 5 || got.Turns != 5 {
			t.Errorf("%v away: got %d waits and %d turns, want 5", roundTrip, got.Waits, got.Turns)
		}
	}
}

// A client that goes on sending while answers come does not wait.
func TestWaitsOfStream(t *testing.T) {
	const roundTrip, lines = 20 * time.Millisecond, 50
	l, conn, r := far(t, roundTrip)
	go func() {
		pause := time.NewTicker(roundTrip / 10)
		defer pause.Stop()
		for n := range lines {
			fmt.Fprintf(conn, "%d %s\n", n, strings.Repeat("x", 1000))
			<-pause.C
		}
	}()
	for range lines {
		if _, err := r.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	if got := l.Traffic()[0]; got.Waits != 1 || got.Turns < 10 {
		t.Errorf("got %d waits and %d turns, want 1 and many", got.Waits, got.Turns)
	}
}

// A client that asks on while the server goes on talking does not wait either.
func TestIdleWhileServerTalks(t *testing.T) {
	var i idle
	i.arrived(i.sent())
	for range 3 {
		i.heard(i.answered())
		late := i.answered() // on its way when the client asks on
		i.arrived(i.sent())
		i.heard(late)
	}
	if i.waits != 1 {
		t.Errorf("asking while an answer is on its way: got %d waits, want 1", i.waits)
	}
	i.heard(i.answered())
	question := i.sent()
	i.heard(i.answered()) // the server went on talking before the question came
	i.arrived(question)
	if i.waits != 1 {
		t.Errorf("the server talks while a question is on its way: got %d waits, want 1", i.waits)
	}
	i.heard(i.answered())
	i.arrived(i.sent())
	if i.waits != 2 {
		t.Errorf("all is still: got %d waits, want 2", i.waits)
	}
}
