package mailtest

import (
	"net"
	"slices"
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
	// StallAfter withholds all after so many bytes, and keeps the connection
	// open until the client gives up.
	StallAfter int64
	// Rate is how many bytes a second are passed on, of what comes down; 0 is no bound.
	Rate int64
}

// Plan is what happens to one proxied connection. The zero value passes all.
type Plan struct {
	Up, Down Leg // from the client to the server, and back
	// Refuse closes the connection before a byte has passed.
	Refuse bool
	// Reset makes the client see a reset at the cut, not an end. ResetServer
	// does it to the server, once it was given all it is to get.
	Reset, ResetServer bool
	// Late lets what the client sent before the cut, and what Up.StallAfter
	// withheld of it, reach the server so long after the cut. What the client
	// sends after Down.StallAfter has withheld something is late, too.
	Late time.Duration
	// Release, if there is one, must be closed too before what is late goes on.
	Release <-chan struct{}
	// Quiet cuts the connection when something was withheld and the client has
	// then sent nothing for so long; 0 leaves that to the client.
	Quiet time.Duration
}

// ProxyOptions say what a [Proxy] does.
type ProxyOptions struct {
	Delay time.Duration // added each way, also to the three steps of connecting
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
	// Waits counts the questions that the client asked over a still line: it had
	// heard an answer to all that it had sent before, and the server said nothing
	// more before the question arrived. Each costs a round trip in which nothing
	// else is under way; what streams, either way, costs none. Connecting and the
	// server's greeting are not counted.
	Waits int
	// Cut is when the plan ended the client's side, or the client gave up while
	// something was withheld; zero if neither happened.
	Cut time.Time
	// Landed is when the last of what the client had sent reached the server
	// after the cut; zero if nothing did.
	Landed time.Time
}

// Proxy stands on 127.0.0.1 before the server at backend, until the test ends.
func Proxy(t testing.TB, backend string, o ProxyOptions) *Line {
	t.Helper()
	l, err := OpenProxy(backend, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

// OpenProxy is [Proxy] for those who need many, one after the other: the caller
// closes it.
func OpenProxy(backend string, o ProxyOptions) (*Line, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &Line{Addr: listener.Addr().String(), backend: backend, options: o, listener: listener}
	l.all.Go(l.serve)
	return l, nil
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

// Drained waits until every connection so far is over, for callers that have
// closed theirs: the server then has all it will get, and has acted on it. It
// reports whether that was before the time ran out.
func (l *Line) Drained(within time.Duration) bool {
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	l.mu.Lock()
	pipes := slices.Clone(l.pipes)
	l.mu.Unlock()
	for _, p := range pipes {
		select {
		case <-p.over:
		case <-deadline.C:
			return false
		}
	}
	return true
}

// Close ends everything. A second call does nothing.
func (l *Line) Close() {
	_ = l.listener.Close()
	l.mu.Lock()
	l.closed = true
	for _, p := range l.pipes {
		p.abandon()
	}
	l.mu.Unlock()
	l.all.Wait()
}
