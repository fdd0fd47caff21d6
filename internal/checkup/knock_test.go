package checkup

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

func access(t *testing.T, scheme, addr string) dial.Access {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, _ := strconv.Atoi(port)
	e := dial.Endpoint{Scheme: scheme, User: "anna", Host: host, Port: n, TLS: dial.Implicit}
	if !strings.HasSuffix(scheme, "s") {
		e.TLS = dial.StartTLS
	}
	return dial.Access{Endpoint: e, CAs: mailtest.CA().Pool(), Password: func(context.Context) (string, error) {
		t.Error("got asked for the password, want it left alone")
		return "", nil
	}}
}

func TestKnock(t *testing.T) {
	cert := mailtest.CA().Issue(mailtest.CertGood)
	for _, tc := range []struct {
		name, scheme string
		script       func(c *mailtest.FakeConn)
		offers       string
		fails        string
	}{
		{"IMAP with STARTTLS", "imap", func(c *mailtest.FakeConn) {
			c.Send("* OK hello")
			c.Send(c.Expect(`(\S+) STARTTLS`)[1] + " OK go")
			c.StartTLS(cert)
			tag := c.Expect(`(\S+) CAPABILITY`)[1]
			c.Send("* CAPABILITY IMAP4rev1 auth=plain", tag+" OK done")
		}, "IMAP4REV1 AUTH=PLAIN", ""},
		{"POP3 with STLS", "pop3", func(c *mailtest.FakeConn) {
			c.Send("+OK hello")
			c.Expect("STLS")
			c.Send("+OK go")
			c.StartTLS(cert)
			c.Expect("CAPA")
			c.Send("+OK", "UIDL", "SASL PLAIN LOGIN", ".")
		}, "UIDL SASL PLAIN LOGIN", ""},
		{"POP3 without CAPA", "pop3", func(c *mailtest.FakeConn) {
			c.Send("+OK hello")
			c.Expect("STLS")
			c.Send("+OK go")
			c.StartTLS(cert)
			c.Expect("CAPA")
			c.Send("-ERR what?")
		}, "", ""},
		{"STARTTLS refused", "imap", func(c *mailtest.FakeConn) {
			c.Send("* OK hello")
			c.Send(c.Expect(`(\S+) STARTTLS`)[1] + " BAD what?")
			c.Wait()
		}, "", `the server refused STARTTLS: "BAD what?"`},
		{"bytes after the OK", "imap", func(c *mailtest.FakeConn) {
			c.Send("* OK hello")
			c.SendRaw(c.Expect(`(\S+) STARTTLS`)[1] + " OK go\r\n* OK injected\r\n")
			c.Wait()
		}, "", "after agreeing to TLS"},
		{"an answer without an end", "imap", func(c *mailtest.FakeConn) {
			c.Send("* OK hello")
			c.Expect(`(\S+) STARTTLS`)
			for range maxLines + 1 {
				c.Send("* OK and so on")
			}
			c.Wait()
		}, "", "has no end"},
		{"no greeting", "imap", func(c *mailtest.FakeConn) {}, "", "reading the greeting"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			front, err := Knock(t.Context(), access(t, tc.scheme, mailtest.Fake(t, tc.script)))
			if tc.fails != "" {
				if err == nil || !strings.Contains(err.Error(), tc.fails) {
					t.Fatalf("got %v, want %q", err, tc.fails)
				}
				return
			}
			if err != nil || front.TLS == nil {
				t.Fatalf("got %v and TLS %v, want a secure connection", err, front.TLS)
			}
			if got := strings.Join(front.Offers, " "); got != tc.offers {
				t.Errorf("got %q, want %q", got, tc.offers)
			}
		})
	}
}

func TestReach(t *testing.T) {
	addr := mailtest.Fake(t, func(c *mailtest.FakeConn) { c.Wait() })
	a := access(t, "imap", addr)
	got := Reach(t.Context(), a, []string{"127.0.0.1", "127.0.0.2"})
	if len(got) != 2 || got[0].Err != nil || got[1].Err == nil {
		t.Errorf("got %v, want the first to answer", got)
	}
}

func TestResolve(t *testing.T) {
	names := mailtest.Resolver(mailtest.DNS(t, "imap.old.example AAAA ::1", "imap.old.example A 127.0.0.1"))
	got, err := Resolve(t.Context(), names, "imap.old.example")
	if want := []string{"127.0.0.1", "::1"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v and %v, want %v", got, err, want)
	}
	if _, err := Resolve(t.Context(), names, "none.example"); err == nil {
		t.Error("got no error for a name that is not there")
	}
	var dns *net.DNSError
	if _, err := Resolve(t.Context(), names, "none.example"); !errors.As(err, &dns) {
		t.Errorf("got %v, want the name server's", err)
	}
}
