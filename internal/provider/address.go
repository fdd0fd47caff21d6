package provider

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Address is a mail address.
type Address struct {
	Local  string
	Domain string // as people read it, in lower case
	ASCII  string // the domain as the DNS knows it, RFC 5891
}

// ErrNoDomain is what [ParseAddress] answers for a user name alone: it does not tell
// which provider is meant.
var ErrNoDomain = errors.New("the provider is missing, which stands behind the @")

// ParseAddress reads local@domain. The domain may be written in any letters.
func ParseAddress(text string) (Address, error) {
	local, domain, _ := cutLast(text, "@")
	if domain == "" && local != "" {
		return Address{}, ErrNoDomain
	}
	if local == "" || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return Address{}, errors.New("no mail address: it is written like anna@example.org")
	}
	ascii, err := HostASCII(domain)
	if err != nil || !strings.Contains(ascii, ".") {
		return Address{}, fmt.Errorf("no mail address: %q is no domain", domain)
	}
	shown, err := idna.Display.ToUnicode(ascii)
	if err != nil {
		shown = ascii
	}
	return Address{Local: local, Domain: shown, ASCII: ascii}, nil
}

// HostASCII is a host's name as the DNS knows it: "xn--..." for letters that are
// not ASCII.
func HostASCII(host string) (string, error) {
	return idna.Lookup.ToASCII(strings.TrimSuffix(strings.ToLower(host), "."))
}

// String is the address with its domain as the DNS knows it.
func (a Address) String() string { return a.Local + "@" + a.ASCII }

// user is the name to sign in with: form is "local" or "address".
func (a Address) user(form string) string {
	if form == "local" {
		return a.Local
	}
	return a.String()
}

// cutLast cuts s at the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
