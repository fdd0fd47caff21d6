package main

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"github.com/mailhaul/mailhaul/internal/credential"
	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/oauth"
	"github.com/mailhaul/mailhaul/internal/sasl"
)

// signInFlags say who signs in, and by what way.
func signInFlags(f *pflag.FlagSet, side string) {
	listOf(f, side+"-token-command", "`COMMAND` prints an OAuth2 access token, each time one is needed")
	listOfEach(f, side+"-app", "the application named in `FILE` fetches access tokens, for a whole company")
	listOfEach(f, side+"-admin", "sign in as `[WAY:]ADMIN` for the user; WAY is authzid, master or proxyauth")
	listOfEach(f, side+"-auth", "the one `MECHANISM` to use, like plain or scram-sha-256")
	listOfEach(f, side+"-cert", "show the certificate in `FILE` (PEM, with its key) to the server")
}

// signIn is what flags and account say about it.
type signIn struct {
	admin, auth, cert string
	app               string          // the file of an application that fetches tokens
	token             *credential.Way // where access tokens come from
}

// readSignIn reads who signs in and how: the flags, else what the accounts say.
func readSignIn(l layers, sides []side, accounts []accountConfig) error {
	said := make([]signIn, len(sides))
	for i, a := range accounts {
		said[i] = signIn{admin: a.Admin, auth: a.Auth, cert: a.Cert, app: a.App}
		if a.Token != nil {
			way, err := a.Token.way()
			if err != nil {
				return err
			}
			said[i].token = &way
		}
	}
	last := len(sides) - 1
	err := errors.Join(flagSignIn(l, "source", said[:last]), flagSignIn(l, "dest", said[last:]))
	for i := range sides {
		if err == nil && sides[i].network() {
			err = sides[i].signIn(said[i])
		}
	}
	return err
}

// flagSignIn lays the flags of one role over what the accounts say.
func flagSignIn(l layers, which string, said []signIn) error {
	return errors.Join(
		handOut(l, which+"-admin", len(said), func(i int, text string) { said[i].admin = text }),
		handOut(l, which+"-auth", len(said), func(i int, text string) { said[i].auth = text }),
		handOut(l, which+"-cert", len(said), func(i int, text string) { said[i].cert = text }),
		handOut(l, which+"-app", len(said), func(i int, text string) { said[i].app = text }),
		handOut(l, which+"-token-command", len(said), func(i int, text string) {
			said[i].token = &credential.Way{Command: text}
		}))
}

// handOut gives the values of a flag to n sides: it may stand once for all, or
// once for each.
func handOut(l layers, name string, n int, set func(i int, text string)) error {
	values := l.list(name)
	if len(values) > 1 && len(values) != n {
		return usagef("", "--%s: give it once for all, or once for each of the %d, in their order", name, n)
	}
	for i := range n {
		if len(values) > 0 {
			set(i, values[min(i, len(values)-1)])
		}
	}
	return nil
}

// signIn makes of the words what the connection needs.
func (s *side) signIn(said signIn) (err error) {
	s.token, s.app = said.token, said.app
	if said.admin != "" {
		if s.Admin, err = dial.ParseAdmin(said.admin); err != nil {
			return usagef("", "admin of %s: %w", s.Host, err)
		}
		if s.Admin.Way == dial.ProxyAuth && strings.HasPrefix(s.Scheme, "pop3") {
			return usagef("use authzid:ADMIN or master:ADMIN there", "PROXYAUTH is a command of IMAP, not of POP3")
		}
	}
	if s.Auth = strings.ToUpper(said.auth); s.Auth != "" && !sasl.Known(s.Auth) {
		return usagef("there are plain, login, cram-md5, scram-sha-1, scram-sha-256, scram-sha-512 (also with -plus), oauthbearer, xoauth2 and external",
			"mechanism %q is not known", said.auth)
	}
	if said.cert == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(said.cert, said.cert)
	if err != nil {
		return usagef("it must hold the certificate and its private key, both in PEM form", "our certificate %s: %w", said.cert, err)
	}
	s.Certificate = &pair
	return nil
}

// tokens gives the access tokens of a side, nil if it signs in by a password:
// from the flag or account, the variable, or what "mailhaul login" has kept.
func (s *side) tokens(asker credential.Asker, w *world, role string, n int) (*oauth.Source, error) {
	way := s.token
	if variable := w.secretVariable(role, n, "TOKEN"); way == nil && variable != "" {
		way = &credential.Way{Env: variable}
	}
	switch {
	case way == nil && s.app != "":
		return w.appTokens(s.app, s.User)
	case way == nil && s.flagWay == nil && s.way == nil && w.passwordVariable(role, n) == "":
		grant, found, err := w.keptGrant(s.Endpoint)
		if !found {
			return nil, err
		}
		return w.grantTokens(s.Endpoint, grant), nil
	case way == nil:
		return nil, nil
	}
	asker.What = "access token"
	return oauth.NewSource(func(ctx context.Context) (oauth.Token, error) {
		secret, err := asker.Get(ctx, *way, s.whose())
		return oauth.Token{Text: secret.Reveal()}, err
	}), nil
}
