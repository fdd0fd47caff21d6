package dial

import (
	"crypto/tls"
	"fmt"
	"strings"
)

// Over is the same account by another scheme, on its usual port.
func (e Endpoint) Over(scheme string) Endpoint {
	e.Scheme, e.Port, e.TLS = scheme, DefaultPort(scheme), Implicit
	if !strings.HasSuffix(scheme, "s") {
		e.TLS = StartTLS
	}
	return e
}

// noTLS is the error for a server that answers a handshake in the clear. What it
// said tells who it is.
func (a Access) noTLS(err tls.RecordHeaderError) error {
	e := a.fault(NoTLS, fmt.Sprintf("port %d of %s is not encrypted from the start, as %s:// wants it", a.port(), a.Host, a.Scheme), err)
	if a.TLS == StartTLS {
		e.Text = fmt.Sprintf("%s agreed to encrypt (TLS) and then did not", a.Host)
		return e
	}
	said, protocol := string(err.RecordHeader[:]), a.protocol()
	switch {
	case strings.HasPrefix(said, "220"):
		e.Text = fmt.Sprintf("port %d of %s is for sending mail, not for reading it", a.port(), a.Host)
		e.Advice = "try " + a.Usual(protocol)
		return e
	case strings.HasPrefix(said, "* "):
		protocol = "imap"
	case strings.HasPrefix(said, "+OK"):
		protocol = "pop3"
	}
	here := a.Over(protocol)
	here.Port = a.port()
	e.Advice = fmt.Sprintf("port %d starts unprotected and then switches to encryption: try %s", a.port(), here)
	if a.port() != DefaultPort(protocol+"s") {
		e.Advice += "; or else " + a.usual(protocol, here)
	}
	return e
}

// Instead names the endpoints to try where a server speaks another protocol, imap or
// pop3: this port first, which is that one's.
func (e Endpoint) Instead(protocol string) string {
	here := e.Over(protocol)
	if e.TLS == Implicit {
		here = e.Over(protocol + "s")
	}
	here.Port, here.TLS = e.Port, e.TLS
	return fmt.Sprintf("%s; or else %s", here, e.usual(protocol, here))
}

// Usual names the endpoints of this account on the usual ports of a protocol, imap
// or pop3, but for the one that it is itself.
func (e Endpoint) Usual(protocol string) string { return e.usual(protocol, e) }

// usual is [Endpoint.Usual] without one that was named already.
func (e Endpoint) usual(protocol string, named Endpoint) string {
	safe, later := e.Over(protocol+"s"), e.Over(protocol)
	var all []string
	if e != safe && named != safe {
		all = append(all, fmt.Sprintf("%s (port %d, the usual one of %s)", safe, safe.Port, strings.ToUpper(protocol)))
	}
	if e != later && named != later {
		all = append(all, fmt.Sprintf("%s (port %d, which starts unprotected and then switches to encryption)", later, later.Port))
	}
	return strings.Join(all, ", or ")
}

// encrypted is this endpoint encrypted from the start, on the same port unless that
// is the usual one for the other way.
func (e Endpoint) encrypted() Endpoint {
	other := e.Over(e.protocol() + "s")
	if e.Port != 0 && e.Port != DefaultPort(e.Scheme) {
		other.Port = e.Port
	}
	return other
}
