package dial

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mode is how a connection is secured.
type Mode int

// The modes.
const (
	Implicit Mode = iota // TLS from the first byte
	StartTLS             // the upgrade is required: STARTTLS, or STLS in POP3
	None                 // clear text
)

// Endpoint is a place that holds mail.
type Endpoint struct {
	// Scheme is imap, imaps, pop3, pop3s, mbox or maildir; "" is a bare address
	// whose server is still to be found.
	Scheme     string
	User, Host string // User may hold "@"; Host is in lower case, IPv6 without brackets
	Port       int    // 0 for mbox and maildir
	Path       string // absolute, of mbox and maildir only
	TLS        Mode
}

// ErrBareAddress is what [ParseEndpoint] answers for an address like
// alice@example.org, together with an Endpoint that has User and Host.
var ErrBareAddress = errors.New("a bare address names no server")

// ErrPassword is what [ParseEndpoint] answers for a URL with a password in it.
var ErrPassword = errors.New("passwords do not belong into an endpoint, where other users of this machine can read them: " +
	"leave it out, mailhaul asks for it (a colon that is part of the user is written %3A)")

// DefaultPort is the port of a scheme, 0 if it has none.
func DefaultPort(scheme string) int {
	switch scheme {
	case "imaps":
		return 993
	case "imap":
		return 143
	case "pop3s":
		return 995
	case "pop3":
		return 110
	}
	return 0
}

// ParseEndpoint reads what a user wrote: imaps://user@host:port, imap://,
// pop3s://, pop3://, mbox:PATH, maildir:PATH or a bare address
// ([ErrBareAddress]). The last "@" separates the host; the user may have
// %-escapes; the only parameter is ?tls=none. A password is refused
// ([ErrPassword]). No error repeats what could be one. Relative paths are made
// absolute, and a leading "~/" is the home folder.
func ParseEndpoint(s string) (Endpoint, error) {
	scheme, rest, ok := strings.Cut(s, ":")
	scheme = strings.ToLower(scheme)
	switch {
	case ok && (scheme == "mbox" || scheme == "maildir"):
		return parsePath(scheme, rest)
	case ok && DefaultPort(scheme) != 0:
		rest, ok = strings.CutPrefix(rest, "//")
		if !ok {
			return Endpoint{}, fmt.Errorf("after %s: there must be //, as in %[1]s://user@host", scheme)
		}
		return parseURL(scheme, rest)
	case strings.Contains(s, "://"):
		return Endpoint{}, errors.New("unknown kind of endpoint: there are imaps, imap, pop3s, pop3, mbox and maildir")
	}
	return parseBare(s)
}

// String is the endpoint in its shortest form, which [ParseEndpoint] reads
// back: default ports left out, no secret. It is the endpoint's stable identity.
func (e Endpoint) String() string {
	switch e.Scheme {
	case "":
		return e.User
	case "mbox", "maildir":
		return e.Scheme + ":" + e.Path
	}
	host := e.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	text := e.Scheme + "://" + escapeUser(e.User) + "@" + host
	if e.Port != 0 && e.Port != DefaultPort(e.Scheme) {
		text += ":" + strconv.Itoa(e.Port)
	}
	if e.TLS == None {
		text += "?tls=none"
	}
	return text
}

