package sasl

import (
	"encoding/base64"
	"errors"
	"fmt"
)

// maxRounds is how many challenges a server may send in one sign-in.
const maxRounds = 16

// mechanism is the client's side of one.
type mechanism interface {
	// next answers a challenge. It is first called without one, nil, if the
	// client speaks first.
	next(challenge []byte) ([]byte, error)
	// done is asked when the server has let us in: has it proved what it had to?
	done() error
}

// try signs in by one way.
func (s *signIn) try(w way) error {
	if w.name == "" {
		return s.wire.Command(s.login.User, s.secret)
	}
	m, speaks, err := s.mechanism(w)
	if err != nil {
		return err
	}
	var first string
	if speaks {
		response, err := m.next(nil)
		if err != nil {
			return s.calledOff(err)
		}
		first = s.encode(w, response)
	}
	along := ""
	if speaks && max(len(first), 1) <= s.offer.Initial {
		if along = first; along == "" {
			along = "=" // RFC 4959, section 3
		}
	}
	if err := s.wire.Begin(w.name, along); err != nil {
		return err
	}
	if speaks && along == "" {
		if over, err := s.say(first); over {
			return err
		}
	}
	return s.converse(w, m)
}

// say waits until the server asks for the first response, and gives it. over
// tells that the server ended it there.
func (s *signIn) say(first string) (over bool, err error) {
	_, more, err := s.wire.Challenge()
	switch {
	case err != nil:
		return true, err
	case !more:
		return true, errTooEarly
	}
	err = s.wire.Answer(first)
	return err != nil, err
}

var errTooEarly = &Error{Text: "the server says that we are signed in before it has asked who we are"}

// converse answers challenges until the server has decided.
func (s *signIn) converse(w way, m mechanism) error {
	var ours error // why we called it off
	for range maxRounds {
		text, more, err := s.wire.Challenge()
		switch {
		case err != nil && ours != nil:
			var no *Refused
			if errors.As(err, &no) {
				return s.calledOff(ours)
			}
			return err
		case err != nil:
			return explain(m, err)
		case !more && ours != nil:
			return &Error{Text: "the server lets us in although we called the sign-in off: " + ours.Error(), Err: ours}
		case !more:
			return m.done()
		}
		line := "*"
		if ours == nil {
			var response []byte
			if response, ours = answer(m, text); ours == nil {
				line = s.encode(w, response)
			}
		}
		if err := s.wire.Answer(line); err != nil {
			return err
		}
	}
	return &Error{Text: fmt.Sprintf("%s goes on asking, after %d answers", s.login.Host, maxRounds)}
}

// calledOff is a way that we gave up, for what the server said; another may do.
func (s *signIn) calledOff(why error) error {
	return &Refused{Err: &Error{Text: fmt.Sprintf("signing in to %s: %v", s.login.Host, why), Err: why}}
}

func answer(m mechanism, text string) ([]byte, error) {
	challenge, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("the server's challenge is no base64")
	}
	return m.next(challenge)
}

// explain adds to a refusal what the server said before it, in a challenge.
func explain(m mechanism, err error) error {
	var no *Refused
	told, ok := m.(interface{ refusal() error })
	if ok && errors.As(err, &no) {
		if why := told.refusal(); why != nil {
			return &Refused{Err: fmt.Errorf("%w (%w)", no.Err, why), Unknown: no.Unknown}
		}
	}
	return err
}

// encode is base64. What holds the secret itself is hidden in this form, too.
func (s *signIn) encode(w way, response []byte) string {
	line := base64.StdEncoding.EncodeToString(response)
	if w.family == plain || w.family == token {
		s.hide(line)
	}
	return line
}

// mechanism makes the client's side; speaks tells that the client does so first.
func (s *signIn) mechanism(w way) (m mechanism, speaks bool, err error) {
	l := s.login
	switch w.name {
	case "EXTERNAL":
		return &external{as: l.As}, true, nil
	case "OAUTHBEARER":
		return &oauthBearer{user: l.User, as: l.As, token: s.secret}, true, nil
	case "XOAUTH2":
		return &xoauth2{user: l.User, token: s.secret}, true, nil
	case "CRAM-MD5":
		return &cramMD5{user: l.User, password: s.secret}, false, nil
	case "PLAIN":
		return &plainText{as: l.As, user: l.User, password: s.secret}, true, nil
	case "LOGIN":
		return &loginText{user: l.User, password: s.secret}, false, nil
	}
	m, err = newScram(w, l, s.secret)
	return m, true, err
}
