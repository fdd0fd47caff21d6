package dial

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
)

// AdminWay is how somebody signs in for another user.
type AdminWay int

// The ways.
const (
	Oneself   AdminWay = iota // nobody does
	OnBehalf                  // the authorization identity of SASL: Cyrus, Zimbra, Dovecot
	Master                    // user*admin as name: Dovecot's master users
	ProxyAuth                 // the command PROXYAUTH after the sign-in: Sun and Oracle, IMAP only
)

// MasterSeparator stands between the two names of a master sign-in.
const MasterSeparator = "*"

// Admin signs in, with a password of his own, to open the mailbox of another.
type Admin struct {
	User string
	Way  AdminWay
}

// adminWords are what a user writes before the colon.
var adminWords = map[string]AdminWay{"authzid": OnBehalf, "master": Master, "proxyauth": ProxyAuth}

// ParseAdmin reads [authzid:|master:|proxyauth:]USER; without a word it is
// authzid.
func ParseAdmin(text string) (Admin, error) {
	word, user, found := strings.Cut(text, ":")
	way, known := adminWords[word]
	switch {
	case !found:
		way, user = OnBehalf, text
	case !known:
		return Admin{}, fmt.Errorf("%q is no way to sign in for somebody else: there are authzid:USER, master:USER and proxyauth:USER", word)
	}
	if user == "" || strings.ContainsAny(user, "\x00\r\n") {
		return Admin{}, errors.New("it needs a user name, as in master:admin")
	}
	return Admin{User: user, Way: way}, nil
}

// Proven remembers the mechanism by which a server has let us in. The zero value
// knows none. It is safe from any goroutine.
type Proven struct{ name atomic.Pointer[string] }

// Recall is the mechanism, "?" if none is known: the protocol's own command has
// no name.
func (p *Proven) Recall() string {
	if name := p.name.Load(); name != nil {
		return *name
	}
	return "?"
}

// Keep remembers one.
func (p *Proven) Keep(name string) { p.name.Store(&name) }
