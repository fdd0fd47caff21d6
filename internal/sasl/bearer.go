package sasl

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// oauthBearer is OAUTHBEARER, RFC 7628. Host and port are left out, as that
// allows: proxies make them differ from what the server thinks.
type oauthBearer struct {
	user, as, token string
	rejection
}

func (m *oauthBearer) next(challenge []byte) ([]byte, error) {
	if challenge == nil {
		who := m.as
		if who == "" {
			who = m.user
		}
		return []byte("n,a=" + saslName(who) + ",\x01auth=Bearer " + m.token + "\x01\x01"), nil
	}
	if err := m.note(challenge); err != nil {
		return nil, err
	}
	return []byte{1}, nil // section 3.2.3: the server may say no only after that
}

func (m *oauthBearer) done() error { return nil }

// xoauth2 is XOAUTH2, which Google and Microsoft describe in their manuals.
type xoauth2 struct {
	user, token string
	rejection
}

func (m *xoauth2) next(challenge []byte) ([]byte, error) {
	if challenge == nil {
		return []byte("user=" + m.user + "\x01auth=Bearer " + m.token + "\x01\x01"), nil
	}
	if err := m.note(challenge); err != nil {
		return nil, err
	}
	return []byte{}, nil // an empty line brings the NO
}

func (m *xoauth2) done() error { return nil }

// rejection is what the server says of a token that it does not take.
type rejection struct{ why error }

// note reads {"status":"401","scope":"..."}, RFC 7628 section 3.2.2.
func (r *rejection) note(challenge []byte) error {
	if r.why != nil {
		return errors.New("the server goes on asking after it has refused the token")
	}
	var said struct{ Status, Scope string }
	r.why = errors.New("the token was refused")
	if json.Unmarshal(challenge, &said) == nil && said.Status != "" {
		r.why = fmt.Errorf("token refused with status %.40q", said.Status)
	}
	return nil
}

func (r *rejection) refusal() error { return r.why }

// saslName escapes a name, RFC 5801 section 4.
func saslName(name string) string {
	return strings.NewReplacer("=", "=3D", ",", "=2C").Replace(name)
}
