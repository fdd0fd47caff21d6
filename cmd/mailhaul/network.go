package main

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/provider"
)

// network is how the outside is reached. The zero value is the real one; tests
// hand in one of their own.
type network struct {
	dns  *net.Resolver
	web  *http.Client
	list string // of providers, see provider.Finder
	dial func(ctx context.Context, network, address string) (net.Conn, error)

	routed  bool // dial and web go the way that the user wants, see route
	proxied bool // through a proxy: names are its affair
}

// resolver is who is asked for names.
func (n network) resolver() *net.Resolver {
	if n.dns == nil {
		return net.DefaultResolver
	}
	return n.dns
}

// finder looks addresses up for the side with this access.
func (w *world) finder(known *provider.Known, a dial.Access) provider.Finder {
	f := provider.Finder{Known: known, DNS: w.net.resolver(), HTTP: w.net.web, List: w.net.list, Dial: w.net.dial, CAs: a.CAs}
	if w.net.proxied {
		f.DNS = unasked{}
	}
	return f
}

// unasked stands for the DNS where a proxy is used: whoever goes through one does
// not want this machine's network to learn where he goes.
type unasked struct{}

var errUnasked = &net.DNSError{Err: "not asked, as a proxy is used"}

func (unasked) LookupSRV(context.Context, string, string, string) (string, []*net.SRV, error) {
	return "", nil, errUnasked
}

func (unasked) LookupMX(context.Context, string) ([]*net.MX, error) { return nil, errUnasked }

// providers are those that mailhaul knows, with what the user's own file says.
// The table is read once.
func (w *world) providers() (_ *provider.Known, err error) {
	if w.known == nil {
		w.known, err = w.readProviders()
	}
	return w.known, err
}

// readProviders reads the table and the user's file: providers.toml in the
// config folder.
func (w *world) readProviders() (*provider.Known, error) {
	known := provider.Presets()
	path, err := w.configPath("")
	if err != nil {
		return known, nil // no place for such a file
	}
	path = filepath.Join(filepath.Dir(path), "providers.toml")
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return known, nil
	case err != nil:
		return nil, usagef("", "reading the providers: %w", err)
	}
	if err := known.Override(text, path); err != nil {
		return nil, usagef("mailhaul help providers shows the form", "%w", err)
	}
	return known, nil
}
