package main

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// Administrators give certificates out in both forms, and with other things in the
// same file. One file serves all sides.
func TestCertificateFiles(t *testing.T) {
	block, _ := pem.Decode(mailtest.CA().PEM())
	for _, tc := range []struct {
		name string
		text []byte
		n    int // certificates, 0 for an error
	}{
		{"PEM", mailtest.CA().PEM(), 1},
		{"DER", block.Bytes, 1},
		{"two", slices.Concat(mailtest.CA().PEM(), mailtest.NewAuthority().PEM()), 2},
		{"behind a key", slices.Concat([]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), mailtest.CA().PEM()), 1},
		{"a key alone", []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), 0},
		{"nothing", nil, 0},
	} {
		path := filepath.Join(t.TempDir(), "ca.crt")
		if err := os.WriteFile(path, tc.text, 0o600); err != nil {
			t.Fatal(err)
		}
		certs, err := readCertificates(path)
		if len(certs) != tc.n || (err == nil) != (tc.n > 0) {
			t.Errorf("%s: got %d certificates and %v, want %d", tc.name, len(certs), err, tc.n)
		}
		if err != nil && !strings.Contains(hintOf(err), "-----BEGIN CERTIFICATE-----") {
			t.Errorf("%s: got hint %q, want it to tell what the file should be", tc.name, hintOf(err))
		}
		if tc.n == 0 {
			continue
		}
		flags := newCopy(&world{}).Flags()
		if err := flags.Set("ca-file", path); err != nil {
			t.Fatal(err)
		}
		l, err := (&world{}).layers(flags, nil)
		if err != nil {
			t.Fatal(err)
		}
		sides := make([]side, 2)
		if err := readTrust(l, sides, make([]accountConfig, 2)); err != nil {
			t.Fatal(err)
		}
		for i, s := range sides {
			if _, err := mailtest.CA().Issue(mailtest.CertGood).Leaf.Verify(x509.VerifyOptions{Roots: s.CAs, DNSName: "localhost"}); err != nil {
				t.Errorf("%s: side %d: got %v, want the file to vouch for it", tc.name, i, err)
			}
		}
	}
}
