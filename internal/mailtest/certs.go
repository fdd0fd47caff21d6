package mailtest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// CertKind is what is wrong with a server's certificate.
type CertKind string

// The kinds of certificates that [Authority.Issue] makes.
const (
	CertGood       CertKind = ""            // for localhost, 127.0.0.1 and the domains of [Domains]
	CertExpired    CertKind = "expired"     // ran out yesterday
	CertWrongName  CertKind = "wrong-name"  // for mail.example.org only
	CertSelfSigned CertKind = "self-signed" // signed by its own key
)

// Domains are those whose hosts, and which themselves, have good certificates:
// of examples, and of providers that tests play.
func Domains() []string {
	return []string{"old.example", "new.example", "firm.example", "provider.example", "list.example", "xn--mnchen-3ya.example", "gmail.com", "office365.com", "microsoftonline.com"}
}

// Authority is a certificate authority that lives as long as the process.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// CA is the authority that signs the certificates of this package's servers.
var CA = sync.OnceValue(NewAuthority)

// NewAuthority makes another authority, which nobody trusts. It panics when the
// system has no randomness.
func NewAuthority() *Authority {
	key := newKey()
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "mailtest authority"},
		NotBefore:             time.Now().Add(-48 * time.Hour),
		NotAfter:              time.Now().Add(48 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	return &Authority{cert: sign(template, template, key, key), key: key}
}

// PEM is the authority's certificate.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// Pool holds the authority's certificate alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// File writes the authority's certificate into the test's folder and gives the
// path.
func (a *Authority) File(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, a.PEM(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Issue makes a server certificate and its key. It panics on an unknown kind.
func (a *Authority) Issue(kind CertKind) tls.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "localhost"},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		NotBefore:    time.Now().Add(-47 * time.Hour),
		NotAfter:     time.Now().Add(47 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, domain := range Domains() {
		template.DNSNames = append(template.DNSNames, domain, "*."+domain)
	}
	key := newKey()
	parent, parentKey := a.cert, a.key
	switch kind {
	case CertGood:
	case CertExpired:
		template.NotAfter = time.Now().Add(-24 * time.Hour)
	case CertWrongName:
		template.Subject.CommonName = "mail.example.org"
		template.DNSNames, template.IPAddresses = []string{"mail.example.org"}, nil
	case CertSelfSigned:
		parent, parentKey = template, key
	default:
		panic(fmt.Sprintf("mailtest: no certificate kind %q", kind))
	}
	leaf := sign(template, parent, key, parentKey)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}

// encode gives the certificate and its key as PEM.
func encode(cert tls.Certificate) (certPEM, keyPEM []byte) {
	var chain bytes.Buffer
	for _, der := range cert.Certificate {
		chain.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	der, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	must(err)
	return chain.Bytes(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	return key
}

func sign(template, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) *x509.Certificate {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	must(err)
	cert, err := x509.ParseCertificate(der)
	must(err)
	return cert
}

// must panics: crypto on fixed input fails by a bug only.
func must(err error) {
	if err != nil {
		panic("mailtest: " + err.Error())
	}
}
