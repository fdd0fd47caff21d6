// Package dial opens connections to mail servers, nothing else.
//
//  1. [ParseEndpoint] reads what the user wrote into an [Endpoint].
//  2. [Access] adds what is needed to get in: password, trust, limits.
//  3. [Open] connects, with TLS at once where the endpoint says so, and gives
//     a [Conn].
//  4. The protocol code talks through [Conn.R] and [Conn.W], and calls
//     [Conn.StartTLS] after it has asked the server for STARTTLS or STLS.
//
// A Conn fails when nothing moves for [Access.Timeout] (2 minutes), however long
// a transfer takes in total, and earlier when the server does not even greet (30
// seconds). What comes in must come at 100 bytes a second or more, but for pauses
// of that length; what goes out at 273. A Conn also fails when the machine was
// asleep: the wall clock has then run 30 seconds ahead of the monotonic one.
// Certificates are always verified, by the machine's authorities, by the user's
// own, or by the pin of the server's key. Errors say in plain words what is wrong;
// they carry the marks `Permanent() bool`, `Stalled() bool` and `Hint() string`,
// which callers find with [errors.As].
//
// What is said on a connection can be read in a [Transcript], without secrets.
package dial

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"
)

// DefaultTimeout is how long a connection may stand still if [Access] does not
// say otherwise.
const DefaultTimeout = 2 * time.Minute

// DefaultGreeting is how long a server may take for its first words if [Access]
// does not say otherwise.
const DefaultGreeting = 30 * time.Second

const connectTimeout = 30 * time.Second

// Access is an [Endpoint] with what is needed to get in. The zero value of
// each field but Endpoint works for a server that needs no password.
type Access struct {
	Endpoint
	// Password is asked once a session, when it is about to be sent. It never
	// gets into an error or the transcript.
	Password func(ctx context.Context) (string, error)
	// Token gives an OAuth2 access token, in place of a password. stale is one
	// that the server has just refused, "" at first.
	Token func(ctx context.Context, stale string) (string, error)
	// Certificate is ours, shown to the server in the TLS handshake; nil for none.
	Certificate *tls.Certificate
	// Admin signs in for User; the zero value is User in person.
	Admin Admin
	// Auth is the one SASL mechanism to use, in upper case; "" takes the strongest.
	Auth string
	// Proven remembers the mechanism that worked, for all sessions that share it;
	// nil lets each find out for itself.
	Proven *Proven
	// CAs are the authorities to trust; nil means those of the system.
	CAs *x509.CertPool
	// Pin is the fingerprint of the server's key, see [ParsePin]. If set, it
	// decides alone: neither authorities nor names are looked at.
	Pin string
	// AllowCleartext permits [None] to hosts other than this one.
	AllowCleartext bool
	// Compress says when the connection is compressed, if IMAP is spoken on it.
	Compress Compression
	// Transcript is told what is said on all connections with this Access; nil
	// for none.
	Transcript *Transcript
	// Alert gets what the server demands to be shown to the user (the ALERT of
	// RFC 3501, section 7.1), as often as it says it, without secrets but maybe
	// with control characters; nil for nobody. It is called from the goroutine
	// that reads, and must be quick.
	Alert func(text string)
	// SignedIn gets the way by which each session was let in: a SASL mechanism, or
	// what the protocol calls its own; nil for nobody.
	SignedIn func(way string)
	// Timeout is how long nothing may move; 0 means [DefaultTimeout].
	Timeout time.Duration
	// Greeting is how long the server may be silent before its first words, TLS
	// handshake included; 0 means [DefaultGreeting], and Timeout if that is less.
	Greeting time.Duration
	// Met remembers that this server has spoken once: from then on its silence
	// may pass, before it is [Error.Final]. All sessions of a run share it; nil
	// lets each connection stand for itself.
	Met *atomic.Bool
	// Resumed keeps what further connections need to resume a TLS session, which
	// spares them the server's proof of its key (RFC 8446, section 2.2); nil makes
	// each prove it anew. The certificate is verified in any case.
	Resumed tls.ClientSessionCache
	// Dial replaces the plain connection, for proxies and tests; nil means a
	// [net.Dialer] that gives up after 30 s.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	clock clock // nil is the machine's
}

// Share lets all sessions that are opened with this Access from now on know what
// one of them has found out: that the server speaks, the mechanism that worked
// and the TLS session.
func (a *Access) Share() {
	a.Met, a.Proven, a.Resumed = new(atomic.Bool), new(Proven), tls.NewLRUClientSessionCache(0)
}

// Open connects to the endpoint, and shakes hands where its mode is [Implicit].
// With [StartTLS] the connection is still clear when Open returns. ctx covers
// Open only; see [Conn.Watch] for what follows. The caller closes the Conn.
func Open(ctx context.Context, a Access) (*Conn, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	config, err := a.tlsConfig()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	raw, err := a.connect(ctx)
	if err != nil {
		return nil, a.explainConnect(ctx, err)
	}
	c := newConn(raw, a, config)
	c.trip = time.Since(began)
	if c.Traced() {
		c.trace("-- ", "connected to "+raw.RemoteAddr().String())
	}
	if a.TLS == Implicit {
		if err := c.handshake(ctx); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Check finds what [Open] would refuse without asking the server: no host, or
// clear text to another machine that was not allowed.
func (a Access) Check() error {
	switch {
	case a.Host == "":
		return &Error{Kind: BadAccess, Text: fmt.Sprintf("%q names no server", a.Endpoint.String())}
	case a.TLS == None && !a.AllowCleartext && !Loopback(a.Host):
		return a.fault(Cleartext, fmt.Sprintf(
			"refusing to talk to %s without TLS: password and mail could be read on the way", a.Host), nil)
	}
	return nil
}

// connect makes the plain connection.
func (a Access) connect(ctx context.Context) (net.Conn, error) {
	open := a.Dial
	if open == nil {
		open = (&net.Dialer{Timeout: connectTimeout}).DialContext
	}
	port := a.Port
	if port == 0 {
		port = DefaultPort(a.Scheme)
	}
	return open(ctx, "tcp", net.JoinHostPort(a.Host, strconv.Itoa(port)))
}

// Loopback reports whether host is this machine: localhost, 127.0.0.0/8 or ::1.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
