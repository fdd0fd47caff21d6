package kill

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// gate is a proxy before the destination. When the n-th byte of one direction,
// counted over all connections, has passed, it holds everything, calls reached,
// and lets go some time after that has returned: then all that the client has
// written goes on to the server. Connections that come later pass freely.
type gate struct {
	addr    string
	backend string
	up      bool  // n counts what the client sends
	n       int64 // 0 is never
	late    time.Duration
	reached func()

	mu     sync.Mutex
	passed [2]int64 // down, up
	fired  bool
	freed  chan struct{}  // closed when all may go on
	over   chan struct{}  // closed when the test ends
	early  sync.WaitGroup // connections from before the moment
}

// open lets the gate listen until the test ends.
func (g *gate) open(t *testing.T) {
	t.Helper()
	g.freed, g.over = make(chan struct{}), make(chan struct{})
	g.mu.Lock() // who is served knows the address
	g.addr = mailtest.Serve(t, func(_ int, client net.Conn) { g.serve(client) })
	g.mu.Unlock()
	t.Cleanup(func() { close(g.over) }) // before Serve waits
}

func (g *gate) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", g.backend)
	if err != nil {
		return
	}
	defer server.Close()
	g.mu.Lock()
	later := g.fired
	if !later {
		g.early.Add(1)
		defer g.early.Done()
	}
	g.mu.Unlock()
	ended := make(chan struct{})
	var both sync.WaitGroup
	both.Go(func() { g.copy(client, server, 1, later) })
	both.Go(func() { g.copy(server, client, 0, later) })
	go func() { both.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-g.over:
		_ = client.Close()
		_ = server.Close()
		<-ended
	}
}

// copy passes one direction on, and its end.
func (g *gate) copy(from, to net.Conn, way int, later bool) {
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		if head, last := g.count(b[:n], way, later); last {
			_, _ = to.Write(b[:head])
			g.reached()
			go g.free()
			g.hold()
			_, _ = to.Write(b[head:n])
		} else if n > 0 {
			if !later && g.hasFired() {
				g.hold()
			}
			_, _ = to.Write(b[:n])
		}
		if err != nil {
			_ = to.(*net.TCPConn).CloseWrite()
			return
		}
	}
}

// count tells how much of b passes before the moment, if that is in b.
func (g *gate) count(b []byte, way int, later bool) (head int64, last bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	before := g.passed[way]
	g.passed[way] += int64(len(b))
	if later || g.fired || g.n == 0 || g.up != (way == 1) || g.passed[way] < g.n {
		return 0, false
	}
	g.fired = true
	return g.n - before, true
}

func (g *gate) free() {
	timer := time.NewTimer(g.late)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-g.over:
	}
	close(g.freed)
}

func (g *gate) hold() {
	select {
	case <-g.freed:
	case <-g.over:
	}
}

// landed returns when the server has done with all that came before the moment.
func (g *gate) landed() {
	if g.hasFired() {
		g.hold()
		g.early.Wait()
	}
}

func (g *gate) hasFired() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.fired
}

// total is how much has passed.
func (g *gate) total() (up, down int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.passed[1], g.passed[0]
}
