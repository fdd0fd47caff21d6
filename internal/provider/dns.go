package provider

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"
)

const dnsPatience = 10 * time.Second

func (f Finder) resolver() Resolver {
	if f.DNS == nil {
		return net.DefaultResolver
	}
	return f.DNS
}

// services ask for the SRV records of RFC 6186 and RFC 8314.
func (f Finder) services(a Address) (questions []func(context.Context) answer) {
	for _, scheme := range []string{"imaps", "imap", "pop3s", "pop3"} {
		questions = append(questions, func(ctx context.Context) answer { return f.service(ctx, scheme, a) })
	}
	return questions
}

func (f Finder) service(ctx context.Context, scheme string, a Address) answer {
	ctx, cancel := context.WithTimeout(ctx, dnsPatience)
	defer cancel()
	name := "_" + scheme + "._tcp." + a.ASCII
	got := answer{Asked: Asked{Where: "SRV " + name}}
	_, records, err := f.resolver().LookupSRV(ctx, scheme, "tcp", a.ASCII)
	if err != nil && len(records) == 0 {
		got.Answer = noRecord(err)
		return got
	}
	for _, r := range records {
		host := strings.TrimSuffix(strings.ToLower(r.Target), ".")
		if host == "" { // RFC 6186 section 3.4
			got.Answer = "the domain says that it has no such service"
			return got
		}
		o, why := offer(scheme, host, int(r.Port), a.String())
		if why != "" {
			got.Answer = why
			continue
		}
		// RFC 6186 section 6: a name inside the domain is proved by the server's
		// certificate; for another the user has to be asked.
		o.Trust, o.From, o.LoginFrom = Derived, "SRV record "+name, "usual form"
		if within(host, a.ASCII) {
			o.Trust = Vouched
		}
		got.offers = append(got.offers, o)
	}
	if len(got.offers) > 0 {
		got.Answer = count(len(got.offers), "server")
	}
	return got
}

// askMX goes by whoever takes the domain's mail.
func (f Finder) askMX(ctx context.Context, found *Found) []answer {
	short, cancel := context.WithTimeout(ctx, dnsPatience)
	defer cancel()
	a := found.Address
	records, err := f.resolver().LookupMX(short, a.ASCII)
	got := answer{Asked: Asked{Where: "MX " + a.ASCII}}
	if len(records) == 0 {
		got.Answer = noRecord(err)
		return []answer{got}
	}
	host := strings.TrimSuffix(strings.ToLower(records[0].Host), ".")
	got.Answer = host
	why := ", by the MX record of " + a.Domain
	if p := f.Known.ByMX(host); p != nil {
		preset := fromPreset(p, a, Derived, why)
		preset.Where = ""
		return []answer{got, preset}
	}
	owner, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil || owner == a.ASCII {
		return []answer{got}
	}
	base := f.List
	if base == "" {
		base = mozilla
	}
	return append([]answer{got}, together(ctx, []func(context.Context) answer{
		f.document(a, Derived, why, "https://autoconfig."+owner+"/mail/config-v1.1.xml", ""),
		f.document(a, Derived, why, base+owner, ""),
	})...)
}

func noRecord(err error) string {
	var dns *net.DNSError
	switch {
	case err == nil, errors.As(err, &dns) && dns.IsNotFound:
		return "no record"
	case errors.As(err, &dns):
		return "no answer: " + dns.Err
	}
	return "no answer"
}
