package dial

import (
	"crypto/tls"
	"encoding/hex"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// want checks kind, marks and words of an error.
func wantError(t *testing.T, err error, kind Kind, permanent bool, words ...string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	if e.Kind != kind || e.Permanent() != permanent {
		t.Errorf("%v: got kind %d, permanent %v, want %d, %v", err, e.Kind, e.Permanent(), kind, permanent)
	}
	for _, w := range words {
		if all := e.Error() + "\n" + e.Hint(); !strings.Contains(all, w) {
			t.Errorf("got %q, want %q in it", all, w)
		}
	}
}

func TestCertificates(t *testing.T) {
	ca := newAuthority(t)
	own := selfSigned(t, "127.0.0.1")
	other := ca.issue(t, "mail.example.org", time.Hour)
	for _, tc := range []struct {
		name  string
		cert  tls.Certificate
		trust bool
		words []string // nil: accepted
	}{
		{"good", ca.issue(t, "127.0.0.1", time.Hour), true, nil},
		{"unknown CA", ca.issue(t, "127.0.0.1", time.Hour), false, []string{"nobody this machine knows", "--pin 127.0.0.1=sha256:", "add --ca-file FILE, where FILE is the certificate (.crt or .pem) that your provider"}},
		{"self-signed", own, true, []string{"signed by itself", "--pin 127.0.0.1=" + PinOf(own.Leaf).String()}},
		{"wrong name", other, true, []string{"is for mail.example.org, not for 127.0.0.1"}},
		{"expired", ca.issue(t, "127.0.0.1", -time.Hour), true, []string{"is valid from", "not that time"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := serve(t, Implicit, greetTLS(&tls.Config{Certificates: []tls.Certificate{tc.cert}}))
			a.CAs = newAuthority(t).pool()
			if tc.trust {
				a.CAs = ca.pool()
			}
			c, err := open(t, a)
			if tc.words != nil {
				wantError(t, err, Certificate, true, tc.words...)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if line, err := c.ReadLine(0); string(line) != "* OK hello" || err != nil {
				t.Errorf("got %q, %v, want the greeting", line, err)
			}
			if c.TLS() == nil || c.TLS().Version < tls.VersionTLS12 {
				t.Errorf("got TLS state %v, want at least 1.2", c.TLS())
			}
		})
	}
}

func TestPin(t *testing.T) {
	cert := selfSigned(t, "elsewhere.example")
	pin := PinOf(cert.Leaf)
	for _, tc := range []struct {
		name, pin string
		kind      Kind
		words     []string
	}{
		{"base64", pin.String(), 0, nil},
		{"unpadded", strings.TrimRight(pin.String(), "="), 0, nil},
		{"hex", "sha256:" + hex.EncodeToString(pin[:]), 0, nil},
		{"another key", Pin{1}.String(), Certificate, []string{"seen " + pin.String(), "--pin 127.0.0.1=" + pin.String()}},
		{"no pin", "sha1:abc", BadAccess, []string{"begins with sha256:"}},
		{"short", "sha256:abcd", BadAccess, []string{"44 characters"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := serve(t, Implicit, greetTLS(&tls.Config{Certificates: []tls.Certificate{cert}}))
			a.Pin = tc.pin
			_, err := open(t, a)
			if tc.words != nil {
				wantError(t, err, tc.kind, true, tc.words...)
			} else if err != nil {
				t.Errorf("pin %q: got %v, want nil", tc.pin, err)
			}
		})
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	ca := newAuthority(t)
	a := serve(t, Implicit, greetTLS(&tls.Config{
		Certificates: []tls.Certificate{ca.issue(t, "127.0.0.1", time.Hour)},
		MinVersion:   tls.VersionTLS10, MaxVersion: tls.VersionTLS11,
	}))
	a.CAs = ca.pool()
	_, err := open(t, a)
	wantError(t, err, NoTLS, true, "no safe TLS in common")
}

func TestPlainPortSpeaksNoTLS(t *testing.T) {
	for _, tc := range []struct {
		scheme, greeting string
		words            []string
	}{
		{"imaps", "* OK plain", []string{
			"of 127.0.0.1 is not encrypted from the start, as imaps:// wants it",
			"try imap://anna@127.0.0.1:PORT; or else imaps://anna@127.0.0.1 (port 993, the usual one of IMAP), or imap://anna@127.0.0.1 (port 143, which starts unprotected and then switches",
		}},
		{"pop3s", "+OK plain", []string{"pop3s://anna@127.0.0.1 (port 995", "pop3://anna@127.0.0.1:PORT"}},
		{"imaps", "+OK plain", []string{"pop3s://anna@127.0.0.1 (port 995"}}, // who greets decides
		{"imaps", "220 smtp", []string{"for sending mail", "imaps://anna@127.0.0.1 (port 993"}},
	} {
		a := serve(t, Implicit, func(conn net.Conn) {
			conn.Write([]byte(tc.greeting + "\r\n"))
			conn.Read(make([]byte, 512))
		})
		a.Scheme = tc.scheme
		for i := range tc.words {
			tc.words[i] = strings.ReplaceAll(tc.words[i], "PORT", strconv.Itoa(a.Port))
		}
		_, err := open(t, a)
		wantError(t, err, NoTLS, true, tc.words...)
	}
}

// What is tried next is never what was tried already.
func TestUsualPorts(t *testing.T) {
	for _, tc := range []struct{ endpoint, said, want string }{
		{"imaps://anna@h:143", "* OK ", "port 143 starts unprotected and then switches to encryption: try imap://anna@h; or else imaps://anna@h (port 993, the usual one of IMAP)"},
		{"imaps://anna@h", "* OK ", "port 993 starts unprotected and then switches to encryption: try imap://anna@h:993"},
		{"pop3s://anna@h:110", "+OK X", "port 110 starts unprotected and then switches to encryption: try pop3://anna@h; or else pop3s://anna@h (port 995, the usual one of POP3)"},
	} {
		e, err := ParseEndpoint(tc.endpoint)
		if err != nil {
			t.Fatal(err)
		}
		err = Access{Endpoint: e}.noTLS(tls.RecordHeaderError{RecordHeader: [5]byte([]byte(tc.said))})
		if got := err.(*Error).Advice; got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.endpoint, got, tc.want)
		}
	}
}

// A server of the other protocol is looked for on the same port first.
func TestOtherProtocol(t *testing.T) {
	for _, tc := range []struct{ endpoint, protocol, want string }{
		{"pop3s://anna@h:34993", "imap", "imaps://anna@h:34993; or else imaps://anna@h (port 993, the usual one of IMAP), or imap://anna@h (port 143,"},
		{"pop3s://anna@h:993", "imap", "imaps://anna@h; or else imap://anna@h (port 143,"},
		{"imap://anna@h:110", "pop3", "pop3://anna@h; or else pop3s://anna@h (port 995,"},
		{"imap://anna@127.0.0.1:4110?tls=none", "pop3", "pop3://anna@127.0.0.1:4110?tls=none; or else pop3s://anna@127.0.0.1 (port 995,"},
	} {
		e, err := ParseEndpoint(tc.endpoint)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Instead(tc.protocol); !strings.HasPrefix(got, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.endpoint, got, tc.want)
		}
	}
}

