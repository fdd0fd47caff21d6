package dial

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"
)

// authority is a CA made for one test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	key := newKey(t)
	return authority{sign(t, tmpl, tmpl, key, key), key}
}

func (a authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// issue makes a certificate for host that ends in life from now.
func (a authority) issue(t *testing.T, host string, life time.Duration) tls.Certificate {
	t.Helper()
	tmpl := leafFor(host, life)
	key := newKey(t)
	cert := sign(t, tmpl, a.cert, key, a.key)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}
}

func selfSigned(t *testing.T, host string) tls.Certificate {
	t.Helper()
	key := newKey(t)
	tmpl := leafFor(host, time.Hour)
	cert := sign(t, tmpl, tmpl, key, key)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}
}

func leafFor(host string, life time.Duration) *x509.Certificate {
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "leaf"},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(life),
	}
	if ip := net.ParseIP(host); ip != nil {
		tmpl.IPAddresses = []net.IP{ip}
	} else {
		tmpl.DNSNames = []string{host}
	}
	return tmpl
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t *testing.T, tmpl, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// serve answers the one connection that it accepts with handle, and gives an
// Access to it.
func serve(t *testing.T, mode Mode, handle func(net.Conn)) Access {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		handle(conn)
	}()
	t.Cleanup(func() { l.Close(); <-done })
	scheme := "imap"
	if mode == Implicit {
		scheme = "imaps"
	}
	return Access{
		Endpoint: Endpoint{Scheme: scheme, User: "anna", Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: mode},
		Timeout:  5 * time.Second,
	}
}

// greetTLS is a handler that greets over TLS and waits for the end.
func greetTLS(config *tls.Config) func(net.Conn) {
	return func(conn net.Conn) {
		secure := tls.Server(conn, config)
		if _, err := secure.Write([]byte("* OK hello\r\n")); err == nil {
			secure.Read(make([]byte, 1))
		}
	}
}

func open(t *testing.T, a Access) (*Conn, error) {
	t.Helper()
	c, err := Open(t.Context(), a)
	if err == nil {
		t.Cleanup(func() { c.Close() })
	}
	return c, err
}

func noSuchHost(context.Context, string, string) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
}
