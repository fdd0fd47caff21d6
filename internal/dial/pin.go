package dial

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Pin is the SHA-256 of a certificate's SubjectPublicKeyInfo: it stays the
// same when a certificate is renewed with the same key (RFC 7469, section 2.4).
type Pin [sha256.Size]byte

// ParsePin reads "sha256:" with the fingerprint in base64 or in hex, the
// latter with or without colons.
func ParsePin(s string) (Pin, error) {
	var p Pin
	text, ok := strings.CutPrefix(s, "sha256:")
	if !ok {
		return p, errors.New("a pin begins with sha256: and goes on with a fingerprint")
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(text, ":", ""))
	if err != nil || len(raw) != len(p) {
		raw, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	}
	if err != nil || len(raw) != len(p) {
		return p, errors.New("a pin is sha256: and 44 characters of base64 or 64 of hex")
	}
	return Pin(raw), nil
}

// String is the form that [ParsePin] reads, in base64.
func (p Pin) String() string { return "sha256:" + base64.StdEncoding.EncodeToString(p[:]) }

// PinOf is the pin of a certificate's key.
func PinOf(cert *x509.Certificate) Pin { return sha256.Sum256(cert.RawSubjectPublicKeyInfo) }

// pinError is a key that is not the pinned one.
type pinError struct{ want, got Pin }

func (e *pinError) Error() string { return fmt.Sprintf("key %s, not %s", e.got, e.want) }
