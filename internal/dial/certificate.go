package dial

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
)

// explainCertificate says what is wrong with the server's certificate.
func (a Access) explainCertificate(err *tls.CertificateVerificationError) error {
	var (
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		unknown x509.UnknownAuthorityError
	)
	e := a.fault(Certificate, fmt.Sprintf("the certificate of %s was not accepted: %v", a.Host, err.Err), err)
	if len(err.UnverifiedCertificates) == 0 {
		return e
	}
	leaf := err.UnverifiedCertificates[0]
	flag := a.pinFlag(PinOf(leaf))
	e.Shown = leaf
	e.Advice = "if you know this server, and have compared its fingerprint with its owner, trust its key alone: " + flag
	switch {
	case errors.As(err.Err, &name):
		e.Text = fmt.Sprintf("the certificate is for %s, not for %s", NamesOf(leaf), a.Host)
		e.Advice = "use the server's real name as host; " + e.Advice
	case errors.As(err.Err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		e.Text = fmt.Sprintf("the certificate of %s is valid from %s to %s only, and it is not that time (check this machine's clock too)",
			a.Host, day(invalid.Cert.NotBefore), day(invalid.Cert.NotAfter))
	case errors.As(err.Err, &unknown):
		e.Unvouched = true
		e.Text = fmt.Sprintf("the certificate of %s is signed by nobody this machine knows", a.Host)
		if leaf.Issuer.String() == leaf.Subject.String() {
			e.Text = fmt.Sprintf("the certificate of %s is signed by itself", a.Host)
		}
		e.Advice = "add --ca-file FILE, where FILE is the certificate (.crt or .pem) that your provider or administrator gave you, one for both sides; " +
			"or, if you have compared the fingerprint with them, trust this key alone: " + flag
	}
	return e
}

// pinFlag is the flag that trusts a key of this host alone.
func (a Access) pinFlag(p Pin) string { return fmt.Sprintf("--pin %s=%s", a.Host, p) }

// NamesOf lists up to four names that a certificate is good for.
func NamesOf(cert *x509.Certificate) string {
	names := append([]string{}, cert.DNSNames...)
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return "no host at all"
	}
	if len(names) > 4 {
		names = append(names[:4], "...")
	}
	return strings.Join(names, ", ")
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
