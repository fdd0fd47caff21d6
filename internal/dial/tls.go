package dial

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// StartTLS upgrades the connection after the server has said OK to STARTTLS or
// STLS. Bytes that the server sent after that OK, in the clear, could be
// somebody else's: they are refused (RFC 9051, section 11.1; CVE-2011-0411).
// After an error the connection is closed.
func (c *Conn) StartTLS(ctx context.Context) error {
	if n := c.R.Buffered(); n > 0 {
		c.Close()
		return c.fault(Injected, fmt.Sprintf(
			"%s sent %d bytes in the clear after agreeing to TLS: somebody on the way may have put them there", c.access.Host, n), nil)
	}
	if c.TLS() != nil {
		return c.fault(BadReply, "TLS is on already", nil)
	}
	return c.handshake(ctx)
}

// handshake puts TLS over the wire, or closes the connection.
func (c *Conn) handshake(ctx context.Context) error {
	wire := newPacked(c.wire)
	secure := tls.Client(wire, c.config)
	if err := secure.HandshakeContext(ctx); err != nil {
		c.wire.Conn.Close()
		err = c.explainTLS(ctx, err)
		c.traceEnd(err)
		return err
	}
	state := secure.ConnectionState()
	c.mu.Lock()
	c.stream, c.state = &secured{secure, wire}, &state
	c.mu.Unlock()
	c.traceTLS(state)
	return nil
}

// tlsConfig is the one place that decides whom we trust.
func (a Access) tlsConfig() (*tls.Config, error) {
	host, _, _ := strings.Cut(a.Host, "%") // an IPv6 zone is no part of a name
	config := &tls.Config{ServerName: host, RootCAs: a.CAs, MinVersion: tls.VersionTLS12, ClientSessionCache: a.Resumed,
		DynamicRecordSizingDisabled: true} // small records are for pages that are shown as they come
	if a.Certificate != nil {
		config.Certificates = []tls.Certificate{*a.Certificate}
	}
	if a.Pin == "" {
		return config, nil
	}
	want, err := ParsePin(a.Pin)
	if err != nil {
		return nil, a.fault(BadAccess, err.Error(), nil)
	}
	config.InsecureSkipVerify = true // VerifyConnection decides alone
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errors.New("the server showed no certificate")
		}
		if got := PinOf(state.PeerCertificates[0]); got != want {
			return &pinError{want, got}
		}
		return nil
	}
	return config, nil
}

// explainTLS says why the handshake came to nothing.
func (c *Conn) explainTLS(ctx context.Context, err error) error {
	var (
		a      = c.access
		header tls.RecordHeaderError
		refuse *tls.CertificateVerificationError
		pin    *pinError
	)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("TLS handshake with %s: %w", a.Host, context.Cause(ctx))
	case errors.As(err, &pin):
		e := a.fault(Certificate, fmt.Sprintf("the key of %s is not the pinned one: pinned %s, seen %s", a.Host, pin.want, pin.got), err)
		e.Advice = "if the server's key was renewed and you have checked it by another way, use " + a.pinFlag(pin.got)
		return e
	case errors.As(err, &refuse):
		return a.explainCertificate(refuse)
	case errors.As(err, &header):
		return a.noTLS(header)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return c.silent(err)
	case nothingInCommon(err):
		return a.fault(NoTLS, fmt.Sprintf("%s and we have no safe TLS in common (1.2 or newer): %v", a.Host, err), err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return a.fault(Lost, fmt.Sprintf("%s hung up during the TLS handshake", a.Host), err)
	}
	return a.fault(Lost, fmt.Sprintf("TLS handshake with %s: %v", a.Host, err), err)
}

// nothingInCommon tells that one side has no version or cipher that the other
// takes. crypto/tls has no type for it: its alerts are private.
func nothingInCommon(err error) bool {
	for _, words := range []string{"unsupported protocol version", "protocol version not supported", "handshake failure"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}
