package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailhaul/mailhaul/internal/credential"
	"github.com/mailhaul/mailhaul/internal/provider"
	"github.com/mailhaul/mailhaul/source"
	"github.com/mailhaul/mailhaul/transfer"
)

// loginOptions are what "mailhaul login" was called with.
type loginOptions struct {
	world *world
	flags *pflag.FlagSet
	arg   string // ADDRESS or ENDPOINT
}

const loginLong = `Sign in once, and keep what all other commands need to get in: an OAuth2 sign-in
where the provider has one, else the password or app password. It is tried at the
server first, and kept in the keyring of the desktop; where there is none, in a
file below the state folder that only you can read.

  Microsoft   in the browser, by a code; needs the id of an application
  Google      with an app password; with the file of an OAuth client of your
              own (--client-file) in the browser
  others      with a password or app password

All about it, and about companies: mailhaul help oauth`

const loginExample = `  mailhaul login anna@outlook.com --client-id 1b4e28ba-2fa1-11d2-883f-0016d3cca427
  mailhaul login anna@gmail.com
  mailhaul login anna@gmail.com --client-file client_secret.json --no-browser
  mailhaul login imaps://anna@imap.firm.example
  mailhaul login --forget anna@outlook.com`

func newLogin(w *world) *cobra.Command {
	o := &loginOptions{world: w}
	cmd := &cobra.Command{
		Use: "login [flags] ADDRESS", Short: "Sign in once and for all, also with the browser", GroupID: "other",
		Long: loginLong, Example: loginExample,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("as in: mailhaul login anna@outlook.com", "there must be one ADDRESS")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.flags, o.arg = cmd.Flags(), args[0]
			return runLogin(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	group(f, "With the browser (OAuth2):", func(f *pflag.FlagSet) {
		f.String("client-id", "", "`ID` of an application that the provider knows")
		f.String("client-file", "", "`FILE` of an OAuth client, as Google gives it (JSON)")
		f.Bool("browser", false, "open the browser here, also where a code would do")
		f.Bool("no-browser", false, "print the address, and take the one where the browser ends up")
		f.String("tenant", "common", "the `DIRECTORY` of your company at Microsoft")
		f.String("auth-url", "", "`URL` of another provider: where the user agrees")
		f.String("token-url", "", "`URL` of another provider: where tokens come from")
		f.String("device-url", "", "`URL` of another provider: where codes come from")
		f.String("scope", "", "what another provider is asked for, `SCOPE`s separated by blanks")
	})
	group(f, "Kept:", func(f *pflag.FlagSet) {
		f.Bool("forget", false, "remove what is kept for the account")
		f.Bool("no-check", false, "keep it without a try at the server")
	})
	trustFlags(f)
	f.CountP("verbose", "v", "-vv: also what the server says")
	hide(f, "verbose")
	return cmd
}

func runLogin(ctx context.Context, o *loginOptions) error {
	l, err := o.world.layers(o.flags, nil)
	if err != nil {
		return err
	}
	h, err := checkHaul(ctx, o.world, l, o.arg)
	if err != nil {
		return asUsage(err)
	}
	s := &h.sources[0]
	if !s.network() {
		return usagef("as in: mailhaul login anna@outlook.com", "%s needs no sign-in", s.Endpoint)
	}
	if l.wants("forget") {
		return o.forget(s)
	}
	flow, err := o.flow(l, s)
	if err != nil {
		return err
	}
	kept := credential.Secret{}
	name := s.whose()
	if flow != nil {
		grant, err := flow.run(ctx)
		if err != nil {
			return err
		}
		name, kept = grantName(s.Endpoint), credential.New(grant.Pack())
		s.Token = o.world.grantTokens(s.Endpoint, grant).Token
	} else {
		if kept, err = o.password(ctx, h, s, l.wants("no-check")); err != nil {
			return err
		}
		s.open(kept)
	}
	if err := o.try(ctx, l, h, s); err != nil {
		return err
	}
	where, err := o.world.vault().Keep(name, kept)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.world.out, "Signed in to %s as %s. It is kept in %s; all commands find it there.\n", Safe(s.Host), Safe(s.User), Safe(where))
	return nil
}

// try signs in at the server.
func (o *loginOptions) try(ctx context.Context, l layers, h *haul, s *side) error {
	if l.wants("no-check") {
		return nil
	}
	watch := newWatch(ctx, &plain{w: o.world.talk, verbose: h.show.verbose, silent: true})
	defer watch.close()
	h.listen(s, "server", watch.tell, watch.trace)
	from, err := source.Open(s.Access)
	if err != nil {
		return asUsage(err)
	}
	session, err := from.Open(ctx)
	if err != nil {
		return &transfer.SideError{Side: atServer, Name: from.Name, Err: err}
	}
	return session.Close()
}

// password tells what password the provider takes, and asks for it, once the server
// was reached.
func (o *loginOptions) password(ctx context.Context, h *haul, s *side, unchecked bool) (credential.Secret, error) {
	w := o.world
	asker := w.asker(h.noInput)
	if asker.CanAsk() && !unchecked {
		if err := (guest{s, roleSource, 1}).reach(ctx); err != nil {
			return credential.Secret{}, err
		}
	}
	asker.Advice = "mailhaul login needs a terminal for a password; without one set MAILHAUL_SOURCE_PASSWORD, or use a password command"
	if p := s.provider; p.Takes(provider.AppPassword) && asker.CanAsk() {
		fmt.Fprintf(w.talk, "%s takes no account password here but an app password.\n", Safe(p.Name))
		if p.AppPassword.Is != "" {
			fmt.Fprintf(w.talk, "Make one at %s and paste it.\n", Safe(p.AppPassword.Is))
		}
		if p.Takes(provider.OAuth2) {
			fmt.Fprintln(w.talk, "(With an OAuth client of your own the browser does, too: mailhaul help oauth)")
		}
	}
	return asker.Get(ctx, credential.Way{Prompt: true}, s.whose())
}

// forget removes whatever is kept for the account.
func (o *loginOptions) forget(s *side) error {
	v := o.world.vault()
	grant, err := v.Forget(grantName(s.Endpoint))
	password, bad := v.Forget(s.whose())
	if err := errors.Join(err, bad); err != nil {
		return err
	}
	if !grant && !password {
		fmt.Fprintf(o.world.out, "Nothing is kept for %s.\n", Safe(s.whose()))
		return nil
	}
	fmt.Fprintf(o.world.out, "What was kept for %s is gone. The provider still knows of it: withdraw it in your account's settings.\n", Safe(s.whose()))
	return nil
}
