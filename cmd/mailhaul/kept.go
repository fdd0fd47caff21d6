package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/mailhaul/mailhaul/internal/credential"
	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/oauth"
)

// vault is where "mailhaul login" keeps what it gets: the keyring, else files in
// the folder secrets below $XDG_STATE_HOME/mailhaul.
func (w *world) vault() credential.Vault {
	v := credential.Vault{Keyring: w.asker(true).HasKeyring()}
	if dir, err := w.stateDir(""); err == nil {
		v.Dir = filepath.Join(dir, "secrets")
	}
	return v
}

// grantName is the name under which the OAuth2 sign-in of an account is kept. It
// holds the server: the same address may be at an old and a new provider, and
// neither is to get the tokens of the other.
func grantName(e dial.Endpoint) string { return "oauth2 " + e.User + " at " + doorOf(e) }

// kept is what was kept under a name, if there is any. A keyring that does not
// answer is as good as none; a file that others may read is an error.
func (w *world) kept(name string) (s credential.Secret, found bool, err error) {
	s, err = w.vault().Get(name)
	var refused *credential.Error
	switch {
	case err == nil:
		return s, true, nil
	case errors.As(err, &refused) && !errors.Is(err, credential.ErrNotKept), errors.Is(err, fs.ErrPermission):
		return s, false, err
	}
	return s, false, nil
}

// keptGrant is the OAuth2 sign-in that was kept for the account.
func (w *world) keptGrant(e dial.Endpoint) (g oauth.Grant, found bool, err error) {
	secret, found, err := w.kept(grantName(e))
	if found {
		if g, err = oauth.Unpack(secret.Reveal()); err != nil {
			err = &credential.Error{What: "OAuth2 sign-in", Whose: e.User, Err: err, Advice: "sign in again: mailhaul login " + e.User}
		}
	}
	return g, found && err == nil, err
}

// grantTokens fetches access tokens by a grant. A newer grant takes its place.
func (w *world) grantTokens(e dial.Endpoint, g oauth.Grant) *oauth.Source {
	return oauth.NewSource(func(ctx context.Context) (oauth.Token, error) {
		if t, ok := g.First(); ok {
			return t, nil
		}
		t, renewed, err := g.Fetch(ctx, w.net.web)
		if err != nil || !renewed {
			return t, err
		}
		if _, bad := w.vault().Keep(grantName(e), credential.New(g.Pack())); bad != nil {
			fmt.Fprintf(w.talk, "mailhaul: the renewed sign-in could not be kept, the next run may need mailhaul login: %s\n", Safe(bad.Error()))
		}
		return t, nil
	})
}

// appTokens fetches access tokens for an application that is named by a file.
func (w *world) appTokens(path, user string) (*oauth.Source, error) {
	text, err := credential.ReadPrivate(path)
	if err != nil {
		return nil, &credential.Error{What: "application", Whose: path, Err: err, Advice: "name the file that your provider gave you, and keep it to yourself: chmod 600"}
	}
	app, err := oauth.ParseApp(text)
	if err != nil {
		return nil, usagef("mailhaul help oauth shows the forms", "the application file %s: %w", path, err)
	}
	return oauth.NewSource(func(ctx context.Context) (oauth.Token, error) { return app.Fetch(ctx, user, w.net.web) }), nil
}
