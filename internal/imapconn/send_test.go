package imapconn

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/mailhaul/mailhaul/internal/dial"
)

// appendOne sends a message of that announced size, with a writer of its own.
func appendOne(c *Conn, text string, size int64) (*Pending, error) {
	p := &Pending{}
	var wrote error
	var writer sync.WaitGroup
	writer.Go(func() {
		if wrote = c.Start(p, []byte("APPEND x ")); wrote != nil {
			return
		}
		wanted, err := c.Literal(size)
		if wrote = err; err != nil || !wanted {
			return
		}
		if wrote = c.Body(strings.NewReader(text), size); wrote != nil {
			c.conn.Abort(wrote)
			return
		}
		if wrote = c.End(); wrote == nil {
			wrote = c.Flush()
		}
	})
	for !p.Done() {
		if _, err := c.Receive(); err != nil {
			break
		}
	}
	writer.Wait()
	return p, wrote
}

func TestLiterals(t *testing.T) {
	big := strings.Repeat("x", 5000)
	tests := []struct{ caps, text, want string }{
		{"LITERAL+", big, "APPEND x {5000+}"},
		{"LITERAL-", big, "APPEND x {5000}"},
		{"LITERAL-", "hi", "APPEND x {2+}"},
		{"", "hi", "APPEND x {2}"},
	}
	for _, tc := range tests {
		var got string
		c := inside(t, tc.caps, func(command string) string {
			got = command
			return "$ OK\r\n"
		})
		if p, err := appendOne(c, tc.text, int64(len(tc.text))); err != nil || p.Reply.Type != "OK" {
			t.Errorf("%q: got %+v, %v", tc.caps, p.Reply, err)
		}
		if got != tc.want+tc.text {
			t.Errorf("%q: got %.40q, want %q", tc.caps, got, tc.want)
		}
	}
}

// A server without LITERAL+ may refuse instead of asking for the text.
func TestLiteralRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n")
		in := bufio.NewReader(conn)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			tag, _, _ := strings.Cut(line, " ")
			fmt.Fprint(conn, tag+" NO [OVERQUOTA] full\r\n")
		}
	}()
	c, err := Open(t.Context(), dial.Access{Endpoint: dial.Endpoint{
		Scheme: "imap", Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: dial.None}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 2 { // the session goes on
		p, err := appendOne(c, "hi", 2)
		if err != nil || p.Reply.Code != "OVERQUOTA" {
			t.Errorf("got %+v, %v, want the refusal", p.Reply, err)
		}
	}
}

// A text of another length than announced would run as commands.
func TestBodyOfAnotherLength(t *testing.T) {
	for _, size := range []int64{1, 100_000} {
		ran := false
		c := inside(t, "LITERAL+", func(string) string {
			ran = true
			return "$ OK\r\n"
		})
		if _, err := appendOne(c, "a\r\nm2 LOGOUT\r\n", size); err == nil {
			t.Errorf("announced %d: got no error", size)
		}
		if ran {
			t.Errorf("announced %d: a command ran", size)
		}
	}
}
