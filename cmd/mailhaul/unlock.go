package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mailhaul/mailhaul/internal/credential"
	"github.com/mailhaul/mailhaul/internal/provider"
	"github.com/mailhaul/mailhaul/internal/sasl"
	"github.com/mailhaul/mailhaul/source"
	"github.com/mailhaul/mailhaul/transfer"
)

// How all sides get their secrets:
//
//	flag, variable, account, keyring -> those that are left: all servers reached -> a person types
//
// so that nobody types a password for a move that a wrong name, a wrong port or a
// certificate of either side would have ended.

// guest is a side on its way in. n numbers the sources, from 1.
type guest struct {
	*side
	role string
	n    int
}

// guests are all sides, the destination last.
func (h *haul) guests() (all []guest) {
	for i := range h.sources {
		all = append(all, guest{&h.sources[i], roleSource, i + 1})
	}
	return append(all, guest{&h.dest, roleDest, 1})
}

// unlock gets all passwords, before anything is opened: afterwards nobody is
// asked again, and reconnects use what is known.
func (h *haul) unlock(ctx context.Context, w *world) error {
	all := h.guests()
	var left []guest
	for _, g := range all {
		asks, err := g.find(ctx, w, h)
		if err != nil {
			return err
		}
		if asks {
			left = append(left, g)
		}
	}
	if len(left) == 0 {
		return nil
	}
	all = slices.DeleteFunc(all, func(g guest) bool { return !g.network() })
	if !h.show.quiet && !h.show.json {
		fmt.Fprintf(w.talk, "Connecting to %s ...\n", Safe(hostsOf(all)))
	}
	return h.ask(ctx, w, all, left)
}

// hostsOf names the servers, each once.
func hostsOf(all []guest) string {
	var names []string
	for _, g := range all {
		if name := hostPort(g.Endpoint); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, " and ")
}

// ask asks for what is left, once all servers were reached.
func (h *haul) ask(ctx context.Context, w *world, all, left []guest) error {
	for _, g := range all {
		if err := g.reach(ctx); err != nil {
			return err
		}
	}
	for _, g := range left {
		secret, err := g.typed(ctx, w, h)
		if err != nil {
			return err
		}
		g.open(secret)
	}
	return nil
}

// unlock gets the password of one side alone.
func (s *side) unlock(ctx context.Context, w *world, h *haul, role string, n int) error {
	g := guest{s, role, n}
	asks, err := g.find(ctx, w, h)
	if err != nil || !asks {
		return err
	}
	return h.ask(ctx, w, []guest{g}, []guest{g})
}

// open signs in with a password from now on.
func (s *side) open(secret credential.Secret) {
	s.Password = func(context.Context) (string, error) { return secret.Reveal(), nil }
}

// reach connects, up to where the password would be sent.
func (g guest) reach(ctx context.Context) error {
	if err := source.Reach(ctx, g.Access); err != nil {
		return g.fault(err)
	}
	return nil
}

// fault names side and server of an error.
func (g guest) fault(err error) error {
	return &transfer.SideError{Side: g.at(g.role), Name: g.Endpoint.String(), Err: err}
}

// find gets what needs nobody: what the flag says, the variable, the account's own
// way, or the keyring. Access tokens go before passwords; who shows a certificate
// needs neither, unless he says so. asks tells that a person is left, who is there.
func (g guest) find(ctx context.Context, w *world, h *haul) (asks bool, err error) {
	if !g.network() || g.Password != nil || g.Token != nil {
		return false, nil
	}
	asker := g.asker(w, h)
	tokens, err := g.tokens(asker, w, g.role, g.n)
	if err != nil {
		return false, err
	}
	if tokens != nil {
		g.Token = tokens.Token
		_, err = g.Token(ctx, "") // so that trouble shows before anything is opened
		return false, err
	}
	if g.Certificate != nil && g.flagWay == nil && g.way == nil && w.passwordVariable(g.role, g.n) == "" {
		return false, nil
	}
	secret, found, err := g.kept(ctx, w, asker)
	switch {
	case err != nil:
		return false, err
	case found:
		g.open(secret)
		return false, nil
	case !asker.CanAsk():
		_, err = asker.Get(ctx, credential.Way{Prompt: true}, g.whose())
		return false, err
	}
	return true, g.passwordTaken()
}

// kept is the password that stands somewhere.
func (g guest) kept(ctx context.Context, w *world, asker credential.Asker) (s credential.Secret, found bool, err error) {
	variable := w.passwordVariable(g.role, g.n)
	switch {
	case g.flagWay != nil:
		s, err = asker.Get(ctx, *g.flagWay, g.whose())
	case variable != "":
		s, err = asker.Get(ctx, credential.Way{Env: variable}, g.whose())
	case g.way != nil && !g.way.Prompt:
		s, err = asker.Get(ctx, *g.way, g.whose())
	case g.way != nil:
		return s, false, nil
	default:
		return w.kept(g.whose())
	}
	return s, true, err
}

// passwordTaken is the error for a provider that is known to take no password at
// all: nobody has to type one to learn that. Who says how to sign in is let try.
func (g guest) passwordTaken() error {
	p := g.provider
	if g.Auth != "" || g.way != nil || !p.Takes(provider.OAuth2) || p.Takes(provider.Password) || p.Takes(provider.AppPassword) {
		return nil
	}
	return g.fault(&sasl.Error{
		Text:   g.Host + " takes no password but a sign-in with the browser (OAuth2)",
		Advice: fmt.Sprintf("sign in once: mailhaul login %s; then run the same command again. All about it: mailhaul help oauth", g.account()),
	})
}

// account is the side as "mailhaul login" takes it.
func (s *side) account() string {
	name := s.Endpoint.String()
	if p := s.provider; p != nil && strings.Contains(s.User, "@") {
		name = s.User
	}
	return quoteAll([]string{name})
}

// asker gets passwords for this guest.
func (g guest) asker(w *world, h *haul) credential.Asker {
	a := h.asker(w, g.role)
	a.Label = g.label(g.role)
	return a
}