// escapeUser writes all that could be taken for something else as %XX.
func escapeUser(user string) string {
	var b strings.Builder
	for i := range len(user) {
		c := user[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`%:?#/\"<>`, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func parsePath(scheme, path string) (Endpoint, error) {
	if strings.HasPrefix(path, "//") && !strings.HasPrefix(path, "///") {
		return Endpoint{}, fmt.Errorf("write %s:PATH, without //", scheme)
	}
	if path == "" || strings.ContainsRune(path, 0) {
		return Endpoint{}, fmt.Errorf("%s: needs a path, as in %[1]s:PATH", scheme)
	}
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return Endpoint{}, fmt.Errorf("finding the home folder for %q: %w", path, err)
		}
		path = filepath.Join(home, rest)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return Endpoint{}, fmt.Errorf("finding the absolute path: %w", err)
	}
	return Endpoint{Scheme: scheme, Path: path}, nil
}

func parseURL(scheme, rest string) (Endpoint, error) {
	e := Endpoint{Scheme: scheme, Port: DefaultPort(scheme), TLS: Implicit}
	if !strings.HasSuffix(scheme, "s") {
		e.TLS = StartTLS
	}
	at := strings.LastIndexByte(rest, '@')
	if at < 0 {
		return Endpoint{}, fmt.Errorf("no user: write %s://USER@HOST", scheme)
	}
	user, place := rest[:at], rest[at+1:]
	if err := e.setUser(user); err != nil {
		return Endpoint{}, err
	}
	place, query, asked := strings.Cut(place, "?")
	if asked {
		if err := e.setParameters(query); err != nil {
			return Endpoint{}, err
		}
	}
	if err := e.setPlace(strings.TrimSuffix(place, "/")); err != nil {
		return Endpoint{}, err
	}
	return e, nil
}

func (e *Endpoint) setUser(text string) error {
	name := text
	if rest, ok := strings.CutPrefix(text, "recent:"); ok && strings.HasPrefix(e.Scheme, "pop3") && strings.Contains(rest, "@") {
		name = rest // who asks Gmail for the last 30 days has that before the address
	}
	switch {
	case strings.Contains(name, ":"):
		return ErrPassword
	case strings.ContainsAny(text, "?#"):
		return errors.New("in the user, ? is written %3F and # is written %23")
	case text == "":
		return fmt.Errorf("no user: write %s://USER@HOST", e.Scheme)
	}
	user, err := url.PathUnescape(text)
	if err != nil {
		return errors.New("in the user, % begins an escape of two hex digits; % itself is written %25")
	}
	if !utf8.ValidString(user) || strings.ContainsFunc(user, unicode.IsControl) {
		return errors.New("the user holds control characters or is no UTF-8")
	}
	e.User = user
	return nil
}

func (e *Endpoint) setParameters(query string) error {
	for p := range strings.SplitSeq(query, "&") {
		switch {
		case p != "tls=none":
			return errors.New("unknown parameter after the ?: there is only tls=none")
		case e.TLS == Implicit:
			return fmt.Errorf("%s:// is TLS: write %s:// together with ?tls=none", e.Scheme, strings.TrimSuffix(e.Scheme, "s"))
		}
		e.TLS = None
	}
	return nil
}

// setPlace reads host and port.
func (e *Endpoint) setPlace(place string) error {
	host, port := place, ""
	numbered := false
	if rest, ok := strings.CutPrefix(place, "["); ok {
		inner, after, closed := strings.Cut(rest, "]")
		addr, err := netip.ParseAddr(inner)
		if !closed || err != nil || !addr.Is6() || (addr.Zone() != "" && !validHost(addr.Zone())) {
			return errors.New("in [ ] there must be an IPv6 address")
		}
		host = addr.String()
		port, numbered = strings.CutPrefix(after, ":")
		if !numbered && after != "" {
			return errors.New("after ] there can only be a port, as in [::1]:993")
		}
	} else {
		host, port, numbered = strings.Cut(place, ":")
		host = strings.TrimSuffix(strings.ToLower(host), ".")
		if !validHost(host) {
			return errors.New("the host is missing or has characters that no host has (folders are chosen with --folder)")
		}
	}
	e.Host = host
	if !numbered {
		return nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return errors.New("after the host's colon there must be a port, 1 to 65535 (an IPv6 address stands in [ ])")
	}
	e.Port = int(n)
	return nil
}

// validHost leaves names to the resolver, but keeps out what would make an
// endpoint ambiguous.
func validHost(host string) bool {
	if host == "" || strings.HasPrefix(host, "-") || !utf8.ValidString(host) {
		return false
	}
	return !strings.ContainsFunc(host, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune("/\\?#[]@:%\"'<>,;`^{}|", r)
	})
}

func parseBare(s string) (Endpoint, error) {
	at := strings.LastIndexByte(s, '@')
	if at > 0 && strings.Contains(s[:at], ":") {
		return Endpoint{}, ErrPassword
	}
	if host, port, ok := strings.Cut(s[at+1:], ":"); at > 0 && ok && validHost(host) {
		if e, err := parseURL("imaps", s); err == nil {
			return Endpoint{}, fmt.Errorf("with the port %s, write %s", port, e)
		}
	}
	if at <= 0 || strings.ContainsAny(s, ":/\\") {
		return Endpoint{}, errors.New("not an endpoint: write imaps://user@host, pop3s://user@host, mbox:PATH, maildir:PATH or an address")
	}
	host := strings.ToLower(s[at+1:])
	if !validHost(host) || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return Endpoint{}, errors.New("not an address: the part after the @ is no domain")
	}
	return Endpoint{User: s[:at] + "@" + host, Host: host}, ErrBareAddress
}
