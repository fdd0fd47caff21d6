package dial

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// greeter says hello and repeats a line.
func greeter(t *testing.T) string {
	return mailtest.Fake(t, func(c *mailtest.FakeConn) {
		c.Send("* OK hello")
		c.Send("* you said " + c.Line())
	})
}

func TestRoute(t *testing.T) {
	const secret = "canary secret"
	tests := []struct {
		name, proxy, host string
		set               func(p *mailtest.ForwardProxy)
		asked             string // what the proxy is asked for
		fails             string
		passes            bool // a later try may do
	}{
		{name: "socks5h looks names up itself", proxy: "socks5h://ADDR", host: "imap.nowhere.invalid", asked: "imap.nowhere.invalid:993"},
		{name: "socks5 gets a number", proxy: "socks5://ADDR", host: "localhost", asked: "127.0.0.1:993"},
		{name: "CONNECT", proxy: "http://ADDR", host: "imap.nowhere.invalid", asked: "imap.nowhere.invalid:993"},
		{name: "socks5h with a password", proxy: "socks5h://anna:canary%20secret@ADDR", host: "h.invalid", asked: "h.invalid:993",
			set: func(p *mailtest.ForwardProxy) { p.User, p.Password = "anna", secret }},
		{name: "CONNECT with a password", proxy: "http://anna:canary%20secret@ADDR", host: "h.invalid", asked: "h.invalid:993",
			set: func(p *mailtest.ForwardProxy) { p.User, p.Password = "anna", secret }},
		{name: "socks5h, wrong password", proxy: "socks5h://anna:canary%20secret@ADDR", host: "h.invalid", fails: "through the proxy 127.0.0.1:", passes: true,
			set: func(p *mailtest.ForwardProxy) { p.User, p.Password = "anna", "other" }},
		{name: "CONNECT, wrong password", proxy: "http://anna:canary%20secret@ADDR", host: "h.invalid", asked: "h.invalid:993", fails: "407",
			set: func(p *mailtest.ForwardProxy) { p.User, p.Password = "anna", "other" }},
		{name: "socks5h refuses", proxy: "socks5h://ADDR", host: "h.invalid", asked: "h.invalid:993", fails: "not allowed", passes: true,
			set: func(p *mailtest.ForwardProxy) { p.Refuse = true }},
		{name: "CONNECT refuses", proxy: "http://ADDR", host: "h.invalid", asked: "h.invalid:993", fails: "403 Forbidden",
			set: func(p *mailtest.ForwardProxy) { p.Refuse = true }},
		{name: "no proxy there", proxy: "http://127.0.0.1:1", host: "h.invalid", fails: "refused", passes: true},
		{name: "no HTTP there", proxy: "http://SERVER", host: "h.invalid", fails: "no HTTP", passes: true},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			server := greeter(t)
			p := mailtest.NewForwardProxy(t, server)
			if tc.set != nil {
				tc.set(p)
			}
			other := mailtest.Fake(t, func(c *mailtest.FakeConn) { c.Send("* OK hello"); c.Wait() })
			u, err := ParseProxy(strings.NewReplacer("ADDR", p.Addr, "SERVER", other).Replace(tc.proxy))
			if err != nil {
				t.Fatal(err)
			}
			a := Access{Endpoint: Endpoint{Scheme: "imaps", User: "anna", Host: tc.host, Port: 993, TLS: None}, AllowCleartext: true, Dial: Route{Proxy: u}.Dial}
			c, err := Open(t.Context(), a)
			if err == nil {
				defer c.Close()
			}
			if got := strings.Join(p.Asked(), " "); got != tc.asked && tc.name != "no HTTP there" {
				t.Errorf("the proxy was asked for %q, want %q", got, tc.asked)
			}
			if tc.fails == "" {
				checkGreeting(t, c, err)
				return
			}
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), tc.fails) || strings.Contains(err.Error(), "canary") || e.Permanent() == tc.passes || e.Advice == "" {
				t.Errorf("got %v, want %q, a hint, no password, permanent: %v", err, tc.fails, !tc.passes)
			}
		})
	}
}

