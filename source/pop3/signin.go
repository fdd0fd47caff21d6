package pop3

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mailhaul/mailhaul/internal/dial"
)

// signIn gives user and password. The wire is secure by now, or the user has
// said that it need not be.
func (s *Source) signIn(ctx context.Context, a dial.Access) error {
	if a.Password == nil {
		return &Error{permanent: true, signIn: true, text: "there is no password for " + a.User}
	}
	password, err := a.Password(ctx)
	if err != nil {
		return fmt.Errorf("password for %s: %w", a.User, err)
	}
	for _, arg := range []string{a.User, password} {
		if arg == "" || len(arg) > maxCommand-8 || strings.ContainsAny(arg, "\r\n\x00") {
			return &Error{permanent: true, signIn: true,
				text: "user or password is empty, too long, or holds a line end or a NUL, which POP3 cannot carry"}
		}
	}
	s.conn.Secret(password)
	if err := s.pop.User(a.User); err != nil {
		return s.answer(atSignIn, "sign-in of "+a.User, err)
	}
	if err := s.pop.Pass(password); err != nil {
		return s.answer(atSignIn, "sign-in of "+a.User, err)
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
