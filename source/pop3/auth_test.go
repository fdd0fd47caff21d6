package pop3

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/mailtest/pop3server"
	"github.com/mailhaul/mailhaul/transfer"
)

const stamp = "<1896.697170952@dbc.mtview.ca.us>"

// How a session gets in, by what the server demands and the user has.
func TestWaysIn(t *testing.T) {
	long := strings.Repeat("t", 300)
	token := func(text string) func(*dial.Access) {
		return func(a *dial.Access) {
			a.Password, a.Token = nil, func(context.Context, string) (string, error) { return text, nil }
		}
	}
	for _, tc := range []struct {
		name   string
		server pop3server.Options
		access func(*dial.Access)
		heard  []string // what must come in before the maildrop is asked for, in order
	}{
		{"USER and PASS come first", pop3server.Options{Capabilities: []string{"USER", "SASL PLAIN CRAM-MD5"}, Timestamp: stamp}, nil, []string{"USER anna", "PASS hunter2", "CAPA"}},
		{"APOP demanded", pop3server.Options{Timestamp: stamp, NoUserPass: true}, nil, []string{"USER anna", "CAPA", "APOP anna "}},
		{"CRAM-MD5 demanded", pop3server.Options{Capabilities: []string{"SASL CRAM-MD5"}, NoUserPass: true}, nil, []string{"USER anna", "CAPA", "AUTH CRAM-MD5"}},
		{"PLAIN demanded", pop3server.Options{Capabilities: []string{"SASL PLAIN"}, NoUserPass: true}, nil, []string{"USER anna", "CAPA", "AUTH PLAIN "}},
		{"a mechanism of choice", pop3server.Options{Capabilities: []string{"USER", "SASL PLAIN CRAM-MD5"}}, func(a *dial.Access) { a.Auth = "PLAIN" }, []string{"CAPA", "AUTH PLAIN "}},
		{"a token", pop3server.Options{Capabilities: []string{"USER", "SASL XOAUTH2"}}, token(secret), []string{"CAPA", "AUTH XOAUTH2 "}},
		{"a token, the newer way", pop3server.Options{Capabilities: []string{"USER", "SASL XOAUTH2 OAUTHBEARER"}}, token(secret), []string{"CAPA", "AUTH OAUTHBEARER "}},
		{"a long token waits until it is asked for", pop3server.Options{Capabilities: []string{"SASL XOAUTH2"}, Password: long}, token(long), []string{"CAPA", "AUTH XOAUTH2"}},
		{"Office 365 takes nothing else", pop3server.Options{Capabilities: []string{"USER", "SASL PLAIN XOAUTH2"}, Password: long, TwoStep: true}, token(long), []string{"CAPA", "AUTH XOAUTH2"}},
		{"CRAM-MD5 wanted", pop3server.Options{Capabilities: []string{"USER", "SASL PLAIN CRAM-MD5"}}, func(a *dial.Access) { a.Auth = "CRAM-MD5" }, []string{"CAPA", "AUTH CRAM-MD5"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.server.Password == "" {
				tc.server.Password = secret
			}
			server, a := serveMaildrop(t, tc.server, mails(2)...)
			var told []string
			a.Transcript = &dial.Transcript{Name: "source", Tell: func(line string) { told = append(told, line) }}
			if tc.access != nil {
				tc.access(&a)
			}
			way := ""
			a.SignedIn = func(by string) { way = by }
			s := signedIn(t, a)
			last := tc.heard[len(tc.heard)-1]
			if want := strings.Fields(strings.TrimPrefix(last, "AUTH "))[0]; last != "CAPA" && way != want || last == "CAPA" && way != userAndPass {
				t.Errorf("got told that the way was %q, want it after %q", way, tc.heard)
			}
			if got := len(list(t, s, "")); got != 2 {
				t.Errorf("got %d messages, want 2", got)
			}
			s.Close()
			heard := server.Commands()
			for i, want := range tc.heard {
				if !strings.HasPrefix(heard[i], want) || !strings.HasSuffix(want, " ") && heard[i] != want {
					t.Errorf("got the commands %.40q, want %q", heard, tc.heard)
					break
				}
			}
			for _, line := range told {
				for _, bad := range append(slices.Clone(heard), secret) {
					_, response, _ := strings.Cut(strings.TrimPrefix(bad, "AUTH "), " ")
					if strings.HasPrefix(bad, "AUTH ") && response != "" && strings.Contains(line, response) || strings.Contains(line, secret) {
						t.Errorf("the transcript tells %q", line)
					}
				}
			}
		})
	}
}

