package sasl

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/xdg-go/scram"
)

// maxIterations is how often a server may have us hash the password: three
// seconds of work. Below minIterations it is not worth its name (RFC 7677,
// section 4).
const (
	maxIterations = 5_000_000
	minIterations = 4096
)

// hashes are those of SCRAM, the strongest first: RFC 5802, RFC 7677.
var hashes = []struct {
	name string
	hash scram.HashGeneratorFcn
}{
	{"SCRAM-SHA-512", scram.SHA512},
	{"SCRAM-SHA-256", scram.SHA256},
	{"SCRAM-SHA-1", scram.SHA1},
}

// Binding ties a sign-in to one TLS channel (RFC 5056): a server that only
// passes on what the true one says has another channel.
type Binding struct{ channel scram.ChannelBinding }

// bindingsOf lists those that a channel has: tls-exporter where it is safe (RFC
// 9266, section 4), tls-server-end-point (RFC 5929, section 4). tls-unique is
// left out, as broken.
func bindingsOf(state *tls.ConnectionState) (all []Binding) {
	if state == nil {
		return nil
	}
	if state.Version >= tls.VersionTLS13 {
		if b, err := scram.NewTLSExporterBinding(state); err == nil {
			all = append(all, Binding{b})
		}
	}
	if b, err := scram.NewTLSServerEndpointBinding(state); err == nil {
		all = append(all, Binding{b})
	}
	return all
}

// exchange is SCRAM, RFC 5802.
type exchange struct {
	talk *scram.ClientConversation
	step int
}

func newScram(w way, l Login, password string) (*exchange, error) {
	name := strings.TrimSuffix(w.name, "-PLUS")
	for _, h := range hashes {
		if h.name != name {
			continue
		}
		client, err := h.hash.NewClient(l.User, password, l.As)
		if err != nil { // SASLprep knows no such character: as it is, then
			if client, err = h.hash.NewClientUnprepped(l.User, password, l.As); err != nil {
				return nil, err
			}
		}
		client = client.WithMinIterations(minIterations)
		switch {
		case w.family == bound:
			return &exchange{talk: client.NewConversationWithChannelBinding(w.binding.channel)}, nil
		case len(l.Bindings) > 0 && l.Only == "":
			return &exchange{talk: client.NewConversationAdvertisingChannelBinding()}, nil
		}
		return &exchange{talk: client.NewConversation()}, nil
	}
	return nil, fmt.Errorf("sasl: no mechanism %s", w.name)
}

func (m *exchange) next(challenge []byte) ([]byte, error) {
	m.step++
	if m.step == 2 {
		if err := checkIterations(string(challenge)); err != nil {
			return nil, err
		}
	}
	response, err := m.talk.Step(string(challenge))
	if err != nil {
		return nil, fmt.Errorf("SCRAM: %w", err)
	}
	return []byte(response), nil
}

// checkIterations finds i=N in the server's first message.
func checkIterations(text string) error {
	for field := range strings.SplitSeq(text, ",") {
		if number, ok := strings.CutPrefix(field, "i="); ok {
			if n, err := strconv.Atoi(number); err != nil || n > maxIterations {
				return errors.New("SCRAM: the server asks for more work than any should")
			}
		}
	}
	return nil
}

// done finds a server that lets us in without having shown that it knows the
// password.
func (m *exchange) done() error {
	if m.talk.Valid() {
		return nil
	}
	return &Error{
		Text:   "the server let us in without proving that it knows the password: it may be another one",
		Advice: "check the host; nothing was sent that tells the password",
	}
}
