package main

import (
	"crypto/x509"
	"fmt"
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

// readAuthorities are the system's and those in the file.
func readAuthorities(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, usagef("", "reading --ca-file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("--ca-file %s holds no certificate in PEM form", path)
	}
	return pool, nil
}
