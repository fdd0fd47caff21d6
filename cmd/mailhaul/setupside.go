package main

import (
	"context"
	"errors"
	"strings"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/provider"
)

// setupSide is one side as it was answered.
type setupSide struct {
	side
	account accountConfig
	from    string // where the server was learnt, for the comment
	kept    string // where the password or sign-in is kept, "" if it is not
}

// errOther asks for another address.
var errOther = errors.New("another address")

// side asks for one side until it is there and lets us in.
func (z *wizard) side(ctx context.Context, role string) (*setupSide, error) {
	for said := ""; ; {
		s, err := z.place(ctx, role, &said)
		if err == nil {
			err = z.enter(ctx, s, role)
		}
		switch {
		case errors.Is(err, errOther):
			continue
		case err != nil:
			return nil, err
		}
		return s, nil
	}
}

// place asks where the mail is, or shall go.
// said is what was answered before, to be mended, and becomes what is answered now.
func (z *wizard) place(ctx context.Context, role string, said *string) (*setupSide, error) {
	title, help := "Where is your mail now?", "An address like anna@oldisp.example, imaps://USER@HOST, pop3s://USER@HOST, mbox:PATH or maildir:PATH"
	if role == roleDest {
		title, help = "Where shall it go?", "An address like anna@gmail.com, or imaps://USER@HOST"
	}
	answer, err := z.text(ctx, title, help, *said, func(text string) error {
		e, err := readEndpoint(text)
		if err == nil && e.Scheme == "" {
			_, err = provider.ParseAddress(e.User)
		}
		if err == nil && role == roleDest && e.Scheme != "" && !strings.HasPrefix(e.Scheme, "imap") {
			err = errors.New("mail can go to IMAP only: an address, or imaps://USER@HOST")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	*said = answer
	s := &setupSide{}
	if s.Endpoint, err = readEndpoint(answer); err != nil {
		return nil, err
	}
	s.Dial = z.world.net.dial
	if s.Scheme == "" {
		if err := z.choose(ctx, s, role == roleSource); err != nil {
			return nil, err
		}
	}
	s.account.Endpoint = s.Endpoint.String()
	s.provider = z.known.ByHost(s.Host)
	sides := []side{s.side}
	if err := readTrust(z.layers, sides, []accountConfig{{}}); err != nil {
		return nil, asUsage(err)
	}
	s.side = sides[0]
	s.account.Pin = s.Pin
	if s.CAs != nil {
		s.account.CAFile, err = filePath(z.layers.text("ca-file"))
	}
	return s, err
}

// choose finds the servers of an address, and asks where there is a choice.
func (z *wizard) choose(ctx context.Context, s *setupSide, reading bool) error {
	address, err := provider.ParseAddress(s.User)
	if err != nil {
		return err
	}
	z.say("Looking for the servers of %s ...", address)
	found, err := z.world.finder(z.known, s.Access).Find(ctx, address)
	if err != nil {
		return err
	}
	best, ok := found.Best(reading)
	if !ok {
		return z.byHand(ctx, s, address)
	}
	offer, err := z.protocol(ctx, found, best, reading)
	if err != nil {
		return err
	}
	z.say("%s, from %s", offer.Endpoint, offer.From)
	if offer.Trust < provider.Vouched {
		agreed, err := z.yes(ctx, "Nobody vouches for "+offer.Host+". Is it your provider's server, may the password go there?", false)
		if err != nil {
			return err
		}
		if !agreed {
			return errOther
		}
	}
	s.Endpoint, s.from = offer.Endpoint, offer.From
	return nil
}

// protocol asks whether IMAP or POP3 is meant, where there are both.
func (z *wizard) protocol(ctx context.Context, found *provider.Found, best provider.Offer, reading bool) (provider.Offer, error) {
	if !reading {
		return best, nil
	}
	for _, o := range found.Offers {
		if strings.HasPrefix(o.Scheme, "pop3") && !strings.HasPrefix(best.Scheme, "pop3") {
			i, err := z.choice(ctx, "There are two ways to fetch this mail:",
				"IMAP, which has all folders and what was read", "POP3, which has the inbox only")
			if i == 1 {
				return o, err
			}
			return best, err
		}
	}
	return best, nil
}

// byHand asks for the server that could not be found.
func (z *wizard) byHand(ctx context.Context, s *setupSide, a provider.Address) error {
	z.say("No server was found. Your provider's help pages name it.")
	said, err := z.text(ctx, "Which server?", "imaps://HOST or pop3s://HOST", "", func(text string) error {
		_, err := serverOf(text, a)
		return err
	})
	if err != nil {
		return err
	}
	s.Endpoint, err = serverOf(said, a)
	s.from = "what was typed"
	return err
}

// serverOf reads a server that may be written with or without scheme and user.
func serverOf(text string, a provider.Address) (dial.Endpoint, error) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		scheme, rest = "imaps", text
	}
	if !strings.Contains(rest, "@") {
		rest = a.String() + "@" + rest
	}
	e, err := readEndpoint(scheme + "://" + rest)
	if err == nil && e.Scheme == "" {
		err = errors.New("write it like imaps://imap.example.org")
	}
	return e, err
}
