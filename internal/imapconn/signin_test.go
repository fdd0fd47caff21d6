package imapconn

import (
	"context"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// Every way in, at a real Dovecot over STARTTLS, with the secret in no
// transcript.
func TestWaysIn(t *testing.T) {
	server := mailtest.AllWays(t)
	user := server.NewUser()
	password := func(a *dial.Access, text string) {
		a.Password = func(context.Context) (string, error) { return text, nil }
	}
	token := func(a *dial.Access, text string) {
		a.User = server.TokenUser
		a.Token = func(context.Context, string) (string, error) { return text, nil }
	}
	tests := []struct {
		name   string
		set    func(a *dial.Access)
		says   string // in the transcript
		secret string
		no     bool
	}{
		{"the strongest", func(a *dial.Access) {}, "AUTHENTICATE SCRAM-SHA-256", mailtest.Password, false},
		{"SCRAM-SHA-1", func(a *dial.Access) { a.Auth = "SCRAM-SHA-1" }, "AUTHENTICATE SCRAM-SHA-1", "", false},
		{"CRAM-MD5", func(a *dial.Access) { a.Auth = "CRAM-MD5" }, "AUTHENTICATE CRAM-MD5", "", false},
		{"PLAIN", func(a *dial.Access) { a.Auth = "PLAIN" }, "AUTHENTICATE PLAIN", "", false},
		{"LOGIN", func(a *dial.Access) { a.Auth = "LOGIN" }, "AUTHENTICATE LOGIN", "", false},
		{"a wrong password, in two ways", func(a *dial.Access) { password(a, "wrong secret") }, "AUTHENTICATE PLAIN", "wrong secret", true},
		{"XOAUTH2", func(a *dial.Access) { token(a, server.Token); a.Auth = "XOAUTH2" }, "AUTHENTICATE XOAUTH2", server.Token, false},
		{"OAUTHBEARER", func(a *dial.Access) { token(a, server.Token) }, "AUTHENTICATE OAUTHBEARER", server.Token, false},
		{"a token that is over", func(a *dial.Access) { token(a, "old token") }, "AUTHENTICATE OAUTHBEARER", "old token", true},
		{"EXTERNAL", func(a *dial.Access) {
			a.User, a.Password, a.Certificate = server.CertUser, nil, &server.Certificate
		}, "AUTHENTICATE EXTERNAL", "", false},
		{"master", func(a *dial.Access) {
			a.Admin = dial.Admin{User: server.Admin, Way: dial.Master}
			password(a, server.AdminPassword)
		}, "AUTHENTICATE", server.AdminPassword, false},
		{"authzid", func(a *dial.Access) {
			a.Admin = dial.Admin{User: server.Admin, Way: dial.OnBehalf}
			password(a, server.AdminPassword)
		}, "AUTHENTICATE", server.AdminPassword, false},
		{"authzid without the right", func(a *dial.Access) {
			a.Admin = dial.Admin{User: server.NewUser(), Way: dial.OnBehalf}
		}, "AUTHENTICATE", "", true},
	}
	for _, auth := range []string{"", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"} {
		tests = append(tests, tests[0])
		odd := &tests[len(tests)-1]
		odd.name, odd.secret, odd.says = "an odd password, by "+auth, server.OddPassword, auth
		odd.set = func(a *dial.Access) { a.User, a.Auth = server.Odd, auth; password(a, server.OddPassword) }
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			var said transcript
			a := accessTo(t, server.IMAP, user)
			a.TLS, a.CAs, a.Transcript = dial.StartTLS, mailtest.CA().Pool(), &dial.Transcript{Name: "source", Tell: said.add}
			way := ""
			a.SignedIn = func(by string) { way = by }
			tc.set(&a)
			c, err := Open(t.Context(), a)
			if err == nil {
				defer c.Close()
			}
			if (err != nil) != tc.no {
				t.Errorf("got %v, want to be refused: %v\n%s %s", err, tc.no, said.text(), server.Log())
			}
			if text := said.text(); !strings.Contains(text, tc.says) || tc.secret != "" && strings.Contains(text, tc.secret) {
				t.Errorf("want %q in the transcript, and no secret:\n%s", tc.says, text)
			}
			if by := strings.TrimPrefix(tc.says, "AUTHENTICATE"); err == nil && !strings.HasSuffix(way, strings.TrimSpace(by)) || (way == "") != tc.no {
				t.Errorf("got told that the way was %q, want it after %q", way, tc.says)
			}
			if err == nil && tc.name == "master" {
				checkMailbox(t, c, server.Server, user)
			}
		})
	}
}

// PROXYAUTH comes after the admin's own sign-in; a server that does not know it,
// or the user, lets nobody in.
func TestProxyAuth(t *testing.T) {
	for answer, want := range map[string]string{"$ OK you are anna": "", "$ NO no such user": "no such user", "$ BAD unknown command": "unknown command"} {
		var got []string
		a := serve(t, "* OK [CAPABILITY IMAP4rev1] hello", func(command string) string {
			got = append(got, command)
			if strings.HasPrefix(command, "PROXYAUTH") {
				return answer + "\r\n"
			}
			return "$ OK done\r\n"
		})
		a.User, a.Admin = `an"na`, dial.Admin{User: "boss", Way: dial.ProxyAuth}
		c, err := Open(t.Context(), a)
		if err == nil {
			c.Close()
		}
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", answer, err, want)
		}
		if len(got) < 2 || !strings.HasPrefix(got[0], `LOGIN "boss" `) || got[1] != `PROXYAUTH "an\"na"` {
			t.Errorf("got %q, want the admin's sign-in, then the user's name", got)
		}
	}
}

// checkMailbox finds out whose mailbox is open: mail put into it lies in the
// home of that user.
func checkMailbox(t *testing.T, c *Conn, server *mailtest.Server, user string) {
	t.Helper()
	if err := c.Do(t.Context(), "CREATE ", Name("made-by-the-admin")); err != nil {
		t.Fatal(err)
	}
	own, err := Open(t.Context(), func() dial.Access { a := accessTo(t, server.IMAP, user); a.TLS = dial.None; return a }())
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	if err := own.Do(t.Context(), "STATUS ", Name("made-by-the-admin"), " (MESSAGES)"); err != nil {
		t.Errorf("the admin was not in the mailbox of %s: %v", user, err)
	}
}

func accessTo(t *testing.T, addr, user string) dial.Access {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	number, _ := strconv.Atoi(port)
	return dial.Access{
		Endpoint: dial.Endpoint{Scheme: "imap", User: user, Host: host, Port: number},
		Password: func(context.Context) (string, error) { return mailtest.Password, nil },
	}
}

// transcript keeps what was told.
type transcript struct {
	mu    sync.Mutex
	lines []string
}

func (tr *transcript) add(line string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.lines = append(tr.lines, line)
}

func (tr *transcript) text() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return strings.Join(tr.lines, "\n")
}
