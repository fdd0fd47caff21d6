package mailtest

import (
	"net"
	"sync"
	"testing"
	"time"
)

// Leg is one direction of a proxied connection. The counts are of bytes since
// its start, 0 is never.
type Leg struct {
	// CutAfter ends the connection when exactly so many bytes were taken from
	// the client (up), or given to it (down).
	CutAfter int64
	// StallAfter withholds all after so many bytes, and keeps the connection open.
	StallAfter int64
}

// Plan is what happens to one proxied connection. The zero value passes all.
type Plan struct {
	Up, Down Leg // from the client to the server, and back
	// Refuse closes the connection before a byte has passed.
	Refuse bool
	// Reset makes the client see a reset at the cut, not an end.
	Reset bool
	// Late lets what the client sent before the cut, and what Up.StallAfter
	// withheld of it, reach the server so long after the cut.
	Late time.Duration
}

// ProxyOptions say what a [Proxy] does.
type ProxyOptions struct {
	Delay time.Duration // added each way
	// Plan tells what happens to the connection with this number, the first is
	// 0; nil passes all. It is called from one goroutine.
	Plan func(conn int) Plan
}

// Line is a running proxy.
type Line struct {
	Addr string // where it listens

	backend  string
	options  ProxyOptions
	listener net.Listener
	all      sync.WaitGroup
	mu       sync.Mutex
	pipes    []*pipe
	closed   bool
}

// Traffic is what has passed over one connection.
type Traffic struct {
	Up, Down int64 // bytes taken from the client, given to the client
	// Turns counts how often the client sent after it had heard from the
	// server: the round trips of a client that does one thing at a time. Where
	// both talk at once it counts too many.
	Turns int
}

// Proxy stands on 127.0.0.1 before the server at backend, until the test ends.
func Proxy(t testing.TB, backend string, o ProxyOptions) *Line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &Line{Addr: listener.Addr().String(), backend: backend, options: o, listener: listener}
	l.all.Go(l.serve)
	t.Cleanup(l.close)
	return l
}

// Traffic tells of each connection so far, in the order they came.
func (l *Line) Traffic() []Traffic {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]Traffic, len(l.pipes))
	for i, p := range l.pipes {
		all[i] = p.count()
	}
	return all
}

// Cut cuts every connection that is open, each as its plan says.
func (l *Line) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.pipes {
		p.cut()
	}
}

func (l *Line) serve() {
	for number := 0; ; number++ {
		client, err := l.listener.Accept()
		if err != nil {
			return
		}
		var plan Plan
		if l.options.Plan != nil {
			plan = l.options.Plan(number)
		}
		p := newPipe(client.(*net.TCPConn), plan, l.options.Delay)
		l.mu.Lock()
		l.pipes = append(l.pipes, p)
		if l.closed {
			p.abandon()
		}
		l.mu.Unlock()
		l.all.Go(func() { p.run(l.backend) })
	}
}

func (l *Line) close() {
	_ = l.listener.Close()
	l.mu.Lock()
	l.closed = true
	for _, p := range l.pipes {
		p.abandon()
	}
	l.mu.Unlock()
	l.all.Wait()
}
