package cut

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
)

// server is a running destination, or a source.
type server struct {
	addr string
	pop3 string // only Dovecot has it
	// merging tells that it folds messages with equal Message-ID into one.
	merging bool
	source  bool // its accounts are filled
	look    func(user string) (mailtest.Snapshot, error)
	forget  func(user string) // the account may go
}

// model is a kind of server that stands at the destination.
type model struct {
	name   string
	there  func() bool // whether this machine can start it
	remove bool        // it can take back single messages
	start  func(t testing.TB) *server
}

var models = []model{
	{"sdbox", hasDovecot, true, dovecot(mailtest.Sdbox)},
	{"mdbox", hasDovecot, true, dovecot(mailtest.Mdbox)},
	{"maildir", hasDovecot, true, dovecot(mailtest.Maildir)},
	{"cyrus", mailtest.HasCyrus, true, cyrus},
	{"memory", always, true, fake(imapserver.Modern, false)},
	{"no-uidplus", always, false, fake(without("UIDPLUS"), false)},
	{"no-literal+", always, true, fake(without("LITERAL+"), false)},
	{"no-multiappend", always, true, fake(without("MULTIAPPEND"), false)},
	{"literal-", always, true, fake(strings.Replace(imapserver.Modern, "LITERAL+", "LITERAL-", 1), false)},
	{"merging", always, true, fake(without("MULTIAPPEND"), true)},
}

func modelOf(name string) (model, bool) {
	for _, m := range models {
		if m.name == name {
			return m, true
		}
	}
	return model{}, false
}

func always() bool { return true }

func hasDovecot() bool {
	for _, path := range []string{"dovecot", "/usr/sbin/dovecot"} {
		if _, err := exec.LookPath(path); err == nil {
			return true
		}
	}
	return false
}

func without(capability string) string {
	return strings.Join(strings.Fields(strings.Replace(imapserver.Modern, capability, "", 1)), " ")
}

func dovecot(format mailtest.Format) func(testing.TB) *server {
	return func(t testing.TB) *server {
		s := mailtest.Dovecot(t, mailtest.DovecotOptions{
			Format: format, Many: true, MaxConns: 1000, POP3: "pop3_no_flag_updates = yes",
		})
		return &server{
			addr: s.IMAP, pop3: s.POP3,
			look:   func(user string) (mailtest.Snapshot, error) { return mailtest.Look(s.IMAP, user) },
			forget: func(user string) { _ = os.RemoveAll(s.Home(user)) },
		}
	}
}

func cyrus(t testing.TB) *server {
	s := mailtest.Cyrus(t)
	return &server{
		addr:   s.IMAP,
		look:   func(user string) (mailtest.Snapshot, error) { return mailtest.Look(s.IMAP, user) },
		forget: func(string) {},
	}
}

func fake(capabilities string, merging bool) func(testing.TB) *server {
	return func(t testing.TB) *server {
		s := imapserver.Start(t, imapserver.Options{Capabilities: strings.Fields(capabilities), Merge: merging})
		return &server{
			addr: s.Addr, merging: merging,
			look:   func(user string) (mailtest.Snapshot, error) { return s.Snapshot(user), nil },
			forget: s.Reset,
		}
	}
}