// A server that has seen the password and refuses it is not asked again.
func TestRefusedPasswordIsTriedOnce(t *testing.T) {
	server, a := serveMaildrop(t, pop3server.Options{Capabilities: []string{"USER", "SASL PLAIN CRAM-MD5"}, Timestamp: stamp, Password: "another"})
	if _, err := New(t.Context(), a); !transfer.SignInRefused(err) || !transfer.Permanent(err) {
		t.Errorf("got %v, want a refused sign-in", err)
	}
	if got, want := server.Commands(), []string{"USER anna", "PASS hunter2"}; !slices.Equal(got, want) {
		t.Errorf("got the commands %q, want %q", got, want)
	}
	server, a = serveMaildrop(t, pop3server.Options{Timestamp: stamp, NoUserPass: true, Password: "another"})
	if _, err := New(t.Context(), a); !transfer.SignInRefused(err) || !transfer.Permanent(err) {
		t.Errorf("APOP: got %v, want a refused sign-in", err)
	}
	if got := len(server.Commands()); got != 3 {
		t.Errorf("APOP: got %q, want one try", server.Commands())
	}
}

func TestTimestamp(t *testing.T) {
	for greeting, want := range map[string]string{
		"POP3 ready <1.2@x>": "<1.2@x>", "<a@b> hello": "<a@b>", "ready": "", "<nothing>": "", "<a@b": "", "a > b <c@d>": "<c@d>",
	} {
		if got := timestamp(greeting); got != want {
			t.Errorf("%q: got %q, want %q", greeting, got, want)
		}
	}
}

// A token that is refused, after the line that the server waits for, is replaced by
// a fresh one once.
func TestRefusedToken(t *testing.T) {
	for _, mechanism := range []string{"XOAUTH2", "OAUTHBEARER"} {
		_, a := serveMaildrop(t, pop3server.Options{Capabilities: []string{"SASL " + mechanism}, Password: "good"}, mails(1)...)
		tokens, asked := []string{"stale", "good"}, 0
		a.Password, a.Token = nil, func(context.Context, string) (string, error) {
			asked++
			return tokens[asked-1], nil
		}
		if got := len(list(t, signedIn(t, a), "")); got != 1 || asked != 2 {
			t.Errorf("%s: got %d messages and %d tokens asked for, want 1 and 2", mechanism, got, asked)
		}
	}
}

// A token that is refused twice is not tried a third time.
func TestTokenRefusedForGood(t *testing.T) {
	for _, mechanism := range []string{"XOAUTH2", "OAUTHBEARER"} {
		server, a := serveMaildrop(t, pop3server.Options{Capabilities: []string{"SASL " + mechanism}, Password: "good"})
		a.Password, a.Token = nil, func(context.Context, string) (string, error) { return "bad", nil }
		_, err := New(t.Context(), a)
		if !transfer.SignInRefused(err) || !transfer.Permanent(err) || strings.Contains(err.Error(), "bad") {
			t.Errorf("%s: got %v, want a refused sign-in without the token", mechanism, err)
		}
		if n := len(server.Commands()); n != 3 { // CAPA, AUTH, the line after the refusal
			t.Errorf("%s: got the commands %q, want three", mechanism, server.Commands())
		}
	}
}
