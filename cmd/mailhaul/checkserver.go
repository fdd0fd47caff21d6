package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/internal/checkup"
	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/internal/provider"
	"github.com/mailhaul/mailhaul/transfer"
)

// The topics of what is found, in their order.
const (
	topicName    = "name"
	topicReach   = "reach"
	topicTLS     = "TLS"
	topicServer  = "server"
	topicWays    = "ways in"
	topicSignIn  = "sign-in"
	topicFolders = "folders"
	topicQuota   = "quota"
	topicLimits  = "limits"
)

// failed tells an error as a finding, and answers it for the exit code.
func (f *findings) failed(ctx context.Context, topic string, s side, err error) error {
	whole := &transfer.SideError{Side: atServer, Name: s.Endpoint.String(), Err: err}
	f.fail(topic, advice(whole, exitCode(ctx, whole), transfer.Report{}), "%s", closeWording(whole))
	return whole
}

// knock looks at the server from outside: name, addresses, TLS, greeting.
func (o *checkOptions) knock(ctx context.Context, f *findings, s side) (*checkup.Front, error) {
	if !o.world.net.proxied { // else the way there is not ours to look at
		o.reach(ctx, f, s)
	}
	quiet := s.Access
	quiet.Alert = nil // it is told again by the sign-in
	front, err := checkup.Knock(ctx, quiet)
	if front.TLS != nil {
		tellTLS(f, *front.TLS, s)
	}
	if err != nil {
		return nil, f.failed(ctx, topicOf(err), s, err)
	}
	if front.TLS == nil {
		f.say(note, topicTLS, "none: whoever sits on the way can read the password and all mail")
	}
	f.say(good, topicServer, "greets: %s", shorten(Safe(greeting(front.Greeting)), 100))
	tellWays(f, front, strings.HasPrefix(s.Scheme, "pop3"))
	return front, nil
}

// greeting is what a server says first, without what is for programs.
func greeting(line string) string {
	line = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(line, "* "), "+"), "OK ")
	if strings.HasPrefix(line, "[") {
		if _, rest, ok := strings.Cut(line, "] "); ok {
			return rest
		}
	}
	return line
}

// topicOf is what an error of the connection is about.
func topicOf(err error) string {
	var fault *dial.Error
	if !errors.As(err, &fault) {
		return topicServer
	}
	switch fault.Kind {
	case dial.UnknownHost:
		return topicName
	case dial.Refused, dial.Unreachable, dial.Timeout:
		return topicReach
	case dial.Certificate, dial.NoTLS, dial.Injected:
		return topicTLS
	}
	return topicServer
}

// reach tells the addresses of the host and which of them answer. If none does,
// opening the connection will say why.
func (o *checkOptions) reach(ctx context.Context, f *findings, s side) {
	addrs, err := checkup.Resolve(ctx, o.world.net.resolver(), s.Host)
	if err != nil || len(addrs) == 0 {
		return
	}
	if addrs[0] != s.Host {
		f.say(good, topicName, "%s is %s", s.Host, strings.Join(addrs, ", "))
	}
	reached := checkup.Reach(ctx, s.Access, addrs)
	if !slices.ContainsFunc(reached, func(r checkup.Reached) bool { return r.Err == nil }) {
		return
	}
	for _, r := range reached {
		if r.Err != nil {
			f.say(note, topicReach, "%s does not answer on port %d, the other does: %v", r.Addr, s.Port, r.Err)
			continue
		}
		f.say(good, topicReach, "%s answers on port %d in %s", r.Addr, s.Port, r.Took.Round(100*time.Microsecond))
	}
}

// soon is how long before its end a certificate is worth a word.
const soon = 36 * time.Hour

// tellTLS says how the connection is secured and by whom.
func tellTLS(f *findings, state tls.ConnectionState, s side) {
	leaf := state.PeerCertificates[0]
	text := fmt.Sprintf("%s, certificate for %s by %s, valid until %s", tls.VersionName(state.Version),
		s.Host, issuer(leaf.Issuer.CommonName, leaf.Issuer.Organization), leaf.NotAfter.UTC().Format(time.DateOnly))
	switch {
	case s.Pin != "":
		f.say(good, topicTLS, "%s, the key is the pinned one", tls.VersionName(state.Version))
	case time.Until(leaf.NotAfter) < soon:
		f.say(note, topicTLS, "%s: that is soon", text)
	default:
		f.say(good, topicTLS, "%s", text)
	}
}

func issuer(name string, organization []string) string {
	if len(organization) > 0 && organization[0] != name {
		return strings.TrimSpace(organization[0] + " " + name)
	}
	if name == "" {
		return "somebody without a name"
	}
	return name
}

// tellWays says how one may sign in.
func tellWays(f *findings, front *checkup.Front, pop bool) {
	ways := front.Value("AUTH", "=")
	if pop {
		ways = front.Value("SASL", " ")
		if front.Has("USER") || len(front.Offers) == 0 {
			ways = append(ways, "user and password")
		}
	} else if !front.Has("LOGINDISABLED") && !slices.Contains(ways, "LOGIN") {
		ways = append(ways, "LOGIN")
	}
	if len(ways) == 0 {
		f.say(note, topicWays, "the server offers no way to sign in here")
		return
	}
	f.say(good, topicWays, "one may sign in with %s", strings.Join(ways, ", "))
}

