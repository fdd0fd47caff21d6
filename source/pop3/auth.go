package pop3

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/sasl"
)

// longestAuth is how long an AUTH command with its initial response may be, RFC 5034
// section 4: what is longer waits until the server asks. Office 365 wants it so.
const longestAuth = 255

// wantsAuth reports whether USER and PASS cannot do what the user wants.
func wantsAuth(a dial.Access, l sasl.Login) bool {
	return l.Token != nil || l.Certificate || l.As != "" || l.Only != "" && !strings.EqualFold(l.Only, "LOGIN")
}

// authenticate signs in by AUTH (RFC 5034), or by APOP if that is all the server
// has. first is why USER and PASS did not do, nil if they were not tried.
func (s *Source) authenticate(ctx context.Context, l sasl.Login, first error) error {
	if err := s.askCapabilities(); err != nil {
		return err
	}
	o := sasl.Offer{Mechanisms: strings.Fields(strings.ToUpper(s.caps["SASL"])), Initial: longestAuth - len("AUTH SCRAM-SHA-512-PLUS  ")}
	o.Command = first == nil && (s.caps == nil || s.caps.has("USER"))
	stamp := timestamp(s.greeting)
	switch {
	case len(o.Mechanisms) == 0 && stamp != "" && l.Password != nil && l.As == "" && l.Only == "":
		return s.apop(ctx, l, stamp)
	case len(o.Mechanisms) == 0 && first != nil:
		return first
	}
	err := sasl.SignIn(ctx, l, o, &auth{s})
	var cannot *sasl.Error
	if errors.As(err, &cannot) && first != nil {
		return first
	}
	return err
}

// timestamp is that of a greeting, RFC 1939 section 7, APOP; "" if it has none.
func timestamp(greeting string) string {
	from := strings.IndexByte(greeting, '<')
	if from < 0 {
		return ""
	}
	length := strings.IndexByte(greeting[from:], '>')
	if length < 0 || !strings.Contains(greeting[from:from+length], "@") {
		return ""
	}
	return greeting[from : from+length+1]
}

// apop signs in with a digest of the password.
func (s *Source) apop(ctx context.Context, l sasl.Login, stamp string) error {
	password, err := l.Password(ctx)
	if err != nil {
		return fmt.Errorf("getting the password: %w", err)
	}
	if err := sendable(l.User, password); err != nil {
		return err
	}
	s.conn.Secret(password)
	sum := md5.Sum([]byte(stamp + password))
	a := auth{s}
	if err := a.send("APOP "+l.User+" "+hex.EncodeToString(sum[:]), "APOP "+masked); err != nil {
		return err
	}
	if _, _, err = a.Challenge(); err == nil {
		l.In("APOP")
	}
	return unwrapped(err)
}

// unwrapped is the server's own error of a sign-in that was refused.
func unwrapped(err error) error {
	var no *sasl.Refused
	if errors.As(err, &no) {
		return no.Err
	}
	return err
}

// auth is AUTH of RFC 5034, as a [sasl.Wire]. What is said goes past go-pop3, whose
// buffer is empty between two commands.
type auth struct{ s *Source }

// send writes a line, and tells another.
func (a auth) send(line, told string) error {
	s := a.s
	if s.conn.R.Buffered() > 0 {
		return s.fail(&Error{permanent: true, text: "the server answers before it is asked"})
	}
	s.conn.TraceSent(told)
	if _, err := s.conn.W.WriteString(line + crlf); err != nil {
		return s.fail(err)
	}
	if err := s.conn.W.Flush(); err != nil {
		return s.fail(err)
	}
	return nil
}

// Begin sends AUTH.
func (a auth) Begin(mechanism, initial string) error {
	line, told := "AUTH "+mechanism, "AUTH "+mechanism
	if initial != "" {
		line, told = line+" "+initial, told+" "+masked
	}
	return a.send(line, told)
}

// Answer sends a line, which is not told.
func (a auth) Answer(line string) error { return a.send(line, masked) }

// Challenge reads "+ ..." or a status line.
func (a auth) Challenge() (text string, more bool, err error) {
	s := a.s
	line, err := s.conn.ReadLine(maxStatus)
	if err != nil {
		return "", false, s.fail(fmt.Errorf("signing in: %w", ended(err)))
	}
	if rest, ok := bytes.CutPrefix(line, []byte("+")); ok && (len(rest) == 0 || rest[0] == ' ') {
		s.conn.TraceHeard("+ " + masked)
		return string(bytes.TrimSpace(rest)), true, nil
	}
	s.conn.TraceHeard(tellStatus(line))
	words, positive, ok := parseStatus(line)
	switch {
	case !ok:
		return "", false, s.fail(outOfStep("AUTH", line))
	case positive:
		return "", false, nil
	}
	return "", false, s.refusedSignIn(s.conn.Hide(words), true)
}

// refusedSignIn is the server's no, after which another way may be tried: but not
// when it has seen the password, as far as its words tell, or wants us to stay away.
func (s *Source) refusedSignIn(words string, seen bool) error {
	no := refusal(atSignIn, "sign-in of "+s.conn.Access().User, words)
	if !no.permanent {
		return no
	}
	return &sasl.Refused{Err: no, Unknown: !seen || no.Code == "" && tellsUnknown(words)}
}

// tellsUnknown reads whether a server did not know a command or mechanism, or does
// not allow it: it has not looked at the password then.
func tellsUnknown(words string) bool {
	return tellsNotBuilt(words) || containsAny(strings.ToLower(words), "not allowed", "disallow", "disabled", "not available", "not permitted", "syntax")
}

// Command is USER and PASS.
func (a auth) Command(user, password string) error { return a.s.userPass(user, password) }