func TestHangUpInHandshake(t *testing.T) {
	a := serve(t, Implicit, func(conn net.Conn) { conn.Read(make([]byte, 4096)) })
	_, err := open(t, a)
	wantError(t, err, Lost, false, "127.0.0.1")
}

func TestSilentHandshake(t *testing.T) {
	stop := make(chan struct{})
	a := serve(t, Implicit, func(net.Conn) { <-stop })
	defer close(stop)
	a.Timeout = 50 * time.Millisecond
	_, err := open(t, a)
	wantError(t, err, Timeout, true, "said nothing on port", "for 50ms", "is it the right one?")
}

// upgrade is a server that answers the first line with reply and then speaks TLS.
func upgrade(t *testing.T, reply string) Access {
	ca := newAuthority(t)
	config := &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "127.0.0.1", time.Hour)}}
	a := serve(t, StartTLS, func(conn net.Conn) {
		conn.Read(make([]byte, 64))
		conn.Write([]byte(reply))
		greetTLS(config)(conn)
	})
	a.CAs = ca.pool()
	return a
}

func askUpgrade(t *testing.T, a Access) (*Conn, error) {
	t.Helper()
	c, err := open(t, a)
	if err != nil {
		t.Fatal(err)
	}
	c.W.WriteString("a STARTTLS\r\n")
	if err := c.W.Flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ReadLine(0); err != nil {
		t.Fatal(err)
	}
	return c, c.StartTLS(t.Context())
}

func TestStartTLS(t *testing.T) {
	c, err := askUpgrade(t, upgrade(t, "a OK go\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if line, err := c.ReadLine(0); string(line) != "* OK hello" || err != nil {
		t.Errorf("got %q, %v, want the line sent under TLS", line, err)
	}
}

func TestStartTLSInjection(t *testing.T) {
	c, err := askUpgrade(t, upgrade(t, "a OK go\r\n* CAPABILITY AUTH=PLAIN\r\n"))
	wantError(t, err, Injected, true, "sent 25 bytes in the clear")
	if _, err := c.Write([]byte("x")); err == nil {
		t.Error("writing after an injection: got nil, want a closed connection")
	}
}

func TestStartTLSNotSpoken(t *testing.T) {
	a := serve(t, StartTLS, func(conn net.Conn) {
		conn.Read(make([]byte, 64))
		conn.Write([]byte("a OK go\r\n"))
		conn.Read(make([]byte, 512)) // the ClientHello
		conn.Write([]byte("a BAD what?\r\n"))
	})
	_, err := askUpgrade(t, a)
	wantError(t, err, NoTLS, true, "agreed to encrypt (TLS) and then did not")
}
