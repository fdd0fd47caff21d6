package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/mailhaul/mailhaul/internal/credential"
	"github.com/mailhaul/mailhaul/internal/oauth"
	"github.com/mailhaul/mailhaul/internal/provider"
)

// flow is a sign-in with the browser.
type flow struct {
	world   *world
	client  oauth.Client
	account string
	device  bool // by a code, else by the browser
	open    bool // the browser is opened here
	paste   bool // the answer may be pasted
}

// flow reads how the user signs in with the browser, nil if a password is meant.
func (o *loginOptions) flow(l layers, s *side) (*flow, error) {
	c := oauth.Client{HTTP: o.world.net.web}
	var known bool
	if c.Service, known = oauth.ByHost(s.Host); !known {
		c.Service = oauth.Service{Name: s.Host, Local: "127.0.0.1"}
	}
	own := l.text("auth-url")+l.text("token-url")+l.text("device-url") != ""
	if own {
		c.AuthURL, c.TokenURL, c.DeviceURL = l.text("auth-url"), l.text("token-url"), l.text("device-url")
		c.Scopes = strings.Fields(l.text("scope"))
		if c.TokenURL == "" || c.AuthURL == "" && c.DeviceURL == "" {
			return nil, usagef("", "another provider needs --token-url, and --auth-url or --device-url")
		}
	}
	if err := o.identify(l, s, &c); err != nil {
		return nil, err
	}
	tenant := strings.NewReplacer("{tenant}", l.text("tenant"))
	c.AuthURL, c.TokenURL, c.DeviceURL = tenant.Replace(c.AuthURL), tenant.Replace(c.TokenURL), tenant.Replace(c.DeviceURL)
	switch {
	case c.ID == "" && (s.provider.Takes(provider.AppPassword) || !known && !own):
		return nil, nil
	case c.ID == "":
		return nil, usagef(cmp.Or(c.Set, "ask the provider for the id of an application"),
			"%s lets no program in without the id of an application: --client-id", c.Name)
	case !known && !own:
		return nil, usagef("name its addresses: --auth-url and --token-url", "where %s gives access tokens is not known", s.Host)
	}
	asker := o.world.asker(l.wants("no-input"))
	quiet := l.wants("no-browser")
	return &flow{
		world: o.world, client: c, account: s.User,
		device: c.DeviceURL != "" && !l.wants("browser") && !quiet || c.AuthURL == "",
		open:   !quiet, paste: quiet && asker.CanAsk(),
	}, nil
}

// identify finds out as which application we ask: the file, the flag, or what
// was kept at the last sign-in.
func (o *loginOptions) identify(l layers, s *side, c *oauth.Client) error {
	c.ID, c.Secret = l.text("client-id"), o.world.env("MAILHAUL_CLIENT_SECRET")
	path := l.text("client-file")
	if path == "" {
		if kept, found, _ := o.world.keptGrant(s.Endpoint); c.ID == "" && found && kept.Service == c.Name {
			c.ID, c.Secret = kept.ClientID, kept.ClientSecret
		}
		return nil
	}
	text, err := credential.ReadPrivate(path)
	if err != nil {
		return &usageError{err: fmt.Errorf("reading --client-file: %w", err), hint: "it is the file that Google offers for download, and it holds a secret: chmod 600 " + path}
	}
	var file struct {
		Installed, Web struct {
			ID     string `json:"client_id"`
			Secret string `json:"client_secret"`
		}
	}
	bad := json.Unmarshal(text, &file) != nil
	switch {
	case bad, file.Installed.ID == "" && file.Web.ID == "":
		return usagef(c.Set, "--client-file %s is no OAuth client as Google writes it", path)
	case file.Installed.ID == "":
		return usagef(c.Set, "the OAuth client in %s is one of a web server; a desktop app is needed", path)
	}
	c.ID, c.Secret = file.Installed.ID, file.Installed.Secret
	return nil
}

// run asks the user to agree.
func (f *flow) run(ctx context.Context) (oauth.Grant, error) {
	talk := f.world.talk
	if f.device {
		return f.client.Device(ctx, f.account, func(address, code string) {
			fmt.Fprintf(talk, "Open %s in any browser, sign in as %s and type the code %s\n", Safe(address), Safe(f.account), Safe(code))
		})
	}
	p := oauth.Person{
		Show: func(address string) {
			fmt.Fprintf(talk, "Open this address in a browser, and sign in as %s:\n\n  %s\n\n", Safe(f.account), Safe(address))
		},
		Wrong: func(why string) { fmt.Fprintf(talk, "No: %s.\n", why) },
	}
	if f.open {
		p.Open = f.world.openBrowser
	}
	if f.paste {
		p.Paste = func(ctx context.Context) (string, error) {
			fmt.Fprint(talk, "Then copy the address that the browser shows at the end, even if the page is empty, and paste it here:\n> ")
			return f.world.readLine(ctx)
		}
	}
	g, err := f.client.Browse(ctx, f.account, p)
	if errors.Is(err, context.Canceled) {
		err = context.Cause(ctx)
	}
	return g, err
}
