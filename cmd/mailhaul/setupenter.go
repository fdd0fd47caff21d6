package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/mailhaul/mailhaul/dest"
	"github.com/mailhaul/mailhaul/internal/credential"
	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/provider"
	"github.com/mailhaul/mailhaul/source"
	"github.com/mailhaul/mailhaul/transfer"
)

// enter signs in, as often as it takes.
func (z *wizard) enter(ctx context.Context, s *setupSide, role string) error {
	if err := z.arrive(ctx, s, role); err != nil {
		return err
	}
	if p := s.provider; p != nil {
		if words := signInWords(p); words != "" {
			z.say("%s is signed in to with %s", p.Name, words)
		}
		if p.SwitchOn.Is != "" {
			z.say("First switch on there: %s", p.SwitchOn.Is)
		}
	}
	for first := true; ; first = false {
		keep, err := z.credential(ctx, s, first)
		if err == nil {
			z.say("Trying to get in ...")
			var found string
			if found, err = s.try(ctx, role); err == nil {
				z.say("%s", found)
				return keep(ctx)
			}
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if errors.Is(err, errGivenUp) {
			return err
		}
		if err := z.refused(ctx, s, err); err != nil {
			return err
		}
	}
}

// credential takes what is kept of an earlier sign-in, or has the user sign in
// with the browser, or asks for the password. keep is to be called once the
// server has taken it.
func (z *wizard) credential(ctx context.Context, s *setupSide, first bool) (keep func(context.Context) error, err error) {
	keep = func(context.Context) error { return nil }
	s.Token, s.Password = nil, nil
	switch {
	case !s.network():
		return keep, nil
	case first:
		if grant, found, err := z.world.keptGrant(s.Endpoint); found && err == nil {
			s.Token, s.kept = z.world.grantTokens(s.Endpoint, grant).Token, "an earlier sign-in"
			return keep, nil
		}
		if secret, found, err := z.world.kept(s.whose()); found && err == nil {
			s.open(secret)
			s.kept = "an earlier sign-in"
			return keep, nil
		}
	}
	if p := s.provider; p.Takes(provider.OAuth2) && !p.Takes(provider.AppPassword) && !p.Takes(provider.Password) {
		return z.browser(ctx, s)
	}
	secret, err := z.secret(ctx, s.whose())
	if err != nil {
		return nil, err
	}
	s.open(secret)
	return func(ctx context.Context) error { return z.keep(ctx, s, secret) }, nil
}

// browser signs in as mailhaul login does.
func (z *wizard) browser(ctx context.Context, s *setupSide) (keep func(context.Context) error, err error) {
	flags := newLogin(z.world).Flags()
	l, err := z.world.layers(flags, nil)
	if err != nil {
		return nil, err
	}
	login := &loginOptions{world: z.world, flags: flags, arg: s.Endpoint.String()}
	flow, err := login.flow(l, &s.side)
	if err != nil {
		z.say("%s wants the id of an application, of your company's or your own: mailhaul help oauth", s.provider.Name)
		id, err := z.text(ctx, "Client id?", "", "", anything)
		if err == nil {
			err = flags.Set("client-id", id)
		}
		if err == nil {
			flow, err = login.flow(l, &s.side)
		}
		if err != nil {
			return nil, err
		}
	}
	if flow == nil {
		return nil, fmt.Errorf("%s has no sign-in with the browser", s.Host)
	}
	grant, err := flow.run(ctx)
	if err != nil {
		return nil, err
	}
	s.Token = z.world.grantTokens(s.Endpoint, grant).Token
	return func(context.Context) error {
		if z.print {
			return nil
		}
		if s.kept, err = z.world.vault().Keep(grantName(s.Endpoint), credential.New(grant.Pack())); err == nil {
			z.stored = append(z.stored, s.account.Endpoint)
		}
		return err
	}, nil
}

// try opens the side and counts what is there.
func (s *setupSide) try(ctx context.Context, role string) (string, error) {
	var folders []transfer.Folder
	var err error
	if role == roleDest {
		folders, err = lookDest(ctx, s.Access)
	} else {
		var from transfer.From
		if from, err = source.Open(s.Access); err == nil {
			folders, err = look(ctx, from)
		}
	}
	if err != nil {
		return "", &transfer.SideError{Side: atServer, Name: s.Endpoint.String(), Err: err}
	}
	count, bytes := 0, int64(0)
	for _, f := range folders {
		if count += max(f.Count, 0); f.Count < 0 && role == roleSource {
			return "Well: " + counted(len(folders), "folder") + ", whose messages are counted as they are read", nil
		}
		bytes += max(f.Bytes, 0)
	}
	return fmt.Sprintf("Well: %s in %s%s", messages(count), counted(len(folders), "folder"), measured(bytes, 0)), nil
}

// lookDest lists the folders of a destination in a session of its own.
func lookDest(ctx context.Context, a dial.Access) ([]transfer.Folder, error) {
	to, err := dest.Open(a)
	if err != nil {
		return nil, err
	}
	session, err := to.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	site, err := session.Site(ctx)
	return site.Folders, err
}

// refused tells why we are not in, and asks what to do.
func (z *wizard) refused(ctx context.Context, s *setupSide, why error) error {
	z.say("That did not work: %s", closeWording(why))
	code := exitCode(ctx, why)
	hint := advice(why, code, transfer.Report{})
	if hint != "" && untrusted(why) == nil { // else it speaks of flags, in the place of what is offered here
		z.say("-> %s", hint)
	}
	ways := s.ways(why, code)
	i, err := z.choice(ctx, "What now?", ways...)
	if err != nil {
		return err
	}
	switch ways[i] {
	case doFile:
		return z.takeFile(ctx, s)
	case doPin:
		return z.takeKey(ctx, s, untrusted(why).Shown)
	case doAddress:
		return errOther
	case doGiveUp:
		return errGivenUp
	case doUser:
		return z.otherUser(ctx, s)
	}
	return nil
}

// otherUser asks for another user name.
func (z *wizard) otherUser(ctx context.Context, s *setupSide) error {
	user, err := z.text(ctx, "User name:", "", s.User, func(text string) error {
		e := s.Endpoint
		e.User = text
		if back, err := dial.ParseEndpoint(e.String()); err != nil || back != e {
			return errors.New("no user name that can be")
		}
		return nil
	})
	if err == nil {
		s.User = user
		s.account.Endpoint = s.Endpoint.String()
	}
	return err
}

// The ways in which a password may come in later runs, as they are offered.
const (
	wayKept    = "Keep it on this machine, where only you can read it"
	wayPrompt  = "Ask me each time"
	wayCommand = "A command prints it, like: pass show mail"
	wayEnv     = "It is in a variable of the environment"
)

// keep asks where the password comes from in later runs, and puts it there.
func (z *wizard) keep(ctx context.Context, s *setupSide, secret credential.Secret) error {
	ways := []string{wayKept, wayPrompt, wayCommand, wayEnv}
	if z.print {
		ways = ways[1:]
	}
	for {
		i, err := z.choice(ctx, "Where shall the password come from in later runs?", ways...)
		if err != nil {
			return err
		}
		p := &passwordConfig{}
		switch ways[i] {
		case wayKept:
			if s.kept, err = z.world.vault().Keep(s.whose(), secret); err != nil {
				z.say("That did not work: %v", err)
				continue
			}
			z.stored = append(z.stored, s.account.Endpoint)
			return nil
		case wayPrompt:
			p.Prompt = true
		case wayCommand:
			p.Command, err = z.text(ctx, "Which command?", "The first line that it prints is the password", "", anything)
		case wayEnv:
			p.Env, err = z.text(ctx, "Which variable?", "Like OLD_PASSWORD", "", anything)
		}
		s.account.Password = p
		return err
	}
}

func anything(string) error { return nil }
