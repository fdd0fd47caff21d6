package sasl

import (
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/xdg-go/scram"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// scramServer answers as one that knows anna's password; channel is what it sees.
func scramServer(t *testing.T, hash scram.HashGeneratorFcn, password string, iterations int, channel []Binding) func(int, string, string) (string, bool, error) {
	client, err := hash.NewClient("anna", password, "")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: "salt", Iters: iterations})
	if err != nil {
		t.Fatal(err)
	}
	server, err := hash.NewServer(func(string) (scram.StoredCredentials, error) { return keys, nil })
	if err != nil {
		t.Fatal(err)
	}
	var talk *scram.ServerConversation
	return func(n int, name, line string) (string, bool, error) {
		if line == "*" {
			return "", false, &Refused{Err: errNo}
		}
		if n == 0 {
			talk = server.NewConversation()
			if strings.HasSuffix(name, "-PLUS") {
				talk = server.NewConversationWithChannelBindingRequired(bindingNamed(line, channel))
			}
		}
		if n == 2 {
			return "", false, nil
		}
		said, err := talk.Step(strings.NewReplacer("|", "\x00").Replace(line))
		if err != nil {
			return "", false, &Refused{Err: err}
		}
		return said, true, nil
	}
}

// bindingNamed is the one of those that the client has chosen.
func bindingNamed(first string, all []Binding) scram.ChannelBinding {
	for _, b := range all {
		if strings.HasPrefix(first, "p="+string(b.channel.Type)+",") {
			return b.channel
		}
	}
	return scram.ChannelBinding{}
}

func TestScram(t *testing.T) {
	for _, h := range hashes {
		w := &fakeWire{answer: scramServer(t, h.hash, "pä ss", 4096, nil)}
		if err := signInTo(t, anna(), Offer{Mechanisms: []string{h.name, "PLAIN"}, Initial: 999}, w); err != nil {
			t.Errorf("%s: %v", h.name, err)
		}
		if text := strings.Join(w.said, "\n"); strings.Contains(text, "pä ss") || !strings.HasPrefix(text, h.name+" n,,n=anna,r=") {
			t.Errorf("%s: said %q", h.name, w.said)
		}
	}
}

func TestScramRefuses(t *testing.T) {
	only := Offer{Mechanisms: []string{"SCRAM-SHA-256"}, Initial: 999}
	tests := []struct {
		name   string
		server func(int, string, string) (string, bool, error)
		want   string
	}{
		{"another password", scramServer(t, scram.SHA256, "other", 4096, nil), ""},
		{"no proof", questions(), "without proving"},
		{"too little work", scramServer(t, scram.SHA256, "pä ss", 100, nil), "too few iterations"},
		{"too much work", questions("r=x,s=c2FsdA==,i=4294967295"), "more work"},
		{"another nonce", questions("r=x,s=c2FsdA==,i=4096"), "nonce"},
	}
	for _, tc := range tests {
		var refused interface{ SignInRefused() bool }
		err := signInTo(t, anna(), only, &fakeWire{answer: tc.server})
		if err == nil || !strings.Contains(err.Error(), tc.want) || tc.want != "" && !errors.As(err, &refused) {
			t.Errorf("%s: got %v, want a refusal with %q", tc.name, err, tc.want)
		}
	}
}

// The sign-in is bound to the TLS channel, and one to another channel fails,
// without a weaker way being tried.
func TestScramBinding(t *testing.T) {
	ours, same := channels(t)
	_, other := channels(t)
	offer := Offer{Mechanisms: []string{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN"}, Initial: 999, Command: true}
	l := anna()
	l.Bindings = ours
	for i, kind := range []string{"tls-exporter", "tls-server-end-point"} {
		l.Bindings = ours[i:]
		w := &fakeWire{answer: scramServer(t, scram.SHA256, "pä ss", 4096, same)}
		if err := signInTo(t, l, offer, w); err != nil || !strings.HasPrefix(w.said[0], "SCRAM-SHA-256-PLUS p="+kind+",,n=anna") {
			t.Errorf("%s: got %v, said %q", kind, err, w.said)
		}
	}
	l.Bindings = ours
	w := &fakeWire{answer: scramServer(t, scram.SHA256, "pä ss", 4096, other)}
	err := signInTo(t, l, offer, w)
	if tried := slices.ContainsFunc(w.said, func(s string) bool { return strings.HasPrefix(s, "PLAIN") || strings.HasPrefix(s, "SCRAM-SHA-256 ") }); err == nil || tried {
		t.Errorf("got %v, said %q, want no way but the bound ones", err, w.said)
	}
	w = &fakeWire{answer: scramServer(t, scram.SHA256, "pä ss", 4096, same)}
	if err := signInTo(t, l, Offer{Mechanisms: offer.Mechanisms[1:], Initial: 999}, w); err != nil || !strings.HasPrefix(w.said[0], "SCRAM-SHA-256 y,,") {
		t.Errorf("got %v, said %q, want to tell that we could bind", err, w.said)
	}
}

// channels are the bindings of both ends of a TLS connection.
func channels(t *testing.T) (client, server []Binding) {
	t.Helper()
	cert := mailtest.NewAuthority().Issue(mailtest.CertGood)
	a, b := net.Pipe()
	there := tls.Server(b, &tls.Config{Certificates: []tls.Certificate{cert}})
	here := tls.Client(a, &tls.Config{InsecureSkipVerify: true})
	done := make(chan error, 1)
	go func() { done <- there.Handshake() }()
	if err := errors.Join(here.Handshake(), <-done); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	state, seen := here.ConnectionState(), there.ConnectionState()
	seen.PeerCertificates = state.PeerCertificates // the server's own
	return bindingsOf(&state), bindingsOf(&seen)
}
