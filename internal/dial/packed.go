package dial

import (
	"bufio"
	"net"
	"sync"
)

// packed lies between TLS and the wire. TLS reads and writes record by record,
// 16 KiB at most; packed reads what there is, and what is written between hold
// and release leaves at once.
type packed struct {
	net.Conn
	in *bufio.Reader

	mu   sync.Mutex // TLS writes from the reading side too, when keys are renewed
	held bool
	out  []byte
	err  error // of a write: TLS does not learn that what was held is lost
}

func newPacked(wire net.Conn) *packed {
	return &packed{Conn: wire, in: bufio.NewReaderSize(wire, bufferSize)}
}

func (p *packed) Read(b []byte) (int, error) { return p.in.Read(b) }

func (p *packed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return 0, p.err
	}
	if !p.held {
		return p.Conn.Write(b)
	}
	p.out = append(p.out, b...)
	if len(p.out) < bufferSize {
		return len(b), nil
	}
	return len(b), p.leave()
}

// hold keeps what is written from now on.
func (p *packed) hold() {
	p.mu.Lock()
	p.held = true
	p.mu.Unlock()
}

// release lets go what was held.
func (p *packed) release() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = false
	return p.leave()
}

func (p *packed) leave() error {
	if len(p.out) == 0 || p.err != nil {
		return p.err
	}
	_, p.err = p.Conn.Write(p.out)
	p.out = p.out[:0]
	return p.err
}

// secured is TLS over a packed wire.
type secured struct {
	net.Conn
	wire *packed
}

// Write sends all of b at once.
func (s *secured) Write(b []byte) (int, error) {
	s.wire.hold()
	n, err := s.Conn.Write(b)
	if lost := s.wire.release(); err == nil && lost != nil {
		return 0, lost
	}
	return n, err
}
