package mailtest

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"
)

// patience is how long a [FakeConn] waits for the client.
const patience = 20 * time.Second

// FakeConn is the server's end of one connection in a script:
//
//	addr := mailtest.Fake(t, func(c *mailtest.FakeConn) {
//		c.Send("* OK hello")
//		tag := c.Expect(`(\S+) LOGIN .*`)[1]
//		c.Send(tag + " NO [UNAVAILABLE] come back later")
//		c.Wait()
//	})
//
// What the client does not do as the script says fails the test and ends the
// connection. A script that returns closes the connection.
type FakeConn struct {
	Number int // of the connection, the first is 0

	t    testing.TB
	conn net.Conn
	r    *bufio.Reader
}

// stopped leaves a script whose connection is of no more use.
type stopped struct{}

// Fake plays a server on 127.0.0.1 until the test ends, each connection by the
// script in its own goroutine, and gives its address.
func Fake(t testing.TB, script func(c *FakeConn)) string {
	t.Helper()
	return Serve(t, fakes(t, script))
}

// FakeTLS is [Fake] over TLS from the first byte.
func FakeTLS(t testing.TB, cert tls.Certificate, script func(c *FakeConn)) string {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, listener, fakes(t, script))
	return listener.Addr().String()
}

// fakes serves connections by a script.
func fakes(t testing.TB, script func(c *FakeConn)) func(int, net.Conn) {
	return func(number int, conn net.Conn) {
		c := &FakeConn{Number: number, t: t, conn: conn, r: bufio.NewReader(conn)}
		c.play(script)
	}
}

func (c *FakeConn) play(script func(c *FakeConn)) {
	defer func() {
		_ = c.conn.Close()
		if r := recover(); r != nil && r != any(stopped{}) {
			panic(r)
		}
	}()
	script(c)
}

// fail reports and leaves the script.
func (c *FakeConn) fail(format string, args ...any) {
	c.t.Errorf("connection %d: %s", c.Number, fmt.Sprintf(format, args...))
	panic(stopped{})
}

// Send writes lines, each with CRLF. If the client has gone the script ends.
func (c *FakeConn) Send(lines ...string) {
	for _, line := range lines {
		c.SendRaw(line + "\r\n")
	}
}

// SendRaw writes the text as it is.
func (c *FakeConn) SendRaw(text string) {
	_ = c.conn.SetWriteDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c.conn, text); err != nil {
		panic(stopped{})
	}
}

// Line reads one line, without its line end.
func (c *FakeConn) Line() string { return c.line("a line") }

// TryLine reads one line, without its line end; false if the client has gone.
func (c *FakeConn) TryLine() (string, bool) {
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	line, err := c.r.ReadString('\n')
	return strings.TrimRight(line, "\r\n"), err == nil
}

func (c *FakeConn) line(want string) string {
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	line, err := c.r.ReadString('\n')
	if err != nil {
		c.fail("got %q and %v, want %s", line, err, want)
	}
	return strings.TrimRight(line, "\r\n")
}

// Expect reads one line, all of which must match the regular expression, in
// any case, and gives the match and its groups.
func (c *FakeConn) Expect(pattern string) []string {
	line := c.line(pattern)
	match := regexp.MustCompile("^(?i:" + pattern + ")$").FindStringSubmatch(line)
	if match == nil {
		c.fail("got %q, want %s", line, pattern)
	}
	return match
}

// Literal reads n bytes.
func (c *FakeConn) Literal(n int) []byte {
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	b := make([]byte, n)
	if got, err := io.ReadFull(c.r, b); err != nil {
		c.fail("got %d bytes and %v, want %d", got, err, n)
	}
	return b
}

// StartTLS does the server's part of a TLS handshake; what it refuses is the
// client's right, so the script ends without a word.
func (c *FakeConn) StartTLS(cert tls.Certificate) {
	conn := tls.Server(c.conn, &tls.Config{Certificates: []tls.Certificate{cert}})
	_ = c.conn.SetDeadline(time.Now().Add(patience))
	if err := conn.Handshake(); err != nil {
		panic(stopped{})
	}
	c.conn, c.r = conn, bufio.NewReader(conn)
}

// Reset ends the connection with a reset.
func (c *FakeConn) Reset() {
	if tcp, ok := c.conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	panic(stopped{})
}

// Wait reads on, whatever comes, until the client or the test ends.
func (c *FakeConn) Wait() {
	_ = c.conn.SetReadDeadline(time.Time{})
	_, _ = io.Copy(io.Discard, c.r)
}
