package dial

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/proxy"
)

// Route is how connections leave this machine: straight, or through a proxy.
type Route struct {
	// Network is "tcp", "tcp4" or "tcp6"; "" is "tcp". It holds for the proxy, too.
	Network string
	// Proxy is what [ParseProxy] gave; nil goes straight.
	Proxy *url.URL
	// Straight reports which hosts are reached without the proxy; nil is none.
	Straight func(host string) bool
	// Base makes the plain connections; nil is a [net.Dialer] that gives up after
	// 30 s.
	Base func(ctx context.Context, network, address string) (net.Conn, error)
	// CAs vouch for a proxy that is spoken to over TLS; nil are the system's.
	CAs *tls.Config
}

// ParseProxy reads socks5h://HOST:PORT (which looks names up itself), socks5://,
// http:// or https:// (CONNECT), each with USER:PASSWORD@ where the proxy wants
// that. No error repeats what could be a password.
func ParseProxy(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Path != "" && u.Path != "/" {
		return nil, errors.New("a proxy is written like socks5h://HOST:PORT or http://HOST:PORT")
	}
	ports := map[string]string{"socks5": "1080", "socks5h": "1080", "http": "80", "https": "443"}
	port, known := ports[u.Scheme]
	if !known {
		return nil, fmt.Errorf("a proxy of kind %q is not known: there are socks5h, socks5, http and https", u.Scheme)
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	return u, nil
}

// Dial makes a connection to address; network is replaced by that of the Route.
// What goes wrong at the proxy is told as the proxy's.
func (r Route) Dial(ctx context.Context, _, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if r.Proxy == nil || r.Straight != nil && r.Straight(host) {
		return r.base(ctx, address)
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := r.through(ctx, address)
	if err != nil && ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, err
	}
	if err != nil {
		return nil, r.fault(host, err)
	}
	return conn, nil
}

func (r Route) base(ctx context.Context, address string) (net.Conn, error) {
	open := r.Base
	if open == nil {
		open = (&net.Dialer{Timeout: connectTimeout}).DialContext
	}
	network := r.Network
	if network == "" {
		network = "tcp"
	}
	return open(ctx, network, address)
}

func (r Route) through(ctx context.Context, address string) (net.Conn, error) {
	switch r.Proxy.Scheme {
	case "http", "https":
		return r.tunnel(ctx, address)
	case "socks5":
		var err error
		if address, err = lookUp(ctx, r.Network, address); err != nil {
			return nil, err
		}
	}
	var auth *proxy.Auth
	if u := r.Proxy.User; u != nil {
		auth = &proxy.Auth{User: u.Username()}
		auth.Password, _ = u.Password()
	}
	socks, err := proxy.SOCKS5("tcp", r.Proxy.Host, auth, forward{r})
	if err != nil {
		return nil, err
	}
	return socks.(proxy.ContextDialer).DialContext(ctx, "tcp", address)
}

// forward is how the library reaches the proxy.
type forward struct{ r Route }

func (f forward) Dial(_, address string) (net.Conn, error) {
	return f.r.base(context.Background(), address)
}

func (f forward) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	return f.r.base(ctx, address)
}

// lookUp replaces the name in an address by one of its numbers.
func lookUp(ctx context.Context, network, address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	kind := "ip" + strings.TrimPrefix(network, "tcp")
	found, err := net.DefaultResolver.LookupNetIP(ctx, kind, host)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(found[0].Unmap().String(), port), nil
}

// tunnel asks an HTTP proxy to connect us, RFC 9110 section 9.3.6.
func (r Route) tunnel(ctx context.Context, address string) (net.Conn, error) {
	conn, err := r.base(ctx, r.Proxy.Host)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	tunnelled, err := r.connect(ctx, conn, address)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return tunnelled, nil
}

func (r Route) connect(ctx context.Context, conn net.Conn, address string) (net.Conn, error) {
	if r.Proxy.Scheme == "https" {
		config := &tls.Config{}
		if r.CAs != nil {
			config = r.CAs.Clone()
		}
		config.ServerName, config.MinVersion = r.Proxy.Hostname(), tls.VersionTLS12
		secure := tls.Client(conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		conn = secure
	}
	request := "CONNECT " + address + " HTTP/1.1\r\nHost: " + address + "\r\n"
	if u := r.Proxy.User; u != nil {
		password, _ := u.Password()
		request += "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password)) + "\r\n"
	}
	if _, err := conn.Write([]byte(request + "\r\n")); err != nil {
		return nil, err
	}
	in := bufio.NewReaderSize(&limited{Conn: conn, left: 64 << 10}, 4<<10)
	answer, err := http.ReadResponse(in, &http.Request{Method: http.MethodConnect})
	if err != nil {
		return nil, fmt.Errorf("its answer is no HTTP: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, &proxyRefusal{answer.StatusCode, answer.Status}
	}
	early := make([]byte, in.Buffered()) // the server may greet at once
	_, err = in.Read(early)
	return &tunnelled{Conn: conn, early: early}, err
}

// limited lets only so much of an answer in.
type limited struct {
	net.Conn
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errors.New("too long")
	}
	n, err := l.Conn.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// tunnelled is a connection of which some bytes were read already.
type tunnelled struct {
	net.Conn
	early []byte
}

func (t *tunnelled) Read(p []byte) (int, error) {
	if len(t.early) > 0 {
		n := copy(p, t.early)
		t.early = t.early[n:]
		return n, nil
	}
	return t.Conn.Read(p)
}

type proxyRefusal struct {
	code   int
	status string
}

func (e *proxyRefusal) Error() string { return fmt.Sprintf("it answers %q", e.status) }

// fault is what went wrong between us and the server at the proxy.
func (r Route) fault(host string, err error) *Error {
	e := &Error{Kind: Unreachable, Err: err,
		Text:   fmt.Sprintf("%s cannot be reached through the proxy %s: %v", host, r.Proxy.Host, err),
		Advice: "check the proxy (--proxy, ALL_PROXY); NO_PROXY names hosts that are reached without one"}
	var refused *proxyRefusal
	if errors.As(err, &refused) && refused.code < 500 {
		e.Final = true
		if refused.code == http.StatusProxyAuthRequired {
			e.Advice = "the proxy wants a user and a password: ALL_PROXY=http://USER:PASSWORD@HOST:PORT"
		}
	}
	return e
}