// power is what a capability means for moving mail.
type power struct{ name, has, lacks string }

var imapPowers = []power{
	{"UIDPLUS", "tells where each message went, so that a late twin can be taken back", "does not tell where messages went: a twin that lands late stays, and is told"},
	{"LITERAL+", "takes messages without a round trip for each", "wants a round trip for each message: several connections make up for it"},
	{"MULTIAPPEND", "takes many messages in one command", ""},
	{"CONDSTORE", "tells which folders changed: a second run asks for those only", "does not tell which folders changed: each is listed again"},
	{"SPECIAL-USE", "tells which folder is for sent mail, drafts, trash, junk", "does not tell what its folders are for: their names decide"},
	{"COMPRESS=DEFLATE", "could compress what travels", ""},
	{"UTF8=ACCEPT", "knows addresses and headers in UTF-8", ""},
}

var popPowers = []power{
	{"UIDL", "names the messages, so that the next run brings only what is new", "has no names for messages: each run reads all headers to know what is new"},
	{"TOP", "gives headers alone", ""},
	{"PIPELINING", "takes commands ahead: no round trip for each message", "wants a round trip for each message"},
}

func tellPowers(f *findings, powers []power, has func(string) bool) {
	for _, p := range powers {
		title, _, _ := strings.Cut(p.name, "=")
		switch {
		case has(p.name):
			f.say(good, title, "%s", p.has)
		case p.lacks != "":
			f.say(note, title, "%s", p.lacks)
		}
	}
}

// inside signs in and tells what the server can do.
func (o *checkOptions) inside(ctx context.Context, f *findings, s side, front *checkup.Front) error {
	if strings.HasPrefix(s.Scheme, "pop3") {
		tellPowers(f, popPowers, front.Has)
		if days := front.Value("EXPIRE", " "); len(days) > 0 && days[0] != "NEVER" {
			f.say(note, "EXPIRE", "the server deletes mail by itself after %s days: do not wait", days[0])
		}
		if pause := front.Value("LOGIN-DELAY", " "); len(pause) > 0 {
			f.say(note, "LOGIN-DELAY", "the server wants %s seconds between two sign-ins", pause[0])
		}
		return nil
	}
	var way string
	s.SignedIn = func(by string) { way = by }
	conn, err := imapconn.Open(ctx, s.Access)
	if err != nil {
		return f.failed(ctx, topicSignIn, s, err)
	}
	defer conn.Close()
	f.signedIn(s, way)
	tellPowers(f, imapPowers, func(name string) bool {
		return conn.Caps.Has(name) || name == "CONDSTORE" && conn.Caps.ModSeq()
	})
	if limit := conn.Caps.AppendLimit(); limit > 0 {
		g := good
		if limit < 100<<20 {
			g = note
		}
		f.say(g, "APPENDLIMIT", "takes messages up to %s", formatSize(limit))
	}
	var quotas []imapconn.Resource
	err = conn.Within(ctx, func() (err error) {
		quotas, err = conn.Quota("INBOX")
		return err
	})
	if err != nil && imapconn.Refusal(err) == nil {
		return f.failed(ctx, topicQuota, s, err)
	}
	tellQuotas(f, quotas)
	return nil
}

// tellQuotas says how full the mailbox is.
func tellQuotas(f *findings, quotas []imapconn.Resource) {
	for _, q := range quotas {
		used, limit := strconv.FormatUint(q.Used, 10), strconv.FormatUint(q.Limit, 10)
		switch q.Name {
		case "STORAGE":
			used, limit = formatSize(kibibytes(q.Used)), formatSize(kibibytes(q.Limit))
		case "MESSAGE":
			limit += " messages"
		default:
			continue
		}
		g := good
		if q.Limit > 0 && float64(q.Used) > 0.9*float64(q.Limit) {
			g = note
		}
		f.say(g, topicQuota, "%s of %s are in use", used, limit)
	}
}

// kibibytes are n KiB in bytes, as many as fit.
func kibibytes(n uint64) int64 { return int64(min(n, 1<<52)) << 10 }

// tellKnown says what is known of the provider and costs a mover time.
func tellKnown(f *findings, p *provider.Provider) {
	if p == nil {
		return
	}
	if n := p.Connections; n.Is > 0 {
		f.say(note, topicLimits, "%s takes up to %d connections (%s)", p.Name, n.Is, n.From)
	}
	if p.DayDown.Is > 0 || p.DayUp.Is > 0 {
		f.say(note, topicLimits, "%s lets %s a day be fetched and %s be put (%s)", p.Name,
			formatSize(p.DayDown.Is), formatSize(p.DayUp.Is), p.DayUp.From)
	}
	if p.Note.Is != "" {
		f.say(note, topicLimits, "%s: %s", p.Name, p.Note.Is)
	}
}
