package provider

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"crypto/tls"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// outside is a world of names, web pages and servers on 127.0.0.1.
type outside struct {
	dns     []string          // records, as mailtest.DNS takes them
	pages   map[string]string // host + path -> body; "-> URL" redirects
	servers map[string]string // host:port -> address
	mu      sync.Mutex
	asked   []string // URLs
}

// finder looks addresses up in that world.
func (o *outside) finder(t *testing.T) Finder {
	t.Helper()
	web := httptest.NewUnstartedServer(http.HandlerFunc(o.serve))
	web.TLS = &tls.Config{Certificates: []tls.Certificate{mailtest.CA().Issue(mailtest.CertGood)}}
	web.StartTLS()
	t.Cleanup(web.Close)
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: mailtest.CA().Pool()},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if host, port, _ := net.SplitHostPort(addr); port != "443" || !o.hasHost(host) {
				return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
			}
			return (&net.Dialer{}).DialContext(ctx, network, web.Listener.Addr().String())
		},
	}}
	t.Cleanup(client.CloseIdleConnections)
	return Finder{
		Known: Presets(), HTTP: client, List: "https://list.example/v1.1/", CAs: mailtest.CA().Pool(),
		DNS: mailtest.Resolver(mailtest.DNS(t, o.dns...)),
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if o.servers[addr] == "" {
				host, _, _ := net.SplitHostPort(addr)
				return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
			}
			return (&net.Dialer{}).DialContext(ctx, network, o.servers[addr])
		},
	}
}

func (o *outside) hasHost(host string) bool {
	for page := range o.pages {
		if strings.HasPrefix(page, host+"/") {
			return true
		}
	}
	return false
}

func (o *outside) serve(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	o.asked = append(o.asked, r.Host+r.URL.RequestURI())
	o.mu.Unlock()
	body, ok := o.pages[r.Host+r.URL.Path]
	if to, redirect := strings.CutPrefix(body, "-> "); redirect {
		http.Redirect(w, r, to, http.StatusFound)
		return
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write([]byte(body))
}

// find looks one address up.
func (o *outside) find(t *testing.T, address string) *Found {
	t.Helper()
	a, err := ParseAddress(address)
	if err != nil {
		t.Fatal(err)
	}
	found, err := o.finder(t).Find(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// greeter is a mail server that says one line over TLS and listens.
func greeter(t *testing.T, kind mailtest.CertKind, line string) string {
	return mailtest.FakeTLS(t, mailtest.CA().Issue(kind), func(c *mailtest.FakeConn) {
		c.Send(line)
		c.Wait()
	})
}

// autoconfig is a document with these servers.
func autoconfig(servers ...string) string {
	return `<?xml version="1.0"?><clientConfig version="1.1"><emailProvider id="x"><domain>x</domain>` +
		strings.Join(servers, "") + `</emailProvider></clientConfig>`
}

func server(kind, host, port, socket, user string) string {
	return `<incomingServer type="` + kind + `"><hostname>` + host + `</hostname><port>` + port + `</port><socketType>` +
		socket + `</socketType><authentication>password-cleartext</authentication><username>` + user + `</username></incomingServer>`
}

// text is what was found, an offer a line.
func (f *Found) text() string {
	var b strings.Builder
	for _, o := range f.Offers {
		trust := [...]string{"guessed", "derived", "vouched"}[o.Trust]
		b.WriteString(trust + " " + o.Endpoint.String() + " | " + o.From + "\n")
	}
	return b.String()
}
