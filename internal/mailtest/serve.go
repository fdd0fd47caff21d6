package mailtest

import (
	"net"
	"sync"
	"testing"
)

// Serve accepts connections on 127.0.0.1 until the test ends, and gives the
// address. Each is served in a goroutine of its own; number counts them from 0.
// Serve closes a connection when its server returns, and all of them when the
// test ends; then it waits for the servers.
func Serve(t testing.TB, serve func(number int, conn net.Conn)) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, listener, serve)
	return listener.Addr().String()
}

// serveOn is [Serve] on a listener, which it closes.
func serveOn(t testing.TB, listener net.Listener, serve func(number int, conn net.Conn)) {
	end := &finished{}
	var all sync.WaitGroup
	all.Go(func() {
		for number := 0; ; number++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			end.add(conn)
			all.Go(func() {
				defer conn.Close()
				serve(number, conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		end.now()
		all.Wait()
	})
}

// finished ends the connections with the test, so that no server waits longer.
type finished struct {
	mu    sync.Mutex
	yes   bool
	conns []net.Conn
}

func (f *finished) add(conn net.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conns = append(f.conns, conn)
	if f.yes {
		_ = conn.Close()
	}
}

func (f *finished) now() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.yes = true
	for _, conn := range f.conns {
		_ = conn.Close()
	}
}
