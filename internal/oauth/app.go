package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/oauth2/jwt"
)

// App is an application that may open the mailboxes of a whole company, without
// its people: a service account with domain-wide delegation (Google) or an
// application with its own secret (Microsoft).
type App struct {
	// Google's file: {"type":"service_account", ...}.
	Type        string `json:"type"`
	ClientEmail string `json:"client_email"`
	PrivateKey  string `json:"private_key"`
	KeyID       string `json:"private_key_id"`
	// Microsoft's: {"tenant":"...", "client_id":"...", "client_secret":"..."}.
	Tenant       string `json:"tenant"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	// TokenURL and Scope replace what belongs to the kind.
	TokenURL string `json:"token_uri"`
	Scope    string `json:"scope"`
}

// ParseApp reads the file that names an application.
func ParseApp(text []byte) (App, error) {
	var a App
	if err := json.Unmarshal(text, &a); err != nil {
		return a, errors.New("it is no JSON")
	}
	switch {
	case a.Type == "service_account" && a.ClientEmail != "" && a.PrivateKey != "":
		if block, _ := pem.Decode([]byte(a.PrivateKey)); block == nil {
			return a, errors.New("its private_key is no key in PEM form")
		}
		a.TokenURL = cmp.Or(a.TokenURL, "https://oauth2.googleapis.com/token")
		a.Scope = cmp.Or(a.Scope, "https://mail.google.com/")
	case a.Type == "" && a.ClientID != "" && a.ClientSecret != "" && (a.Tenant != "" || a.TokenURL != ""):
		a.TokenURL = cmp.Or(a.TokenURL, "https://login.microsoftonline.com/"+a.Tenant+"/oauth2/v2.0/token")
		a.Scope = cmp.Or(a.Scope, "https://outlook.office365.com/.default")
	default:
		return a, errors.New(`it is neither a service account of Google's nor {"tenant", "client_id", "client_secret"}`)
	}
	return a, secureURL(a.TokenURL)
}

// Fetch gets an access token with which the mailbox of user can be opened.
func (a App) Fetch(ctx context.Context, user string, known *http.Client) (Token, error) {
	service := "Microsoft"
	var source oauth2.TokenSource
	if a.PrivateKey != "" {
		service = "Google"
		c := &jwt.Config{
			Email: a.ClientEmail, PrivateKey: []byte(a.PrivateKey), PrivateKeyID: a.KeyID,
			Subject: user, Scopes: strings.Fields(a.Scope), TokenURL: a.TokenURL,
		}
		source = c.TokenSource(with(ctx, known))
	} else {
		c := &clientcredentials.Config{
			ClientID: a.ClientID, ClientSecret: a.ClientSecret, TokenURL: a.TokenURL,
			Scopes: strings.Fields(a.Scope), AuthStyle: oauth2.AuthStyleInParams,
		}
		source = c.TokenSource(with(ctx, known))
	}
	t, err := source.Token()
	if err != nil {
		return Token{}, a.explain(ctx, service, user, err)
	}
	return tokenOf(t), nil
}

// explain tells what an administrator has to look at.
func (a App) explain(ctx context.Context, service, user string, err error) error {
	err = explain(ctx, service, user, err)
	var f *Fault
	if !errors.As(err, &f) || f.Passing {
		return err
	}
	f.Advice = "in Entra the application needs IMAP.AccessAsApp with the administrator's consent, and in Exchange a service principal with rights on the mailbox"
	if service == "Google" {
		f.Advice = "in the Admin console (Security, API controls, Domain-wide delegation) the service account's client id needs the scope " + a.Scope +
			", and " + user + " must be a user of that domain"
	}
	return f
}
