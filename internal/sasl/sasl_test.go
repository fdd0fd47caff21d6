package sasl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestDialogues(t *testing.T) {
	bearer := func(as string) Login {
		return Login{Host: "h", User: "user@example.com", As: as, Clear: true,
			Token: func(context.Context, string) (string, error) { return "vF9dft4qmT", nil }}
	}
	admin := anna()
	admin.User, admin.As = "cyrus", "anna"
	tests := []struct {
		name    string
		login   Login
		offer   Offer
		server  func(int, string, string) (string, bool, error)
		want    []string
		refused string
	}{
		{"PLAIN in one turn", anna(), Offer{Mechanisms: []string{"PLAIN", "LOGIN"}, Initial: 100, Command: true}, questions(),
			[]string{"PLAIN |anna|pä ss"}, ""},
		{"PLAIN in two", anna(), Offer{Mechanisms: []string{"PLAIN"}}, questions(""), []string{"PLAIN", "|anna|pä ss"}, ""},
		{"PLAIN for somebody else", admin, Offer{Mechanisms: []string{"CRAM-MD5", "LOGIN", "PLAIN"}, Initial: 100, Command: true}, questions(),
			[]string{"PLAIN anna|cyrus|pä ss"}, ""},
		{"LOGIN", anna(), Offer{Mechanisms: []string{"LOGIN"}}, questions("Username:", "Password:"), []string{"LOGIN", "anna", "pä ss"}, ""},
		{"the command", Login{Host: "h", User: "anna", Password: word("pass"), Clear: true}, Offer{Mechanisms: []string{"PLAIN"}, Command: true}, questions(),
			[]string{"LOGIN command anna pass"}, ""},
		{"RFC 2195", Login{User: "tim", Password: word("tanstaaftanstaaf")}, Offer{Mechanisms: []string{"CRAM-MD5"}},
			questions("<1896.697170952@postoffice.reston.mci.net>"), []string{"CRAM-MD5", "tim b913a602c7eda7a495b4e6e7334d3890"}, ""},
		{"RFC 7628", bearer(""), Offer{Mechanisms: []string{"XOAUTH2", "OAUTHBEARER"}, Initial: 100}, questions(),
			[]string{"OAUTHBEARER n,a=user@example.com,^auth=Bearer vF9dft4qmT^^"}, ""},
		{"XOAUTH2", bearer(""), Offer{Mechanisms: []string{"XOAUTH2"}, Initial: 100}, questions(),
			[]string{"XOAUTH2 user=user@example.com^auth=Bearer vF9dft4qmT^^"}, ""},
		{"XOAUTH2 in two turns, too long for one", bearer(""), Offer{Mechanisms: []string{"XOAUTH2"}, Initial: 40}, questions(""),
			[]string{"XOAUTH2", "user=user@example.com^auth=Bearer vF9dft4qmT^^"}, ""},
		{"XOAUTH2 cannot be for somebody else", bearer("bob"), Offer{Mechanisms: []string{"XOAUTH2"}}, questions(), nil, "takes no OAuth2 token"},
		{"OAUTHBEARER can", bearer("b,b"), Offer{Mechanisms: []string{"OAUTHBEARER"}, Initial: 100}, questions(),
			[]string{"OAUTHBEARER n,a=b=2Cb,^auth=Bearer vF9dft4qmT^^"}, ""},
		{"EXTERNAL", Login{User: "anna", Certificate: true}, Offer{Mechanisms: []string{"EXTERNAL"}, Initial: 1}, questions(), []string{"EXTERNAL ="}, ""},
		{"EXTERNAL in two turns", Login{User: "anna", Certificate: true}, Offer{Mechanisms: []string{"EXTERNAL"}}, questions(""), []string{"EXTERNAL", ""}, ""},
		{"no certificate, no EXTERNAL", anna(), Offer{Mechanisms: []string{"EXTERNAL"}}, questions(), nil, "takes no password"},
		{"the one that was asked for", func() Login { l := anna(); l.Only = "LOGIN"; return l }(), Offer{Mechanisms: []string{"PLAIN", "LOGIN"}},
			questions("u", "p"), []string{"LOGIN", "anna", "pä ss"}, ""},
		{"no password in the clear", func() Login { l := anna(); l.Clear = false; return l }(), Offer{Mechanisms: []string{"PLAIN", "LOGIN"}, Command: true},
			questions(), nil, "takes no password"},
		{"OAuth only", anna(), Offer{Mechanisms: []string{"XOAUTH2"}}, questions(), nil, "only OAuth2"},
		{"a line break in the password", Login{User: "anna", Password: word("a\r\nb"), Clear: true}, Offer{Mechanisms: []string{"PLAIN"}}, questions(), nil, "line break"},
		{"questions without end", anna(), Offer{Mechanisms: []string{"LOGIN"}},
			func(int, string, string) (string, bool, error) { return "more", true, nil }, []string{"LOGIN", "anna", "pä ss", "*"}, "goes on asking"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			w := &fakeWire{answer: tc.server}
			err := signInTo(t, tc.login, tc.offer, w)
			switch {
			case tc.refused == "" && err != nil:
				t.Fatalf("got %v, want to be let in", err)
			case tc.refused != "" && (err == nil || !strings.Contains(err.Error(), tc.refused)):
				t.Fatalf("got %v, want %q", err, tc.refused)
			}
			if len(w.said) > len(tc.want) && tc.refused != "" {
				w.said = w.said[:len(tc.want)]
			}
			if !slices.Equal(w.said, tc.want) {
				t.Errorf("said %q, want %q", w.said, tc.want)
			}
		})
	}
}

