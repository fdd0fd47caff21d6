package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// The variables that tell a program under test where the world is: a name
// server, a web server for every name, and for "host:port" the address that is
// really there, one pair a line. Without them no name is known.
const (
	outsideDNS   = "MAILHAUL_TEST_DNS"
	outsideWeb   = "MAILHAUL_TEST_WEB"
	outsidePorts = "MAILHAUL_TEST_PORTS"
	outsideCA    = "MAILHAUL_TEST_CA"
	// outsideCrash has the program panic while it sends a password: "text" with the
	// password in the panic, "index" as a bug would; or while it sends a "letter".
	outsideCrash = "MAILHAUL_TEST_CRASH"
)

// fakeMain is the program in a world on 127.0.0.1.
func fakeMain() {
	w := realWorld()
	w.net = fakeNetwork(w.env)
	os.Exit(obey(untilAsked(), w))
}

func fakeNetwork(env func(string) string) network {
	names := mailtest.Resolver(env(outsideDNS))
	ports := map[string]string{}
	for line := range strings.Lines(env(outsidePorts)) {
		if from, to, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			ports[from] = to
		}
	}
	dialer := &net.Dialer{}
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		if net.ParseIP(host) != nil || host == "localhost" {
			if to := ports[addr]; to != "" {
				addr = to
			}
			return dialer.DialContext(ctx, network, addr)
		}
		ips, err := names.LookupHost(ctx, host)
		if err != nil {
			return nil, err
		}
		if to := ports[addr]; to != "" {
			return dialer.DialContext(ctx, network, to)
		}
		return dialer.DialContext(ctx, network, net.JoinHostPort(ips[0], port))
	}
	pool := x509.NewCertPool()
	pem, _ := os.ReadFile(env(outsideCA))
	pool.AppendCertsFromPEM(pem)
	web := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			host, _, _ := net.SplitHostPort(addr)
			if net.ParseIP(host) != nil {
				return dialer.DialContext(ctx, network, addr)
			}
			if _, err := names.LookupHost(ctx, host); err != nil {
				return nil, err
			}
			return dialer.DialContext(ctx, network, env(outsideWeb))
		},
	}}
	if how := env(outsideCrash); how != "" {
		whole := dial
		dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := whole(ctx, network, addr)
			return crashing{conn, how}, err
		}
	}
	return network{dns: names, web: web, list: "https://list.example/", dial: dial}
}

// crashing is a connection in which the program panics.
type crashing struct {
	net.Conn
	how string
}

func (c crashing) Write(p []byte) (int, error) {
	switch secret := string(p); {
	case c.how == "letter":
		if strings.Contains(secret, "APPEND") {
			panic(secret)
		}
	case !strings.Contains(secret, "LOGIN") && !strings.Contains(secret, "AUTHENTICATE"):
	case c.how == "text":
		panic("sending " + secret)
	default:
		_ = secret[len(secret)]
	}
	return c.Conn.Write(p)
}

// outside is the world of a test: DNS, web and mail servers.
type outside struct {
	records []string
	pages   map[string]string // host and path
	ports   map[string]string // host:port -> address
	sites   map[string]http.Handler
}

// environ starts it and tells where it is.
func (o outside) environ(t testing.TB) []string {
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if site := o.sites[r.Host]; site != nil {
			site.ServeHTTP(w, r)
			return
		}
		page, ok := o.pages[r.Host+r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(page))
	}))
	web.TLS = &tls.Config{Certificates: []tls.Certificate{mailtest.CA().Issue(mailtest.CertGood)}}
	web.StartTLS()
	t.Cleanup(web.Close)
	var ports strings.Builder
	for from, to := range o.ports {
		host, port, _ := net.SplitHostPort(from)
		ports.WriteString(from + " " + to + "\n")
		for _, record := range o.records {
			if ip, ok := strings.CutPrefix(record, host+" A "); ok {
				ports.WriteString(net.JoinHostPort(ip, port) + " " + to + "\n")
			}
		}
	}
	return []string{
		outsideDNS + "=" + mailtest.DNS(t, o.records...), outsideWeb + "=" + web.Listener.Addr().String(),
		outsidePorts + "=" + ports.String(), outsideCA + "=" + mailtest.CA().File(t),
	}
}
