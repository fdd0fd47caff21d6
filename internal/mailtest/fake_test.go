package mailtest

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2/imapclient"
)

// overheard is a test that keeps its errors to itself.
type overheard struct {
	testing.TB
	said chan string
}

func (o *overheard) Errorf(format string, args ...any) { o.said <- fmt.Sprintf(format, args...) }

func TestFakePlaysItsScript(t *testing.T) {
	addr := Fake(t, func(c *FakeConn) {
		c.SendRaw("* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n")
		match := c.Expect(`(\S+) append "?INBOX"? .*\{(\d+)\}`)
		c.Send("+ go on")
		if got := string(c.Literal(5)); got != "hello" {
			t.Errorf("got %q, want hello", got)
		}
		c.Expect("")
		c.Send("* 1 EXISTS", match[1]+" OK [APPENDUID 7 9] done")
		c.Wait()
	})
	c, err := imapclient.DialInsecure(addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	cmd := c.Append("INBOX", 5, nil)
	_, _ = io.WriteString(cmd, "hello")
	_ = cmd.Close()
	if data, err := cmd.Wait(); err != nil || data.UID != 9 {
		t.Errorf("got %+v, %v, want UID 9", data, err)
	}
}

func TestFakeReportsWhatItDidNotExpect(t *testing.T) {
	o := &overheard{t, make(chan string, 1)}
	addr := Fake(o, func(c *FakeConn) {
		c.Send("+OK")
		c.Expect("USER .*")
	})
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "QUIT\r\n")
	if got, want := <-o.said, `connection 0: got "QUIT", want USER .*`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFakeStartsTLS(t *testing.T) {
	cert := CA().Issue(CertGood)
	addr := Fake(t, func(c *FakeConn) {
		c.Send("+OK")
		c.Expect("STLS")
		c.Send("+OK")
		c.StartTLS(cert)
		c.Send("+OK " + c.Line())
	})
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	b := make([]byte, 5)
	_, _ = io.ReadFull(conn, b)
	_, _ = io.WriteString(conn, "STLS\r\n")
	_, _ = io.ReadFull(conn, b)
	safe := tls.Client(conn, &tls.Config{RootCAs: CA().Pool(), ServerName: "127.0.0.1"})
	_, _ = io.WriteString(safe, "CAPA\r\n")
	if got, err := io.ReadAll(safe); err != nil || !strings.Contains(string(got), "+OK CAPA") {
		t.Errorf("got %q, %v, want +OK CAPA", got, err)
	}
}
