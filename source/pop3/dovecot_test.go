package pop3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	gopop3 "github.com/knadh/go-pop3"
	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

func TestMain(m *testing.M) { mailtest.Main(m) }

// access is that of a user of a private Dovecot.
func access(t *testing.T, address, user string, mode dial.Mode) dial.Access {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return dial.Access{
		Endpoint: dial.Endpoint{Scheme: "pop3", User: user, Host: host, Port: n, TLS: mode},
		CAs:      mailtest.CA().Pool(),
		Password: func(context.Context) (string, error) { return mailtest.Password, nil },
	}
}

// inbox is a corpus with all oddities in one folder. Dovecot sends CRLF and
// stores NUL as 0x80 whatever came in.
func inbox(n int) []mailtest.Mail {
	mails := mailtest.Corpus(3, n, mailtest.CorpusOptions{Small: true, CRLF: true})
	for i := range mails {
		mails[i].Folder = []string{"INBOX"}
	}
	return mails
}

func TestDovecot(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	mails := inbox(80)
	mailtest.Load(t, server.IMAP, user, mails)
	want := transfertest.WantFolder{Path: []string{"INBOX"}, Role: transfer.RoleInbox}
	for _, m := range mails {
		want.Messages = append(want.Messages, transfertest.WantMessage{Body: m.Bytes})
	}
	transfertest.Source(t, transfertest.SourceStore{
		Open: func(t *testing.T) transfer.Source {
			return signedIn(t, access(t, server.POP3, user, dial.None))
		},
		Folders:  []transfertest.WantFolder{want},
		Sizes:    true,
		Snapshot: func(t *testing.T) string { return snapshot(t, server, user) },
		Remove: func(t *testing.T, _ transfer.Folder, m transfer.Message) {
			s := signedIn(t, access(t, server.POP3, user, dial.None))
			list(t, s, "")
			expunge(t, s.pop, s.drop.number(m.ID))
			s.Close()
		},
		Stalled: func(t *testing.T) transfer.Source {
			return (&fake{replies: map[string]string{"STAT": stall}}).open(t)
		},
	})
}

// snapshot is all that must not change. It leaves flags out: RETR makes Dovecot
// set \Seen, as it does for every POP3 client (setting pop3_no_flag_updates).
func snapshot(t *testing.T, server *mailtest.Server, user string) string {
	t.Helper()
	var b strings.Builder
	for name, entries := range mailtest.Take(t, server.IMAP, user) {
		for _, e := range entries {
			fmt.Fprintf(&b, "%q %d %x %v\n", name, e.UID, e.SHA256, e.Date)
		}
	}
	return b.String()
}

func expunge(t *testing.T, c *gopop3.Conn, n int) {
	t.Helper()
	if err := c.Dele(n); err != nil {
		t.Fatal(err)
	}
}

func TestDovecotOverTLS(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	mails := inbox(10)
	mailtest.Load(t, server.IMAP, user, mails)
	for name, a := range map[string]dial.Access{
		"STLS": access(t, server.POP3, user, dial.StartTLS),
		"TLS":  access(t, server.POP3S, user, dial.Implicit),
	} {
		s := signedIn(t, a)
		if s.conn.TLS() == nil {
			t.Errorf("%s: got no TLS", name)
		}
		for i, g := range fetch(t, s, list(t, s, "")) {
			if !bytes.Equal([]byte(g.text), mails[i].Bytes) {
				t.Errorf("%s, message %d: got %d bytes, want %d equal ones", name, i, len(g.text), len(mails[i].Bytes))
			}
		}
		s.Close()
	}
	a := access(t, server.POP3S, user, dial.Implicit)
	a.Password = func(context.Context) (string, error) { return "wrong", nil }
	if _, err := New(t.Context(), a); !transfer.SignInRefused(err) || !strings.Contains(err.Error(), "Authentication failed") {
		t.Errorf("wrong password: got %v, want a refused sign-in", err)
	}
}

// A message that another session expunges while ours is open has vanished,
// and the others come all the same.
func TestDovecotExpungedMeanwhile(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	mailtest.Load(t, server.IMAP, user, inbox(5))
	s := signedIn(t, access(t, server.POP3, user, dial.None))
	ms := list(t, s, "")
	other := signedIn(t, access(t, server.POP3, user, dial.None))
	list(t, other, "")
	expunge(t, other.pop, 3)
	other.Close()
	for i, g := range fetch(t, s, ms) {
		if want := i == 2; (g.Err != nil) != want || want && !errors.Is(g.Err, transfer.ErrVanished) {
			t.Errorf("message %d: got %v, want ErrVanished for message 2 alone", i, g.Err)
		}
	}
}
