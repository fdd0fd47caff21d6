package pop3

import (
	"context"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
)

// Every way in, at a real Dovecot over STLS: it is told which one it was, and the
// secret is in no transcript.
func TestWaysInAtDovecot(t *testing.T) {
	server := mailtest.AllWays(t)
	user := server.NewUser()
	mailtest.Load(t, server.IMAP, user, inbox(3))
	password := func(a *dial.Access, text string) {
		a.Password = func(context.Context) (string, error) { return text, nil }
	}
	token := func(a *dial.Access, text string) {
		a.User, a.Password = server.TokenUser, nil
		a.Token = func(context.Context, string) (string, error) { return text, nil }
	}
	admin := func(way dial.AdminWay, secret string) func(*dial.Access) {
		return func(a *dial.Access) {
			a.Admin = dial.Admin{User: server.Admin, Way: way}
			password(a, secret)
		}
	}
	tests := []struct {
		name   string
		set    func(a *dial.Access)
		way    string // "" is refused
		secret string
		mails  int
	}{
		{"as it comes", func(*dial.Access) {}, userAndPass, mailtest.Password, 3},
		{"SCRAM-SHA-256", func(a *dial.Access) { a.Auth = "SCRAM-SHA-256" }, "SCRAM-SHA-256", "", 3},
		{"a token", func(a *dial.Access) { token(a, server.Token) }, "OAUTHBEARER", server.Token, 0},
		{"a token, the older way", func(a *dial.Access) { token(a, server.Token); a.Auth = "XOAUTH2" }, "XOAUTH2", server.Token, 0},
		{"a token that is over", func(a *dial.Access) { token(a, "old token") }, "", "old token", 0},
		{"a certificate", func(a *dial.Access) {
			a.User, a.Password, a.Certificate = server.CertUser, nil, &server.Certificate
		}, "EXTERNAL", "", 0},
		{"master", admin(dial.Master, server.AdminPassword), userAndPass, server.AdminPassword, 3},
		{"master, by PLAIN", func(a *dial.Access) {
			admin(dial.Master, server.AdminPassword)(a)
			a.Auth = "PLAIN"
		}, "PLAIN", server.AdminPassword, 3},
		{"master with the user's password", admin(dial.Master, mailtest.Password+"!"), "", mailtest.Password + "!", 0},
		{"authzid", admin(dial.OnBehalf, server.AdminPassword), "PLAIN", server.AdminPassword, 3},
		{"authzid without the right", func(a *dial.Access) {
			a.Admin = dial.Admin{User: server.NewUser(), Way: dial.OnBehalf}
		}, "", "", 0},
	}
	for _, auth := range []string{"", "SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"} {
		odd := tests[0]
		odd.name, odd.secret, odd.mails = "an odd password, by "+auth, server.OddPassword, 0
		if auth != "" && auth != "LOGIN" {
			odd.way = auth
		}
		odd.set = func(a *dial.Access) { a.User, a.Auth = server.Odd, auth; password(a, server.OddPassword) }
		tests = append(tests, odd)
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			var told []string
			way := ""
			a := access(t, server.POP3, user, dial.StartTLS)
			a.Transcript = &dial.Transcript{Name: "source", Tell: func(line string) { told = append(told, line) }}
			a.SignedIn = func(by string) { way = by }
			tc.set(&a)
			s, err := New(t.Context(), a)
			if (err != nil) != (tc.way == "") || way != tc.way || err != nil && !transfer.SignInRefused(err) {
				t.Errorf("got %v, by %q, want %q (\"\" is a refused sign-in)\n%s", err, way, tc.way, server.Log())
			}
			if err == nil {
				defer s.Close()
				if got := len(list(t, s, "")); got != tc.mails {
					t.Errorf("got %d messages, want those of %s: %d", got, a.User, tc.mails)
				}
			}
			if text := strings.Join(told, "\n"); tc.secret != "" && strings.Contains(text, tc.secret) {
				t.Errorf("got the secret in the transcript:\n%s", text)
			}
		})
	}
}