func checkGreeting(t *testing.T, c *Conn, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	first, err := c.ReadLine(0)
	if err != nil || string(first) != "* OK hello" {
		t.Fatalf("got %q, %v, want the greeting", first, err)
	}
	if _, err := c.Write([]byte("ping\r\n")); err != nil {
		t.Fatal(err)
	}
	if line, err := c.ReadLine(0); err != nil || string(line) != "* you said ping" {
		t.Errorf("got %q, %v, want the answer", line, err)
	}
}

// A certificate is still that of the server, not of the proxy.
func TestRouteKeepsTLS(t *testing.T) {
	server := mailtest.FakeTLS(t, mailtest.CA().Issue(mailtest.CertGood), func(c *mailtest.FakeConn) { c.Send("* OK hello"); c.Wait() })
	p := mailtest.NewForwardProxy(t, server)
	p.User, p.Password = "a", "b" // so that it does not wait for a greeting
	u, err := ParseProxy("http://a:b@" + p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	for host, good := range map[string]bool{"localhost": true, "mail.example": false} {
		a := Access{Endpoint: Endpoint{Scheme: "imaps", User: "anna", Host: host, Port: 993}, CAs: mailtest.CA().Pool(), Dial: Route{Proxy: u}.Dial}
		c, err := Open(t.Context(), a)
		if err == nil {
			c.Close()
		}
		var e *Error
		if (err == nil) != good || !good && (!errors.As(err, &e) || e.Kind != Certificate) {
			t.Errorf("%s: got %v", host, err)
		}
	}
}

func TestRouteChoosesTheNetwork(t *testing.T) {
	var asked []string
	base := func(_ context.Context, network, address string) (net.Conn, error) {
		asked = append(asked, network+" "+address)
		return nil, errors.New("enough")
	}
	u, _ := ParseProxy("http://proxy.example")
	straight := func(host string) bool { return host == "near" }
	for _, r := range []Route{{}, {Network: "tcp4"}, {Network: "tcp6", Proxy: u, Straight: straight}} {
		r.Base = base
		for _, host := range []string{"near", "far"} {
			_, _ = r.Dial(t.Context(), "tcp", host+":143")
		}
	}
	want := []string{"tcp near:143", "tcp far:143", "tcp4 near:143", "tcp4 far:143", "tcp6 near:143", "tcp6 proxy.example:80"}
	if !slices.Equal(asked, want) {
		t.Errorf("got %q, want %q", asked, want)
	}
}

func TestRouteStopsWithItsContext(t *testing.T) {
	for _, scheme := range []string{"http", "socks5h"} {
		silent := mailtest.Fake(t, func(c *mailtest.FakeConn) { c.Wait() })
		u, _ := ParseProxy(scheme + "://" + silent)
		ctx, cancel := context.WithCancel(t.Context())
		r := Route{Proxy: u, Base: func(ctx context.Context, network, address string) (net.Conn, error) {
			defer cancel()
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}}
		if _, err := r.Dial(ctx, "tcp", "far:143"); err == nil {
			t.Errorf("%s: got a connection", scheme)
		}
	}
}

func TestParseProxy(t *testing.T) {
	for text, want := range map[string]string{
		"socks5h://p": "p:1080", "http://p": "p:80", "https://p:8443": "p:8443", "socks5://[::1]:9": "[::1]:9",
		"ftp://p": "", "p:1080": "", "http://": "", "http://p/x": "", "socks5h://u:canary@p:x": "",
	} {
		u, err := ParseProxy(text)
		if want == "" && (err == nil || strings.Contains(err.Error(), "canary")) || want != "" && (err != nil || u.Host != want) {
			t.Errorf("%s: got %v, %v, want %q", text, u, err, want)
		}
	}
}
