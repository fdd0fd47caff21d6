package main

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"strings"

	"github.com/mailhaul/mailhaul/internal/dial"
)

// readTrust reads which certificates are trusted: --ca-file for all sides,
// --pin for one host; else what the accounts say.
func readTrust(l layers, sides []side, accounts []accountConfig) error {
	for i, account := range accounts {
		file := account.CAFile
		if said := l.text("ca-file"); said != "" {
			file = said
		}
		if file != "" {
			pool, err := readAuthorities(file)
			if err != nil {
				return err
			}
			sides[i].CAs = pool
		}
		sides[i].Pin = account.Pin
	}
	for _, text := range l.list("pin") {
		if err := pinOne(text, sides); err != nil {
			return err
		}
	}
	for _, s := range sides {
		if s.Pin == "" {
			continue
		}
		if _, err := dial.ParsePin(s.Pin); err != nil {
			return usagef("", "pin of %s: %w", s.Host, err)
		}
	}
	return nil
}

// pinOne reads [HOST=]sha256:...; without HOST there must be one host only.
func pinOne(text string, sides []side) error {
	host, pin, named := strings.Cut(text, "=sha256:")
	pin = "sha256:" + pin
	if !named {
		host, pin = "", text
	}
	found := map[string]bool{}
	for i := range sides {
		if s := &sides[i]; s.network() && (host == "" || s.Host == strings.ToLower(host)) {
			s.Pin, found[s.Host] = pin, true
		}
	}
	switch {
	case len(found) == 0:
		return usagef("", "--pin %s: no such host is spoken to", text)
	case len(found) > 1:
		return usagef("write HOST=sha256:...", "--pin %s could be meant for several hosts", text)
	}
	return nil
}

// readAuthorities are the system's and those in the file, which is PEM or, as some
// administrators give it out, DER.
func readAuthorities(path string) (*x509.CertPool, error) {
	certs, err := readCertificates(path)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	for _, cert := range certs {
		pool.AddCert(cert)
	}
	return pool, nil
}

const certificateAdvice = "it should be the certificate that your provider or administrator gave you: a .crt or .pem file, which begins with -----BEGIN CERTIFICATE-----"

// readCertificates are those in the file, at least one.
func readCertificates(path string) (certs []*x509.Certificate, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, usagef("", "reading the certificate file: %w", err)
	}
	if certs, err = x509.ParseCertificates(text); err == nil && len(certs) > 0 {
		return certs, nil
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		if cert, err := x509.ParseCertificate(block.Bytes); err == nil {
			certs = append(certs, cert)
		}
	}
	if len(certs) == 0 {
		return nil, usagef(certificateAdvice, "%s holds no certificate", path)
	}
	return certs, nil
}
