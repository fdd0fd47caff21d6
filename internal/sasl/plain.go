package sasl

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/hex"
	"errors"
)

// plainText is PLAIN, RFC 4616.
type plainText struct{ as, user, password string }

func (m *plainText) next(challenge []byte) ([]byte, error) {
	if challenge != nil {
		return nil, errors.New("the server goes on asking after PLAIN")
	}
	return []byte(m.as + "\x00" + m.user + "\x00" + m.password), nil
}

func (m *plainText) done() error { return nil }

// loginText is LOGIN, which no RFC describes (draft-murchison-sasl-login): two
// questions, whose words differ from server to server.
type loginText struct {
	user, password string
	asked          int
}

func (m *loginText) next([]byte) ([]byte, error) {
	m.asked++
	switch m.asked {
	case 1:
		return []byte(m.user), nil
	case 2:
		return []byte(m.password), nil
	}
	return nil, errors.New("the server asks a third question in LOGIN")
}

func (m *loginText) done() error { return nil }

// external is EXTERNAL, RFC 4422 appendix A: TLS has shown who we are.
type external struct{ as string }

func (m *external) next(challenge []byte) ([]byte, error) {
	if len(challenge) > 0 {
		return nil, errors.New("the server asks a question in EXTERNAL")
	}
	return []byte(m.as), nil
}

func (m *external) done() error { return nil }

// cramMD5 is CRAM-MD5, RFC 2195.
type cramMD5 struct {
	user, password string
	asked          bool
}

func (m *cramMD5) next(challenge []byte) ([]byte, error) {
	if m.asked || len(challenge) == 0 {
		return nil, errors.New("the server's challenge is none of CRAM-MD5")
	}
	m.asked = true
	digest := hmac.New(md5.New, []byte(m.password))
	digest.Write(challenge)
	return []byte(m.user + " " + hex.EncodeToString(digest.Sum(nil))), nil
}

func (m *cramMD5) done() error {
	if !m.asked {
		return errTooEarly
	}
	return nil
}
