package pop3

import (
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// between is a stage from a server's maildrop of three letters into a mailbox there.
func between(t *testing.T, s *mailtest.Server) (g *stage, old string) {
	t.Helper()
	old, current := s.NewUser(), s.NewUser()
	mailtest.Load(t, s.IMAP, old, inbox(letters(3), nil))
	g = &stage{t: t, real: s, realUser: current, source: clear("pop3", old, s.POP3), dest: clear("imap", current, s.IMAP)}
	return g.open(), old
}

// TestDovecotLocks: a real server that lets one session in at a time, and thinks for
// ten seconds before it says so.
func TestDovecotLocks(t *testing.T) {
	t.Parallel()
	s := mailtest.Dovecot(t, mailtest.DovecotOptions{POP3: "pop3_lock_session = yes"})
	g, old := between(t, s)
	letGo := hold(t, s.POP3, old)
	g.want(g.copy("--tries", "1"), 5, "[IN-USE] Mailbox is locked by another POP3 session", "another mail program has this mailbox open")
	letGo()
	g.want(g.copy("--tries", "2"), 0, "Copied 3 messages")
	g.wantAgain(3)
}

// TestDovecotNames: UIDLs of whatever form a real server may be told to make.
func TestDovecotNames(t *testing.T) {
	for name, format := range map[string]string{
		"UID and UIDVALIDITY": "%08Xu%08Xv", "of Cyrus": "%v.%u", "file name": "%f", "GUID": "%g",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, old := between(t, mailtest.Dovecot(t, mailtest.DovecotOptions{Format: mailtest.Maildir, POP3: "pop3_uidl_format = " + format}))
			g.want(g.copy(), 0, "Copied 3 messages")
			g.wantAgain(3)
			mailtest.Load(t, g.real.IMAP, old, inbox([][]byte{letter(4)}, nil))
			g.want(g.copy(), 0, "Copied 1 message,", "3  present")
			g.holds("INBOX", letters(4)...)
		})
	}
}
