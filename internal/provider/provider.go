// Package provider finds the servers of a mail address.
//
//  1. [ParseAddress] reads an address; its domain may hold any letters.
//  2. [Known] is the table of providers, presets.toml, which the user's own
//     file may change. Each value says where it comes from.
//  3. [Finder.Find] looks an address up: in the table, at the provider's own web
//     server, in Mozilla's list, in the DNS, and at last by trying usual names.
//     It gives [Offer]s, the best first, each with its origin and its [Trust].
//  4. [Known.Hint] says what to do when a known provider refuses, by its words.
//
// Nothing here signs in or knows a password. Whoever sends one to an [Offer]
// whose Trust is less than [Vouched] asks the user first.
package provider

import (
	"slices"
	"strings"

	"github.com/mailhaul/mailhaul/internal/dial"
)

// Said is a value and where it comes from, in words for the user.
type Said[T any] struct {
	Is   T      `toml:"is"`
	From string `toml:"from"`
}

// Provider is what is known of one: a row of presets.toml, where the fields are
// explained. A field without From is not known.
type Provider struct {
	Name        string         `toml:"name"`
	Domains     Said[[]string] `toml:"domains"`
	MX          Said[[]string] `toml:"mx"`
	IMAP        Said[string]   `toml:"imap"`
	POP3        Said[string]   `toml:"pop3"`
	Export      Said[string]   `toml:"export"`
	Login       Said[string]   `toml:"login"`
	Ways        Said[[]string] `toml:"ways"`
	AppPassword Said[string]   `toml:"app-password"`
	SwitchOn    Said[string]   `toml:"switch-on"`
	Note        Said[string]   `toml:"note"`
	Connections Said[int]      `toml:"connections"`
	DayDown     Said[int64]    `toml:"day-down"`
	DayUp       Said[int64]    `toml:"day-up"`
	MessageSize Said[int64]    `toml:"message-size"`
	Folders     Said[[]string] `toml:"folders"`
}

// The ways to sign in that a Provider may name.
const (
	OAuth2      = "oauth2"
	AppPassword = "app-password"
	Password    = "password"
)

// Takes reports whether the provider is known to take this way to sign in.
func (p *Provider) Takes(way string) bool { return p != nil && slices.Contains(p.Ways.Is, way) }

// servers are the endpoints of the provider, without users.
func (p *Provider) servers() (all []dial.Endpoint) {
	for _, text := range []string{p.IMAP.Is, p.Export.Is, p.POP3.Is} {
		if e, err := parseServer(text); err == nil {
			all = append(all, e)
		}
	}
	return all
}

// parseServer reads an endpoint without a user.
func parseServer(text string) (dial.Endpoint, error) {
	e, err := dial.ParseEndpoint(strings.Replace(text, "://", "://x@", 1))
	e.User = ""
	return e, err
}

// ByDomain finds the provider of a domain, nil if none is known.
func (k *Known) ByDomain(domain string) *Provider {
	if !k.mayName(domain) {
		return nil
	}
	return k.first(func(p *Provider) bool { return slices.Contains(p.Domains.Is, domain) })
}

// ByMX finds the provider that takes mail at an MX host, nil if none is known.
func (k *Known) ByMX(host string) *Provider {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return k.first(func(p *Provider) bool {
		return slices.ContainsFunc(p.MX.Is, func(name string) bool { return within(host, name) })
	})
}

// ByHost finds the provider that has a server of this name, nil if none is known.
func (k *Known) ByHost(host string) *Provider {
	if dial.Loopback(host) || !k.mayName(host) {
		return nil
	}
	return k.first(func(p *Provider) bool {
		return slices.ContainsFunc(p.servers(), func(e dial.Endpoint) bool { return e.Host == host })
	})
}

func (k *Known) first(fits func(*Provider) bool) *Provider {
	rows := k.rows()
	if i := slices.IndexFunc(rows, fits); i >= 0 {
		return rows[i]
	}
	return nil
}

// within reports whether host is domain or a name below it.
func within(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}
