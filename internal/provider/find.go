package provider

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"time"
)

// How an address is looked up. What stands on one line is asked side by side, and
// the next line only if nothing above it vouches for a server:
//
//	presets and the user's providers.toml
//	autoconfig at the provider | Mozilla's list | SRV records
//	MX record -> presets, autoconfig and Mozilla's list for whoever has the MX host
//	imap.DOMAIN, mail.DOMAIN, pop.DOMAIN ... with a valid certificate
//
// Then all that was found is sorted by [rank].

// Finder looks addresses up. The zero value asks the real world and knows no
// presets.
type Finder struct {
	Known *Known
	// DNS is asked for SRV and MX records; nil is the machine's resolver.
	DNS Resolver
	// HTTP fetches https URLs; nil is a client of its own. Redirects are followed
	// to https only, whatever it says.
	HTTP *http.Client
	// List is where Mozilla's list is asked, a URL that the domain is put behind;
	// "" is the real one.
	List string
	// Dial makes the connections of guesses, and CAs are the authorities to trust
	// there; see [dial.Access].
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	CAs  *x509.CertPool
	// Greeting is how long a guessed server may take to greet; 0 is 6 s.
	Greeting time.Duration
}

// Resolver is what is asked of the DNS; a [net.Resolver] is one.
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
}

// Found is what is known of an address's servers.
type Found struct {
	Address  Address
	Provider *Provider // nil if it is none that is known
	Offers   []Offer   // the best first
	Asked    []Asked   // all that was asked, in the order of the drawing
}

// Asked is one question and what came of it, in words for the user.
type Asked struct{ Where, Answer string }

// patience is how long all questions together may take.
const patience = 25 * time.Second

// Find looks an address up. It fails only if ctx ends: not to find anything is
// no error.
func (f Finder) Find(ctx context.Context, a Address) (*Found, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found := &Found{Address: a, Provider: f.Known.ByDomain(a.ASCII)}
	if p := found.Provider; p != nil {
		found.take(fromPreset(p, a, Vouched, ""))
	}
	for _, step := range []func(context.Context, *Found) []answer{f.askAll, f.askMX, f.guess} {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if !found.vouched() && (found.Provider == nil || len(found.Offers) == 0) {
			found.take(step(limited, found)...)
		}
	}
	found.Offers = tidy(found.Offers)
	if found.Provider == nil && len(found.Offers) > 0 {
		found.Provider = f.Known.ByHost(found.Offers[0].Host)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return found, nil
}

// vouched reports whether an origin that can be believed has named a server.
func (f *Found) vouched() bool {
	return slices.ContainsFunc(f.Offers, func(o Offer) bool { return o.Trust == Vouched })
}

// Best is the way to take: for reading IMAP if there is any, else POP3; for
// writing IMAP only.
func (f *Found) Best(reading bool) (Offer, bool) {
	for _, o := range f.Offers {
		if reading || o.imap() && !o.Export {
			return o, true
		}
	}
	return Offer{}, false
}

// answer is what one question gave.
type answer struct {
	Asked
	offers   []Offer
	provider *Provider
}

func (f *Found) take(answers ...answer) {
	for _, a := range answers {
		if a.Where != "" {
			f.Asked = append(f.Asked, a.Asked)
		}
		f.Offers = append(f.Offers, a.offers...)
		if f.Provider == nil {
			f.Provider = a.provider
		}
	}
}

// askAll asks those who can vouch.
func (f Finder) askAll(ctx context.Context, found *Found) []answer {
	a := found.Address
	questions := append(f.autoconfigs(a), f.list(a, a.ASCII))
	return together(ctx, append(questions, f.services(a)...))
}

// together asks side by side and answers in the order of the questions. What
// panics there panics here, as [broken].
func together(ctx context.Context, questions []func(context.Context) answer) []answer {
	answers := make([]answer, len(questions))
	breaks := make(chan *broken, len(questions))
	var all sync.WaitGroup
	for i, ask := range questions {
		all.Go(func() {
			defer func() {
				if why := recover(); why != nil {
					breaks <- brokenBy(why)
				}
			}()
			answers[i] = ask(ctx)
		})
	}
	all.Wait()
	select {
	case b := <-breaks:
		panic(b)
	default:
	}
	return answers
}

// broken is a panic of a question, and where it was.
type broken struct {
	why     any
	callers []uintptr
}

// Panic tells both to whoever recovers it.
func (b *broken) Panic() (why any, callers []uintptr) { return b.why, b.callers }

func brokenBy(why any) *broken {
	if b, ok := why.(*broken); ok {
		return b // from questions of this question
	}
	pcs := make([]uintptr, 64)
	return &broken{why, pcs[:runtime.Callers(3, pcs)]}
}

// fromPreset makes offers of a row of the table. why tells how the row was found,
// if not by the domain.
func fromPreset(p *Provider, a Address, trust Trust, why string) answer {
	got := answer{Asked: Asked{"presets", p.Name + why}, provider: p}
	for _, s := range []struct {
		server Said[string]
		export bool
	}{{p.Export, true}, {p.IMAP, false}, {p.POP3, false}} {
		e, err := parseServer(s.server.Is)
		if err != nil {
			continue // there is none
		}
		e.User = a.user(p.Login.Is)
		got.offers = append(got.offers, Offer{
			Endpoint: e, Trust: trust, Export: s.export,
			From: "preset " + p.Name + why + " (" + s.server.From + ")", LoginFrom: p.Login.From,
		})
	}
	return got
}
