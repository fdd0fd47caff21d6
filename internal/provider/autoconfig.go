package provider

import (
	"context"
	"encoding/xml"
	"errors"
	"net/url"
	"strconv"
	"strings"
)

// mozilla is where Thunderbird asks its list of providers. The domain is put
// behind it; the rest of the address is not told.
const mozilla = "https://autoconfig.thunderbird.net/v1.1/"

// autoconfigs ask the domain's own web servers, which may know the address, as
// they hold its mail: draft-bucksch-autoconfig, section 4.1.
func (f Finder) autoconfigs(a Address) []func(context.Context) answer {
	return []func(context.Context) answer{
		f.document(a, Vouched, "", "https://autoconfig."+a.ASCII+"/mail/config-v1.1.xml", "?emailaddress="+url.QueryEscape(a.String())),
		f.document(a, Vouched, "", "https://"+a.ASCII+"/.well-known/autoconfig/mail/config-v1.1.xml", ""),
	}
}

// list asks Mozilla's list for a domain.
func (f Finder) list(a Address, domain string) func(context.Context) answer {
	base := f.List
	if base == "" {
		base = mozilla
	}
	return f.document(a, Vouched, "", base+url.PathEscape(domain), "")
}

// document asks for one URL; query belongs to it and is not told. why tells how
// the URL was found, if not by the domain.
func (f Finder) document(a Address, trust Trust, why, where, query string) func(context.Context) answer {
	return func(ctx context.Context) answer {
		got := answer{Asked: Asked{Where: where}}
		text, err := f.fetch(ctx, where+query)
		if err != nil {
			got.Answer = err.Error()
			return got
		}
		offers, left, err := parseAutoconfig(text, a)
		if err != nil {
			got.Answer = err.Error()
			return got
		}
		for i := range offers {
			offers[i].Trust, offers[i].From, offers[i].LoginFrom = trust, where+why, where
		}
		got.offers = offers
		got.Answer = strings.Join(append([]string{count(len(offers), "server")}, left...), "; ")
		return got
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// clientConfig is Mozilla's format, as far as it is about fetching mail.
type clientConfig struct {
	XMLName   xml.Name `xml:"clientConfig"`
	Providers []struct {
		Incoming []incoming `xml:"incomingServer"`
	} `xml:"emailProvider"`
}

type incoming struct {
	Type     string `xml:"type,attr"`
	Hostname string `xml:"hostname"`
	Port     string `xml:"port"`
	Socket   string `xml:"socketType"`
	Username string `xml:"username"`
}

// parseAutoconfig reads a document into offers; left tells what in it is none.
func parseAutoconfig(text []byte, a Address) (offers []Offer, left []string, err error) {
	var c clientConfig
	if err := xml.Unmarshal(text, &c); err != nil {
		return nil, nil, errors.New("it is no autoconfig document")
	}
	for _, p := range c.Providers {
		for _, in := range p.Incoming {
			if in.Type != "imap" && in.Type != "pop3" {
				continue // Exchange and the like
			}
			o, why := in.offer(a)
			if why != "" {
				left = append(left, strings.ToUpper(in.Type)+" left out: "+why)
				continue
			}
			offers = append(offers, o)
		}
		if len(offers) > 0 {
			break
		}
	}
	if len(offers)+len(left) == 0 {
		return nil, nil, errors.New("it names no IMAP or POP3 server")
	}
	return offers, left, nil
}

func (in incoming) offer(a Address) (Offer, string) {
	user, ok := expand(in.Username, a)
	if !ok {
		return Offer{}, "it wants a user name that the address does not tell"
	}
	host, ok := expand(in.Hostname, a)
	if !ok {
		return Offer{}, "it names a host that the address does not tell"
	}
	scheme := in.Type
	switch strings.ToUpper(strings.TrimSpace(in.Socket)) {
	case "SSL", "TLS":
		scheme += "s"
	case "STARTTLS":
	default:
		return Offer{}, "it is without TLS"
	}
	port, err := strconv.ParseUint(strings.TrimSpace(in.Port), 10, 16)
	if err != nil || port == 0 {
		return Offer{}, "it has no port"
	}
	return offer(scheme, host, int(port), user)
}

// expand puts the parts of the address where a document names them.
func expand(text string, a Address) (string, bool) {
	text = strings.NewReplacer("%EMAILADDRESS%", a.String(), "%EMAILLOCALPART%", a.Local, "%EMAILDOMAIN%", a.ASCII).
		Replace(strings.TrimSpace(text))
	return text, text != "" && !strings.Contains(text, "%")
}
