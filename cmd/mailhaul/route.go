package main

import (
	"net"
	"net/http"
	"strings"

	"github.com/spf13/pflag"

	"github.com/mailhaul/mailhaul/internal/dial"
)

// routeFlags say how connections leave this machine.
func routeFlags(f *pflag.FlagSet) {
	group(f, gettingIn, func(f *pflag.FlagSet) {
		f.String("proxy", "", "go through `URL`: socks5h://HOST:PORT or http://HOST:PORT; or none (ALL_PROXY)")
		f.BoolP("ipv4", "4", false, "IPv4 only")
		f.BoolP("ipv6", "6", false, "IPv6 only")
	})
}

// route sets how the outside is reached: by the flags, else by ALL_PROXY and
// NO_PROXY as other programs read them. Only the first call counts.
func (w *world) route(l layers) error {
	if w.net.routed {
		return nil
	}
	r := dial.Route{Base: w.net.dial}
	four, six := l.wants("ipv4"), l.wants("ipv6")
	switch {
	case four && six:
		return usagef("", "-4 and -6 exclude each other")
	case four:
		r.Network = "tcp4"
	case six:
		r.Network = "tcp6"
	}
	text := l.text("proxy")
	if text == "" {
		if text = w.either("ALL_PROXY"); text != "" {
			r.Straight = bypass(w.either("NO_PROXY"))
		}
	}
	if text != "" && text != "none" {
		var err error
		if r.Proxy, err = dial.ParseProxy(text); err != nil {
			return usagef("", "proxy: %w", err)
		}
		if _, secret := r.Proxy.User.Password(); secret && w.visible(text) {
			return usagef("put it into the variable ALL_PROXY or MAILHAUL_PROXY",
				"the password of a proxy does not belong on the command line, where every user of this machine can read it")
		}
	}
	w.net.routed, w.net.proxied = true, r.Proxy != nil
	if r.Proxy == nil && r.Network == "" {
		return nil
	}
	w.net.dial = r.Dial
	if r.Proxy != nil && w.net.web == nil {
		web := http.DefaultTransport.(*http.Transport).Clone()
		web.Proxy, web.DialContext = nil, r.Dial
		w.net.web = &http.Client{Transport: web}
	}
	return nil
}

// either is a variable that programs read in upper and in lower case.
func (w *world) either(name string) string {
	if text := w.env(name); text != "" {
		return text
	}
	return w.env(strings.ToLower(name))
}

// visible reports whether a text stands on the command line.
func (w *world) visible(text string) bool {
	for _, arg := range w.args {
		if strings.Contains(arg, text) {
			return true
		}
	}
	return false
}

// bypass reads NO_PROXY: hosts and domains, separated by commas, or * for all.
// This machine is reached straight in any case.
func bypass(list string) func(host string) bool {
	var names []string
	for name := range strings.SplitSeq(strings.ToLower(list), ",") {
		if name = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(name), "*."), "."); name != "" {
			names = append(names, name)
		}
	}
	return func(host string) bool {
		host = strings.ToLower(host)
		if dial.Loopback(host) {
			return true
		}
		for _, name := range names {
			if name == "*" || host == name || strings.HasSuffix(host, "."+name) || inNetwork(host, name) {
				return true
			}
		}
		return false
	}
}

// inNetwork reports whether host is a number within a network like 10.0.0.0/8.
func inNetwork(host, network string) bool {
	_, block, err := net.ParseCIDR(network)
	return err == nil && block.Contains(net.ParseIP(host))
}
