package provider

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mailhaul/mailhaul/internal/dial"
)

// Trust is how far an origin can be believed when it names a server.
type Trust int

// The trusts, from the least on.
const (
	// Guessed is a usual name that was tried and answered.
	Guessed Trust = iota
	// Derived rests on an answer of the DNS, which whoever sits on the way can
	// change: an MX record, or an SRV record that leads out of the domain.
	Derived
	// Vouched comes over TLS from whoever owns the domain or from Mozilla, from
	// our own table, or leads to a name inside the domain, for which the server
	// will have to show a certificate.
	Vouched
)

// Offer is one way into a mailbox.
type Offer struct {
	dial.Endpoint
	Trust Trust
	// From is where host, port and TLS come from, LoginFrom where the form of the
	// user name does.
	From, LoginFrom string
	// Export tells that the server is for fetching all mail, not for daily work.
	Export bool
}

// imap reports whether the offer is IMAP, which keeps folders and flags.
func (o Offer) imap() bool { return strings.HasPrefix(o.Scheme, "imap") }

// rank orders offers: IMAP first, a server for exports before others; the more
// trustworthy origin; TLS from the first byte, RFC 8314 section 3.
func rank(a, b Offer) int {
	first := func(a, b bool) int {
		switch {
		case a == b:
			return 0
		case a:
			return -1
		}
		return 1
	}
	return cmp.Or(
		first(a.imap(), b.imap()),
		first(a.Export, b.Export),
		cmp.Compare(b.Trust, a.Trust),
		first(a.TLS == dial.Implicit, b.TLS == dial.Implicit),
	)
}

// tidy sorts offers, the best first, and leaves out those that are told twice.
func tidy(offers []Offer) []Offer {
	slices.SortStableFunc(offers, rank)
	seen := map[string]bool{}
	return slices.DeleteFunc(offers, func(o Offer) bool {
		name := o.Endpoint.String()
		twice := seen[name]
		seen[name] = true
		return twice
	})
}

// offer makes an Offer of what an origin tells, or says why it is none.
func offer(scheme, host string, port int, user string) (Offer, string) {
	host, err := HostASCII(host)
	if err != nil {
		return Offer{}, "it names a host that cannot be"
	}
	e := dial.Endpoint{Scheme: scheme, User: user, Host: host, Port: port, TLS: dial.Implicit}
	if !strings.HasSuffix(scheme, "s") {
		e.TLS = dial.StartTLS
	}
	if back, err := dial.ParseEndpoint(e.String()); err != nil || back != e {
		return Offer{}, "it names a host or user that cannot be"
	}
	return Offer{Endpoint: e}, ""
}
