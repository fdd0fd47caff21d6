package pop3

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/sasl"
)

const userAndPass = "USER and PASS"

// signIn gives user and password by USER and PASS, one turn each; by AUTH or APOP
// where the user or the server wants it. The wire is secure by now, or the user has
// said that it need not be.
func (s *Source) signIn(ctx context.Context, a dial.Access) error {
	l := sasl.For(s.conn, userAndPass)
	switch {
	case wantsAuth(a, l):
		return s.authenticate(ctx, l, nil)
	case l.Password == nil:
		return &Error{permanent: true, signIn: true, text: "there is no password for " + a.User}
	}
	password, err := l.Password(ctx)
	if err != nil {
		return fmt.Errorf("password for %s: %w", a.User, err)
	}
	err = s.userPass(l.User, password)
	if err == nil {
		l.In(userAndPass)
	}
	var no *sasl.Refused
	if !errors.As(err, &no) {
		return err
	}
	if no.Unknown {
		return s.authenticate(ctx, l, no.Err)
	}
	return no.Err
}

// userPass signs in by USER and PASS. A refused USER has not seen the password: the
// server wants another way.
func (s *Source) userPass(user, password string) error {
	if err := sendable(user, password); err != nil {
		return err
	}
	s.conn.Secret(password)
	err, seen := s.pop.User(user), false
	if err == nil {
		err, seen = s.pop.Pass(password), true
	}
	if err == nil {
		return nil
	}
	text, positive, ok := parseStatus(s.wire.status)
	if !ok || positive || s.wire.await {
		return s.fail(fmt.Errorf("sign-in of %s: %w", user, err))
	}
	return s.refusedSignIn(s.conn.Hide(text), seen)
}

// sendable reports what USER, PASS and APOP cannot carry.
func sendable(user, password string) error {
	for _, arg := range []string{user, password} {
		if arg == "" || len(arg) > maxCommand-8 || strings.ContainsAny(arg, "\r\n\x00") {
			return &Error{permanent: true, signIn: true,
				text: "user or password is empty, too long, or holds a line end or a NUL, which POP3 cannot carry"}
		}
	}
	return nil
}

// answer makes of a go-pop3 error, which is a bare text, what it stands for: a
// refusal if the status line was -ERR, else a session that is broken.
func (s *Source) answer(at stage, what string, err error) error {
	if text, positive, ok := parseStatus(s.wire.status); ok && !positive && !s.wire.await {
		return refusal(at, what, s.conn.Hide(text))
	}
	return s.fail(fmt.Errorf("%s: %w", what, err))
}

// capabilities are what CAPA lists: names in upper case, with their arguments.
type capabilities map[string]string

func (c capabilities) has(name string) bool { _, ok := c[name]; return ok }

// askCapabilities asks after the sign-in, when the list is the true one. A
// server without CAPA has none.
func (s *Source) askCapabilities() error {
	reply, err := s.pop.Cmd("CAPA", true)
	if err != nil {
		err = s.answer(atCommand, "CAPA", err)
		var no *Error
		if s.broken == nil && errors.As(err, &no) {
			return nil
		}
		return err
	}
	s.caps = capabilities{}
	for line := range strings.Lines(reply.String()) {
		name, args, _ := strings.Cut(strings.TrimSpace(line), " ")
		s.caps[strings.ToUpper(name)] = args
	}
	s.noTop = !s.caps.has("TOP")
	return nil
}