// The strongest first; a refused one is followed by PLAIN alone, and what the
// server does not even know by the next.
func TestOrder(t *testing.T) {
	all := []string{"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "XOAUTH2"}
	tests := []struct {
		name   string
		offer  []string
		server func(int, string, string) (string, bool, error)
		want   []string
		fails  bool
	}{
		{"strongest", all, no(), []string{"SCRAM-SHA-256"}, true}, // it is let in without proof
		{"then PLAIN", all, no("SCRAM-SHA-256"), []string{"SCRAM-SHA-256", "PLAIN"}, false},
		{"and no more", all, no(all...), []string{"SCRAM-SHA-256", "PLAIN"}, true},
		{"CRAM-MD5, then LOGIN", []string{"LOGIN", "CRAM-MD5"}, no("CRAM-MD5"), []string{"CRAM-MD5", "LOGIN"}, false},
		{"unknown, then the next", []string{"PLAIN", "LOGIN"}, func(_ int, name, _ string) (string, bool, error) {
			return "", false, &Refused{Err: errNo, Unknown: true}
		}, []string{"PLAIN", "LOGIN"}, true},
		{"a broken line ends it", all, func(int, string, string) (string, bool, error) { return "", false, errors.New("lost") }, []string{"SCRAM-SHA-256"}, true},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			w := &fakeWire{answer: tc.server}
			err := signInTo(t, anna(), Offer{Mechanisms: tc.offer, Initial: 1 << 10}, w)
			var names []string
			for _, line := range w.said {
				name, _, _ := strings.Cut(line, " ")
				if slices.Contains(tc.offer, name) {
					names = append(names, name)
				}
			}
			if !slices.Equal(names, tc.want) || (err != nil) != tc.fails {
				t.Errorf("tried %q and got %v, want %q", names, err, tc.want)
			}
		})
	}
}

// What worked is remembered: the stronger way is not refused again each session.
func TestProven(t *testing.T) {
	l, memory := anna(), &note{"?"}
	l.Proven = memory
	for session := range 2 {
		w := &fakeWire{answer: no("SCRAM-SHA-1")}
		if err := signInTo(t, l, Offer{Mechanisms: []string{"SCRAM-SHA-1", "PLAIN"}, Initial: 99}, w); err != nil {
			t.Fatal(err)
		}
		if want := 2 - session; len(w.said) != want {
			t.Errorf("session %d: said %q, want %d commands", session, w.said, want)
		}
	}
}

// A server that hangs up on a challenge is given the password in the next session.
func TestHangsUpOnAChallenge(t *testing.T) {
	l := anna()
	l.Proven = &note{"?"}
	lost := errors.New("connection lost")
	var tried []string
	for range 2 {
		w := &fakeWire{answer: func(_ int, name, _ string) (string, bool, error) {
			tried = append(tried, name)
			if name == "PLAIN" {
				return "", false, nil
			}
			return "", false, lost
		}}
		_ = signInTo(t, l, Offer{Mechanisms: []string{"SCRAM-SHA-256", "PLAIN"}, Initial: 99}, w)
	}
	if want := []string{"SCRAM-SHA-256", "PLAIN"}; !slices.Equal(tried, want) {
		t.Errorf("tried %q, want %q", tried, want)
	}
}

type note struct{ text string }

func (n *note) Recall() string { return n.text }
func (n *note) Keep(s string)  { n.text = s }

// A token that the server refuses is replaced once, in the same session.
func TestTokenIsRenewed(t *testing.T) {
	var asked []string
	l := Login{Host: "h", User: "anna", Token: func(_ context.Context, stale string) (string, error) {
		asked = append(asked, stale)
		return fmt.Sprintf("token%d", len(asked)), nil
	}}
	refusing := func(good string) *fakeWire {
		return &fakeWire{answer: func(n int, _, line string) (string, bool, error) {
			switch {
			case strings.Contains(line, good):
				return "", false, nil
			case n == 0:
				return `{"status":"400","schemes":"Bearer"}`, true, nil
			}
			return "", false, &Refused{Err: errNo}
		}}
	}
	offer := Offer{Mechanisms: []string{"XOAUTH2"}, Initial: 999}
	w := refusing("token2")
	if err := signInTo(t, l, offer, w); err != nil || !slices.Equal(asked, []string{"", "token1"}) {
		t.Errorf("got %v, asked for tokens with %q, want a second one instead of the first", err, asked)
	}
	if len(w.said) != 3 || w.said[1] != "" {
		t.Errorf("said %q, want an empty answer to the refusal, and another try", w.said)
	}
	err := signInTo(t, l, offer, refusing("never"))
	if !errors.Is(err, errNo) || !strings.Contains(err.Error(), `status "400"`) || len(asked) != 4 {
		t.Errorf("got %v after %d tokens, want the server's NO with the status, after two more", err, len(asked))
	}
}

func TestSecretsAreHidden(t *testing.T) {
	var hidden []string
	l := anna()
	l.Hide = func(s string) { hidden = append(hidden, s) }
	if err := signInTo(t, l, Offer{Mechanisms: []string{"PLAIN"}, Initial: 99}, &fakeWire{answer: questions()}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"pä ss", "AGFubmEAcMOkIHNz"}; !slices.Equal(hidden, want) {
		t.Errorf("hidden are %q, want %q", hidden, want)
	}
}
