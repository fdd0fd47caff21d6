package broken_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// dest is a kind of server to carry mail to. open gives a fresh account there,
// and a way to look at it that is not ours.
type dest struct {
	name string
	open func(t *testing.T) (endpoint string, look func() []held)
	// strict: it refuses broken messages, each in words of its own.
	strict bool
}

// dests are all there are. Cyrus, where it is installed, ends with the test t:
// call it for the test that has the others within.
func dests(t *testing.T) []dest {
	all := []dest{
		dovecot("sdbox", mailtest.DovecotOptions{}),
		dovecot("Maildir", mailtest.DovecotOptions{Format: mailtest.Maildir}),
		dovecot("mdbox", mailtest.DovecotOptions{Format: mailtest.Mdbox}),
		dovecot("sdbox, one by one", mailtest.DovecotOptions{Capability: "IMAP4rev1 UIDPLUS"}),
	}
	if mailtest.HasCyrus() {
		all = append(all, cyrus(mailtest.Cyrus(t)))
	}
	return all
}

func dovecot(name string, o mailtest.DovecotOptions) dest {
	return dest{name: name, open: func(t *testing.T) (string, func() []held) {
		server := mailtest.Shared(t, o)
		user := server.NewUser()
		return "imap://" + user + "@" + server.IMAP + "?tls=none", func() []held {
			return inbox(t, server.IMAP, user)
		}
	}}
}

// cyrus gives a fresh account each time: every name is one.
func cyrus(server *mailtest.CyrusServer) dest {
	var users atomic.Int64
	return dest{name: "Cyrus", strict: true, open: func(t *testing.T) (string, func() []held) {
		user := fmt.Sprintf("u%d", users.Add(1))
		return "imap://" + user + "@" + server.IMAP + "?tls=none", func() []held { return inbox(t, server.IMAP, user) }
	}}
}
