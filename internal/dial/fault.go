package dial

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
)

// Kind tells what went wrong with a connection.
type Kind int

// The kinds of [Error].
const (
	BadAccess   Kind = iota // the access itself makes no sense: a malformed pin, no host
	Cleartext               // TLS is switched off and the host is not this one
	UnknownHost             // there is no such host
	Refused                 // the host answers, the port does not
	Unreachable             // the host cannot be reached, or its name cannot be asked for now
	Timeout                 // nothing moved for the rolling timeout, or too slowly
	Lost                    // the connection broke
	NoTLS                   // the server speaks no TLS here, or none that is safe
	Certificate             // the certificate was not accepted
	Injected                // bytes came between the OK to STARTTLS and the handshake
	BadReply                // the server sent what no reply can be
	Asleep                  // the machine slept while the connection was open
)

// Error is what went wrong with a connection, in plain words.
type Error struct {
	Kind Kind
	// Text says it all and holds no secret; Err is the cause and may be nil.
	Text string
	// Advice is what the user can do, "" if nobody knows.
	Advice string
	Err    error
	// Final tells that trying again is of no use although the kind may pass: a
	// server that never said a word.
	Final bool
	// Greeted tells that the server had spoken on this connection.
	Greeted bool
	// Shown is the server's certificate, if that was not accepted and its key could
	// be pinned; Unvouched tells that nobody known vouches for it, so that the
	// certificate of its authority would help as well.
	Shown     *x509.Certificate
	Unvouched bool
}

func (e *Error) Error() string { return e.Text }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Permanent reports whether trying again is of no use.
func (e *Error) Permanent() bool {
	switch e.Kind {
	case Refused, Unreachable, Timeout, Lost, Asleep:
		return e.Final
	}
	return true
}

// Stalled reports whether a session stood still and was given up: what it had
// sent may be carried out much later.
func (e *Error) Stalled() bool { return e.Kind == Asleep || e.Kind == Timeout && e.Greeted }

// Hint is what the user can do about it, "" if nobody knows.
func (e *Error) Hint() string { return e.Advice }

// fault makes an [Error] with the advice that goes with its kind.
func (a Access) fault(kind Kind, text string, err error) *Error {
	e := &Error{Kind: kind, Text: text, Err: err}
	switch kind {
	case Cleartext:
		e.Advice = fmt.Sprintf("leave ?tls=none out, or add --allow-cleartext if you trust every network between here and %s", a.Host)
	case UnknownHost:
		e.Advice = "check the spelling of the host; your provider's help pages name it"
	case Refused:
		e.Advice = fmt.Sprintf("is %d the right port? Try %s", a.port(), a.Usual(a.protocol()))
	}
	return e
}

func (a Access) port() int {
	if a.Port == 0 {
		return DefaultPort(a.Scheme)
	}
	return a.Port
}

// protocol is imap or pop3.
func (e Endpoint) protocol() string { return strings.TrimSuffix(e.Scheme, "s") }

// explainConnect says why there is no connection.
func (a Access) explainConnect(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("connecting to %s: %w", a.Host, context.Cause(ctx))
	}
	var dns *net.DNSError
	var timeout net.Error
	var ours *Error
	switch {
	case errors.As(err, &ours): // the proxy's
		return ours
	case errors.As(err, &dns) && dns.IsNotFound:
		return a.fault(UnknownHost, fmt.Sprintf("there is no host %q", a.Host), err)
	case errors.As(err, &dns):
		return a.fault(Unreachable, fmt.Sprintf("looking up %q: %v", a.Host, dns.Err), err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return a.fault(Refused, fmt.Sprintf("%s refuses connections on port %d", a.Host, a.port()), err)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return a.fault(Timeout, fmt.Sprintf("%s does not answer on port %d", a.Host, a.port()), err)
	}
	return a.fault(Unreachable, fmt.Sprintf("connecting to %s port %d: %v", a.Host, a.port(), err), err)
}
