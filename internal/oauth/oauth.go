// Package oauth gets OAuth2 access tokens for mailboxes (RFC 6749), and keeps
// getting them without the user.
//
//  1. A [Client] is the application as a provider knows it: [Services] has where
//     Microsoft and Google are asked, the user brings the client id.
//  2. [Client.Browse] lets the user agree in the browser: the answer comes to a
//     port of this machine (RFC 8252) or is pasted, bound by state and PKCE (RFC
//     7636). [Client.Device] does it with a code typed on another machine (RFC
//     8628). Both give a [Grant], which is all that has to be kept.
//  3. [Grant.Fetch] and [App.Fetch] get tokens: the latter for an application
//     that may open the mailboxes of a whole company.
//  4. A [Source] hands tokens to sessions, and replaces them in time.
//
// Only https is spoken, but for this very machine. Errors are [Fault]s: nothing
// in them is secret.
package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/oauth2"

	"github.com/mailhaul/mailhaul/internal/dial"
)

// patience is how long a provider may take for one answer.
const patience = 30 * time.Second

// Service is where a provider is asked.
type Service struct {
	Name                         string
	AuthURL, TokenURL, DeviceURL string // DeviceURL is "" where codes do not lead to mail
	Scopes                       []string
	// Hosts are the mail servers that take its tokens.
	Hosts []string
	// Local is the host name of the redirect: providers compare it.
	Local string
	// Extra are further parameters of the request to the user.
	Extra map[string]string
	// Over tells why a grant may have ended, Set how to get a client id.
	Over, Set string
}

// Services are those that are known. {tenant} stands for a company's directory.
func Services() []Service {
	return []Service{
		{
			Name:      "Microsoft",
			AuthURL:   "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
			TokenURL:  "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
			DeviceURL: "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/devicecode",
			Scopes: []string{"https://outlook.office.com/IMAP.AccessAsUser.All",
				"https://outlook.office.com/POP.AccessAsUser.All", "offline_access"},
			Hosts: []string{"outlook.office365.com", "outlook.office.com", "imap-mail.outlook.com", "pop-mail.outlook.com"},
			Local: "localhost",
			Over:  "it ends after 90 days without use, when the password is changed, or by a rule of your company",
			Set: "register an application of your own, once, at https://entra.microsoft.com (App registrations, New registration, any account; " +
				"Authentication: add the platform \"Mobile and desktop applications\" with http://localhost, and allow public client flows), and give its id",
		},
		{
			Name:     "Google",
			AuthURL:  "https://accounts.google.com/o/oauth2/v2/auth",
			TokenURL: "https://oauth2.googleapis.com/token",
			Scopes:   []string{"https://mail.google.com/"},
			Hosts:    []string{"imap.gmail.com", "pop.gmail.com", "imap.googlemail.com", "pop.googlemail.com"},
			Local:    "127.0.0.1",
			Extra:    map[string]string{"access_type": "offline", "prompt": "consent"},
			Over: "while your Google project is in testing it ends after 7 days (publish the app on the consent screen's page to lift that); " +
				"also when the password is changed or access is withdrawn",
			Set: "make one of your own, once, at https://console.cloud.google.com (enable the Gmail API; OAuth consent screen: external, your address as test user; " +
				"Credentials: OAuth client ID, Desktop app), download its JSON file, and give that",
		},
	}
}

// ByHost finds the service whose tokens a mail server takes.
func ByHost(host string) (Service, bool) {
	for _, s := range Services() {
		if slices.Contains(s.Hosts, host) {
			return s, true
		}
	}
	return Service{}, false
}

// Client is an application as a provider knows it.
type Client struct {
	Service
	ID, Secret string
	HTTP       *http.Client // nil for the usual one
}

// config is the library's form; redirect is where the browser goes afterwards.
func (c Client) config(redirect string) (*oauth2.Config, error) {
	for _, text := range []string{c.AuthURL, c.TokenURL, c.DeviceURL} {
		if err := secureURL(text); err != nil {
			return nil, err
		}
	}
	return &oauth2.Config{
		ClientID: c.ID, ClientSecret: c.Secret, RedirectURL: redirect, Scopes: c.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: c.AuthURL, TokenURL: c.TokenURL, DeviceAuthURL: c.DeviceURL, AuthStyle: oauth2.AuthStyleInParams},
	}, nil
}

