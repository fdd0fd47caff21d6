package hostile

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// server is one end of a copy: honest but for what its attack plays.
type server struct {
	attack
	addr string
	cert tls.Certificate

	mu      sync.Mutex
	mail    []string // what it holds now
	altered []string // commands that change what is there
	clear   []byte   // all that came in without TLS
	endured bool     // the client took a flood for as long as it could go on
}

// peer is one connection of a server.
type peer struct {
	*server
	conn net.Conn
	in   *bufio.Reader
	tls  bool
}

// gone ends a script whose client has hung up.
type gone struct{}

// start plays a server on 127.0.0.1 until the test ends.
func start(t testing.TB, a attack, mail []string) *server {
	t.Helper()
	authority := mailtest.CA()
	if a.stranger {
		authority = mailtest.NewAuthority()
	}
	s := &server{attack: a, cert: authority.Issue(a.cert), mail: mail}
	s.addr = mailtest.Serve(t, func(_ int, conn net.Conn) { s.serve(conn) })
	return s
}

func (s *server) serve(conn net.Conn) {
	p := &peer{server: s, conn: conn, in: bufio.NewReader(conn)}
	defer func() {
		p.conn.Close()
		if r := recover(); r != nil && r != any(gone{}) {
			panic(r)
		}
	}()
	if s.security == implicitTLS {
		p.secure()
	}
	if s.on == pop3Source {
		p.pop3()
	} else {
		p.imap()
	}
}

// act plays what the attack has for a moment or command, else what an honest
// server does.
func (p *peer) act(moment, tag, text string, honest func()) {
	longest := ""
	for key := range p.play {
		if len(key) > len(longest) && len(text) >= len(key) && strings.EqualFold(text[:len(key)], key) || key == moment {
			longest = key
		}
	}
	if longest == "" {
		honest()
		return
	}
	p.play[longest](p, tag, text)
}

// secure does the server's part of a TLS handshake.
func (p *peer) secure() {
	conn := tls.Server(p.conn, &tls.Config{Certificates: []tls.Certificate{p.cert}})
	if err := conn.Handshake(); err != nil {
		panic(gone{})
	}
	p.conn, p.in, p.tls = conn, bufio.NewReader(conn), true
}

// line reads a command or a part of one.
func (p *peer) line() string {
	line, err := p.in.ReadString('\n')
	p.note(line)
	if err != nil {
		panic(gone{})
	}
	return strings.TrimRight(line, nl)
}

func (p *peer) note(text string) {
	if p.tls {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.clear) < 1<<20 {
		p.clear = append(p.clear, text...)
	}
}

// heard is what came in clear text.
func (p *server) heard() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(p.clear)
}

// literal reads so many bytes.
func (p *peer) literal(size int) string {
	text := make([]byte, size)
	if _, err := io.ReadFull(p.in, text); err != nil {
		panic(gone{})
	}
	p.note(string(text[:min(size, 1000)]))
	return string(text)
}

// send writes; a script whose client has gone ends.
func (p *peer) send(text string) {
	_ = p.conn.SetWriteDeadline(time.Now().Add(endurance))
	if _, err := io.WriteString(p.conn, text); err != nil {
		panic(gone{})
	}
}

// flood writes head, then pieces for as long as the client takes them.
func (p *peer) flood(head string, piece func(i int) string) {
	p.send(head)
	var block strings.Builder
	for i, end := 0, time.Now().Add(endurance); ; {
		block.Reset()
		for block.Len() < 64<<10 {
			block.WriteString(piece(i))
			i++
		}
		p.send(block.String())
		if time.Now().After(end) {
			p.mu.Lock()
			p.endured = true
			p.mu.Unlock()
			panic(gone{})
		}
	}
}

// drip writes a byte now and then, for as long as the client takes them.
func (p *peer) drip(text func(i int) string) {
	tick := time.NewTicker(patience / 4)
	defer tick.Stop()
	for i, end := 0, time.Now().Add(endurance); time.Now().Before(end); i++ {
		<-tick.C
		p.send(text(i))
	}
}

// silence says nothing until the client goes.
func (p *peer) silence() {
	_, _ = io.Copy(io.Discard, p.in)
	panic(gone{})
}

func (p *peer) ok(tag string) { p.send(tag + " OK done" + nl) }

func withTag(text, tag string) string { return strings.ReplaceAll(text, "$", tag) }
