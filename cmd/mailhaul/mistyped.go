package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mailhaul/mailhaul/dest"
	"github.com/mailhaul/mailhaul/internal/credential"
	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/internal/sasl"
	"github.com/mailhaul/mailhaul/source"
	"github.com/mailhaul/mailhaul/transfer"
)

// passwordTries is how often a password may be typed. Providers lock accounts that
// are tried more often, some for a day.
const passwordTries = 3

// typed asks for the password and tries it at the server, before anything else is
// opened: who has mistyped it is asked again. What else keeps us out comes up where
// it always does.
func (g guest) typed(ctx context.Context, w *world, h *haul) (credential.Secret, error) {
	asker := g.asker(w, h)
	for left := passwordTries - 1; ; left-- {
		secret, err := asker.Get(ctx, credential.Way{Prompt: true}, g.whose())
		if err != nil {
			return secret, err
		}
		trial := *g.side
		trial.open(secret)
		err = guest{&trial, g.role, g.n}.enter(ctx)
		switch {
		case ctx.Err() != nil:
			return secret, context.Cause(ctx)
		case err == nil, !wrongPassword(err):
			return secret, nil
		case left == 0:
			return secret, err
		}
		fmt.Fprintf(w.talk, "%s\n", Safe(wording(err)))
		if hint := advice(err, exitSignIn, transfer.Report{}); hint != "" {
			fmt.Fprintf(w.talk, "-> %s\n", Safe(hint))
		}
		fmt.Fprintf(w.talk, "%s left; some providers lock an account after several wrong passwords. Ctrl-C ends.\n",
			map[bool]string{true: "1 try is", false: fmt.Sprint(left, " tries are")}[left == 1])
	}
}

// enter signs in and leaves again.
func (g guest) enter(ctx context.Context) (err error) {
	var session interface{ Close() error }
	if g.role == roleDest {
		var to transfer.To
		if to, err = dest.Open(g.Access); err == nil {
			session, err = to.Open(ctx)
		}
	} else {
		var from transfer.From
		if from, err = source.Open(g.Access); err == nil {
			session, err = from.Open(ctx)
		}
	}
	if err != nil {
		return g.fault(err)
	}
	return session.Close()
}

// wrongPassword reports that the server said no to user and password, and not to
// something else that typing them again does not change: RFC 5530.
func wrongPassword(err error) bool {
	var noWay *sasl.Error
	if !transfer.SignInRefused(err) || errors.As(err, &noWay) {
		return false
	}
	var imap *imapconn.Error
	return !errors.As(err, &imap) || !slices.Contains([]string{"EXPIRED", "PRIVACYREQUIRED", "CONTACTADMIN", "UNAVAILABLE", "LIMIT", "INUSE"}, strings.ToUpper(imap.Code))
}