// secureURL refuses to send secrets in the clear.
func secureURL(text string) error {
	u, err := url.Parse(text)
	if text == "" || err == nil && (u.Scheme == "https" || u.Scheme == "http" && dial.Loopback(u.Hostname())) {
		return nil
	}
	return &Fault{Text: fmt.Sprintf("%.200q is no https address: a token could be read on the way", text)}
}

// with is ctx with the client that the library shall use. Redirects are not
// followed: they would take secrets elsewhere.
func with(ctx context.Context, known *http.Client) context.Context {
	client := &http.Client{Timeout: patience}
	if known != nil {
		client.Transport = known.Transport
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return context.WithValue(ctx, oauth2.HTTPClient, client)
}

// Grant is what the user has agreed to: with it tokens are fetched until it is
// withdrawn. It is secret.
type Grant struct {
	Account      string   `json:"account"`
	Service      string   `json:"service"`
	TokenURL     string   `json:"token_url"`
	ClientID     string   `json:"client_id"`
	ClientSecret string   `json:"client_secret,omitempty"`
	Scopes       []string `json:"scopes,omitempty"`
	Refresh      string   `json:"refresh_token"`

	first Token // came with it
}

// Pack makes a text of it that [Unpack] reads.
func (g Grant) Pack() string {
	text, err := json.Marshal(g)
	if err != nil {
		panic(err) // strings only
	}
	return string(text)
}

// Unpack reads a Grant.
func Unpack(text string) (Grant, error) {
	var g Grant
	if err := json.Unmarshal([]byte(text), &g); err != nil || g.Refresh == "" || g.TokenURL == "" {
		return g, errors.New("what is kept there is no OAuth2 sign-in")
	}
	return g, nil
}

// First gives the token that came with the Grant, once; later ones are fetched.
func (g *Grant) First() (Token, bool) {
	t := g.first
	g.first = Token{}
	return t, t.Text != ""
}

// Fetch gets a new access token. A provider may replace the grant by a newer
// one, then renewed is true and the Grant is to be kept again.
func (g *Grant) Fetch(ctx context.Context, known *http.Client) (t Token, renewed bool, err error) {
	if err := secureURL(g.TokenURL); err != nil {
		return t, false, err
	}
	c := &oauth2.Config{
		ClientID: g.ClientID, ClientSecret: g.ClientSecret, Scopes: g.Scopes,
		Endpoint: oauth2.Endpoint{TokenURL: g.TokenURL, AuthStyle: oauth2.AuthStyleInParams},
	}
	got, err := c.TokenSource(with(ctx, known), &oauth2.Token{RefreshToken: g.Refresh}).Token()
	if err != nil {
		return t, false, explain(ctx, g.Service, g.Account, err)
	}
	renewed = got.RefreshToken != "" && got.RefreshToken != g.Refresh
	if renewed {
		g.Refresh = got.RefreshToken
	}
	return tokenOf(got), renewed, nil
}

// grant makes one of a token that the user has agreed to.
func (c Client) grant(account string, t *oauth2.Token) (Grant, error) {
	g := Grant{
		Account: account, Service: c.Name, TokenURL: c.TokenURL, ClientID: c.ID, ClientSecret: c.Secret,
		Scopes: c.Scopes, Refresh: t.RefreshToken, first: tokenOf(t),
	}
	if g.Refresh == "" {
		return g, &Fault{Text: c.Name + " gave an access token and nothing to renew it with",
			Advice: "the application may lack the right to offline access; withdraw its access in your account's settings and sign in again"}
	}
	return g, nil
}

func tokenOf(t *oauth2.Token) Token {
	life := time.Duration(t.ExpiresIn) * time.Second
	if life == 0 && !t.Expiry.IsZero() {
		life = max(time.Until(t.Expiry), time.Second)
	}
	return Token{Text: t.AccessToken, Life: life}
}
