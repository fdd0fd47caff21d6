package imapconn

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// tap is a server between us and the true one. It hears what we say, within TLS
// too, and lets everybody in who says anything.
type tap struct {
	implicit bool
	greeting string             // "" is one that offers all
	startTLS string             // the answer to STARTTLS, "$" is the tag; "" is a good one
	injected string             // sent together with it
	noShake  bool               // no handshake follows
	config   *tls.Config        // of the handshake
	access   func(*dial.Access) // what the user has asked for

	mu    sync.Mutex
	heard strings.Builder
}

const offersAll = "IMAP4rev1 STARTTLS SASL-IR AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5 AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-256-PLUS AUTH=XOAUTH2 AUTH=OAUTHBEARER AUTH=EXTERNAL"

func (w *tap) serve(_ int, conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if w.implicit {
		conn = tls.Server(conn, w.config)
	}
	greeting := w.greeting
	if greeting == "" {
		greeting = "* OK [CAPABILITY " + offersAll + "] hello"
	}
	fmt.Fprint(conn, greeting+"\r\n")
	r := bufio.NewReader(conn)
	for {
		line, err := r.ReadString('\n')
		w.mu.Lock()
		w.heard.WriteString(line)
		w.mu.Unlock()
		if err != nil {
			return
		}
		tag, command, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case command == "CAPABILITY":
			fmt.Fprintf(conn, "* CAPABILITY %s\r\n%s OK\r\n", strings.TrimSuffix(strings.TrimPrefix(greeting, "* OK [CAPABILITY "), "] hello"), tag)
		case command == "STARTTLS":
			answer := w.startTLS
			if answer == "" {
				answer = "$ OK go"
			}
			fmt.Fprint(conn, strings.ReplaceAll(answer+"\r\n"+w.injected, "$", tag))
			if w.noShake {
				continue
			}
			secure := tls.Server(conn, w.config)
			if secure.Handshake() != nil {
				return
			}
			conn, r = secure, bufio.NewReader(secure)
		case strings.HasPrefix(command, "AUTHENTICATE"):
			fmt.Fprint(conn, "+ \r\n")
		default:
			fmt.Fprintf(conn, "%s OK in\r\n", tag)
		}
	}
}

// Each of these stands between us and TLS. Nothing of a credential leaves, be it
// a password or a token, and by whatever mechanism.
func TestNothingLeavesBeforeTLS(t *testing.T) {
	issue := func(kind mailtest.CertKind) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{mailtest.CA().Issue(kind)}}
	}
	good := issue(mailtest.CertGood)
	old := &tls.Config{Certificates: good.Certificates, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	stranger := &tls.Config{Certificates: []tls.Certificate{mailtest.NewAuthority().Issue(mailtest.CertGood)}}
	otherPin := func(a *dial.Access) { a.Pin = "sha256:" + base64.StdEncoding.EncodeToString(make([]byte, 32)) }
	attacks := map[string]*tap{
		"STARTTLS stripped":                {greeting: "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2] hello"},
		"STARTTLS stripped, LOGIN only":    {greeting: "* OK [CAPABILITY IMAP4rev1] hello"},
		"STARTTLS refused":                 {startTLS: "$ NO not today", noShake: true},
		"STARTTLS unknown":                 {startTLS: "$ BAD what?", noShake: true},
		"STARTTLS agreed to, not spoken":   {noShake: true, injected: "* OK still in the clear\r\n"},
		"replies injected":                 {injected: "$ OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] in\r\n", config: good},
		"one byte injected":                {injected: " ", config: good},
		"PREAUTH":                          {greeting: "* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] in"},
		"PREAUTH without STARTTLS":         {greeting: "* PREAUTH in"},
		"BYE":                              {greeting: "* BYE use plain text"},
		"a proxy's page":                   {greeting: "HTTP/1.1 200 OK"},
		"STARTTLS, expired":                {config: issue(mailtest.CertExpired)},
		"STARTTLS, another name":           {config: issue(mailtest.CertWrongName)},
		"STARTTLS, signed by itself":       {config: issue(mailtest.CertSelfSigned)},
		"STARTTLS, by a stranger":          {config: stranger},
		"STARTTLS, another pin":            {config: good, access: otherPin},
		"STARTTLS, TLS 1.1":                {config: old},
		"TLS at once, expired":             {implicit: true, config: issue(mailtest.CertExpired)},
		"TLS at once, another name":        {implicit: true, config: issue(mailtest.CertWrongName)},
		"TLS at once, signed by itself":    {implicit: true, config: issue(mailtest.CertSelfSigned)},
		"TLS at once, by a stranger":       {implicit: true, config: stranger},
		"TLS at once, another pin":         {implicit: true, config: good, access: otherPin},
		"TLS at once, TLS 1.1":             {implicit: true, config: old},
		"TLS at once, and a pin that lies": {implicit: true, config: stranger, access: otherPin},
	}
	for name, attack := range attacks {
		for _, credential := range []string{"password", "token"} {
			t.Run(name+", "+credential, func(t *testing.T) {
				t.Parallel()
				w := &tap{implicit: attack.implicit, greeting: attack.greeting, startTLS: attack.startTLS, injected: attack.injected,
					noShake: attack.noShake, config: attack.config, access: attack.access}
				a := accessTo(t, mailtest.Serve(t, w.serve), "anna")
				a.TLS, a.CAs, a.Timeout = dial.StartTLS, mailtest.CA().Pool(), 5*time.Second
				if w.implicit {
					a.Scheme, a.TLS = "imaps", dial.Implicit
				}
				const secret = "Kz8canary7"
				a.Password = func(context.Context) (string, error) { return secret, nil }
				if credential == "token" {
					a.Token = func(context.Context, string) (string, error) { return secret, nil }
				}
				if w.access != nil {
					w.access(&a)
				}
				c, err := Open(t.Context(), a)
				if err == nil {
					c.Close()
					t.Error("got in")
				}
				w.mu.Lock()
				defer w.mu.Unlock()
				if heard := w.heard.String(); strings.Contains(heard, "AUTHENTICATE") || strings.Contains(heard, "LOGIN") || strings.Contains(heard, secret) {
					t.Errorf("this left: %q", heard)
				}
			})
		}
	}
}

// The tap hears what leaves: else the test above would prove nothing.
func TestTapHears(t *testing.T) {
	for _, implicit := range []bool{false, true} {
		w := &tap{implicit: implicit, config: &tls.Config{Certificates: []tls.Certificate{mailtest.CA().Issue(mailtest.CertGood)}}}
		a := accessTo(t, mailtest.Serve(t, w.serve), "anna")
		a.TLS, a.CAs, a.Timeout = dial.StartTLS, mailtest.CA().Pool(), 5*time.Second
		if implicit {
			a.Scheme, a.TLS = "imaps", dial.Implicit
		}
		a.Auth = "PLAIN"
		if c, err := Open(t.Context(), a); err == nil {
			c.Close()
		}
		w.mu.Lock()
		if !strings.Contains(w.heard.String(), "AUTHENTICATE PLAIN "+base64.StdEncoding.EncodeToString([]byte("\x00anna\x00"+mailtest.Password))) {
			t.Errorf("implicit %v: the password was not heard: %q", implicit, w.heard.String())
		}
		w.mu.Unlock()
	}
}
