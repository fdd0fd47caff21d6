package mailtest

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2/imapclient"
)

func TestDovecotHoldsTheCorpus(t *testing.T) {
	tests := []struct {
		name string
		with DovecotOptions
		mail CorpusOptions
	}{
		{"sdbox", DovecotOptions{}, CorpusOptions{Small: true, Delimiter: ".", NUL: true}},
		{"mdbox", DovecotOptions{Format: Mdbox}, CorpusOptions{Small: true}},
		{"maildir", DovecotOptions{Format: Maildir}, CorpusOptions{Small: true, Plain: true}},
		{"maildir with dots", DovecotOptions{Format: Maildir, Separator: ".", Prefix: "INBOX."}, CorpusOptions{Small: true, Plain: true}},
		{"nested maildir", DovecotOptions{Format: MaildirFS}, CorpusOptions{Small: true, Plain: true}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			s := Shared(t, tc.with)
			user := s.NewUser()
			mails := Corpus(1, 120, tc.mail)
			Load(t, s.IMAP, user, mails)
			got := Take(t, s.IMAP, user)
			for _, d := range Compare(FromMails(mails), got, CompareOptions{Canonical: true, IgnoreEmpty: true}) {
				t.Error(d)
			}
			if home, err := os.Stat(s.Home(user)); err != nil || !home.IsDir() {
				t.Errorf("got home %v, %v, want a folder", home, err)
			}
		})
	}
}

func TestDovecotSpeaksTLS(t *testing.T) {
	s := Shared(t, DovecotOptions{})
	config := &tls.Config{RootCAs: CA().Pool(), ServerName: "localhost"}
	for _, addr := range []string{s.IMAPS, s.POP3S} {
		conn, err := tls.Dial("tcp", addr, config)
		if err != nil {
			t.Fatalf("%s: %v", addr, err)
		}
		conn.Close()
	}
	c, err := imapclient.DialStartTLS(s.IMAP, &imapclient.Options{TLSConfig: config})
	if err != nil {
		t.Fatalf("STARTTLS: %v", err)
	}
	defer c.Close()
	if err := c.Login(s.NewUser()+"@example.org", Password).Wait(); err != nil {
		t.Errorf("sign in over TLS: %v", err)
	}
}

func TestDovecotWithABadCertificate(t *testing.T) {
	for _, kind := range []CertKind{CertExpired, CertWrongName, CertSelfSigned} {
		s := Dovecot(t, DovecotOptions{Cert: kind})
		_, err := tls.Dial("tcp", s.IMAPS, &tls.Config{RootCAs: CA().Pool(), ServerName: "localhost"})
		var untrusted *tls.CertificateVerificationError
		if !errors.As(err, &untrusted) {
			t.Errorf("%s: got %v, want a certificate error", kind, err)
		}
	}
}

func TestDovecotRefusesWhatItShould(t *testing.T) {
	s := Dovecot(t, DovecotOptions{MaxSize: 20_000, Capability: "IMAP4rev1 X-MADE-UP"})
	if _, err := dial(s.IMAP, "nobody"); err == nil {
		t.Error("got in as nobody, want a refusal")
	}
	a, err := dial(s.IMAP, s.NewUser())
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	if caps := a.Caps(); !caps.Has("X-MADE-UP") || caps.Has("LITERAL+") {
		t.Errorf("got capabilities %v, want IMAP4rev1 X-MADE-UP", caps)
	}
	err = a.append("INBOX", Mail{Bytes: []byte("Subject: big\r\n\r\n" + strings.Repeat("x", 21_000))})
	if err == nil {
		t.Error("got a message over the limit in, want a refusal")
	}
	if s.Log() == "" {
		t.Error("got an empty log")
	}
}

func TestDovecotEndsWithAllItsProcesses(t *testing.T) {
	var s *Server
	t.Run("use", func(t *testing.T) {
		s = Dovecot(t, DovecotOptions{})
		a, err := dial(s.IMAP, s.NewUser())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { a.Close() })
	})
	if s == nil {
		t.Skip("no server")
	}
	if alive(s.cmd) {
		t.Error("got processes that live on, want none")
	}
	if conn, err := net.Dial("tcp", s.IMAP); err == nil {
		conn.Close()
		t.Errorf("got an answer at %s after the end", s.IMAP)
	}
	if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
		t.Errorf("got %v for its folder, want it removed", err)
	}
}

func TestNewUserIsNew(t *testing.T) {
	s := &Server{}
	if a, b := s.NewUser(), s.NewUser(); a != "u1" || b != "u2" {
		t.Errorf("got %q and %q, want u1 and u2", a, b)
	}
}
