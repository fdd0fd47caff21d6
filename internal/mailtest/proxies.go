package mailtest

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
)

// ForwardProxy is a proxy on 127.0.0.1 through which a client reaches the
// outside: SOCKS5 (RFC 1928) and HTTP CONNECT on one port. Whatever it is asked
// for, it connects to To.
type ForwardProxy struct {
	Addr string
	To   string
	// User and Password are asked for where User is not "".
	User, Password string
	// Refuse lets it say no to every request.
	Refuse bool

	mu    sync.Mutex
	asked []string
}

// NewForwardProxy starts one, which ends with the test.
func NewForwardProxy(t testing.TB, to string) *ForwardProxy {
	t.Helper()
	p := &ForwardProxy{To: to}
	p.Addr = Serve(t, func(_ int, conn net.Conn) {
		defer conn.Close()
		r := bufio.NewReader(conn)
		first, err := r.Peek(1)
		if err != nil {
			return
		}
		if first[0] == 5 {
			p.socks(conn, r)
			return
		}
		p.connect(conn, r)
	})
	return p
}

// Asked are the addresses that clients wanted, as they named them.
func (p *ForwardProxy) Asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.asked...)
}

func (p *ForwardProxy) note(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, address)
}

func (p *ForwardProxy) socks(conn net.Conn, r *bufio.Reader) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(r, head); err != nil {
		return
	}
	if _, err := r.Discard(int(head[1])); err != nil {
		return
	}
	if p.User == "" {
		_, _ = conn.Write([]byte{5, 0})
	} else if !p.socksSignIn(conn, r) {
		return
	}
	request := make([]byte, 4)
	if _, err := io.ReadFull(r, request); err != nil {
		return
	}
	host := ""
	switch request[3] {
	case 1:
		ip := make(net.IP, 4)
		_, _ = io.ReadFull(r, ip)
		host = ip.String()
	case 3:
		size, _ := r.ReadByte()
		name := make([]byte, size)
		_, _ = io.ReadFull(r, name)
		host = string(name)
	}
	port := make([]byte, 2)
	_, _ = io.ReadFull(r, port)
	p.note(fmt.Sprintf("%s:%d", host, binary.BigEndian.Uint16(port)))
	if p.Refuse {
		_, _ = conn.Write([]byte{5, 2, 0, 1, 0, 0, 0, 0, 0, 0})
		return
	}
	p.join(conn, r, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
}

// socksSignIn is RFC 1929.
func (p *ForwardProxy) socksSignIn(conn net.Conn, r *bufio.Reader) bool {
	_, _ = conn.Write([]byte{5, 2})
	_, _ = r.ReadByte()
	var said [2]string
	for i := range said {
		size, _ := r.ReadByte()
		text := make([]byte, size)
		_, _ = io.ReadFull(r, text)
		said[i] = string(text)
	}
	if said != [2]string{p.User, p.Password} {
		_, _ = conn.Write([]byte{1, 1})
		return false
	}
	_, err := conn.Write([]byte{1, 0})
	return err == nil
}

func (p *ForwardProxy) connect(conn net.Conn, r *bufio.Reader) {
	request, err := http.ReadRequest(r)
	if err != nil {
		return
	}
	p.note(request.Host)
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(p.User+":"+p.Password))
	switch {
	case request.Method != http.MethodConnect:
		fmt.Fprint(conn, "HTTP/1.1 405 Method Not Allowed\r\n\r\n")
	case p.User != "" && request.Header.Get("Proxy-Authorization") != want:
		fmt.Fprint(conn, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
	case p.Refuse:
		fmt.Fprint(conn, "HTTP/1.1 403 Forbidden\r\n\r\n")
	default:
		p.join(conn, r, "HTTP/1.1 200 Connection established\r\n\r\n")
	}
}

// join connects both ends; what the server says first leaves in one write with
// the proxy's own answer.
func (p *ForwardProxy) join(conn net.Conn, r *bufio.Reader, answer string) {
	to, err := net.Dial("tcp", p.To)
	if err != nil {
		return
	}
	defer to.Close()
	go func() {
		_, _ = io.Copy(to, r)
		_ = to.Close()
	}()
	first := make([]byte, 4<<10)
	n := 0
	if answer[0] == 'H' && p.User == "" { // a server that greets, where the client may read too far
		n, _ = to.Read(first)
	}
	_, _ = conn.Write(append([]byte(answer), first[:n]...))
	_, _ = io.Copy(conn, to)
}
