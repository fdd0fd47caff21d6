package main

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/provider"
	"github.com/mailhaul/mailhaul/internal/sasl"
)

// What can be done where a server does not let us in.
const (
	doAgain    = "Try again"
	doPassword = "Type the password again"
	doFile     = "I have the certificate (a file from the provider)"
	doPin      = "Trust the key the server showed"
	doUser     = "Take another user name"
	doAddress  = "Take another address"
	doGiveUp   = "Give up"
)

// arrive connects, as often as it takes: no password is asked for before the server
// was reached and secured.
func (z *wizard) arrive(ctx context.Context, s *setupSide, role string) error {
	if !s.network() {
		return nil
	}
	z.say("Connecting to %s ...", hostPort(s.Endpoint))
	for {
		s.alone = true
		err := guest{&s.side, role, 1}.reach(ctx)
		switch {
		case err == nil, z.browserHelps(s, err):
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
		if err := z.refused(ctx, s, err); err != nil {
			return err
		}
	}
}

// browserHelps reports that a server takes no password, and that none is needed.
func (z *wizard) browserHelps(s *setupSide, err error) bool {
	var none *sasl.Error
	if !errors.As(err, &none) {
		return false
	}
	_, kept, _ := z.world.keptGrant(s.Endpoint)
	return kept || s.provider.Takes(provider.OAuth2)
}

// untrusted is the certificate that was not accepted, if the user can have it
// accepted; nil for all other errors, a key that is not the pinned one among them.
func untrusted(err error) *dial.Error {
	var e *dial.Error
	if errors.As(err, &e) && e.Shown != nil {
		return e
	}
	return nil
}

// ways are the answers to an error, the first is what Enter alone means.
func (s *setupSide) ways(why error, code int) []string {
	switch e := untrusted(why); {
	case e != nil && e.Unvouched:
		return []string{doFile, doPin, doAgain, doAddress, doGiveUp}
	case e != nil:
		return []string{doAgain, doPin, doAddress, doGiveUp}
	case !s.network():
	case code == exitSignIn && s.Token == nil:
		return []string{doPassword, doUser, doAddress, doGiveUp}
	case misplaced(why):
		return []string{doAddress, doAgain, doUser, doGiveUp}
	default:
		return []string{doAgain, doUser, doAddress, doGiveUp}
	}
	return []string{doAgain, doAddress, doGiveUp}
}

// misplaced reports that another address is what helps: there is no such host, or none
// that speaks the protocol on this port.
func misplaced(why error) bool {
	var e *dial.Error
	if errors.As(why, &e) {
		return e.Kind == dial.UnknownHost || e.Kind == dial.Refused || e.Kind == dial.NoTLS
	}
	var other interface{ Elsewhere() bool }
	return errors.As(why, &other) && other.Elsewhere()
}

// takeFile has a file vouch for the server, if it does.
func (z *wizard) takeFile(ctx context.Context, s *setupSide) error {
	said, err := z.text(ctx, "Which file?", "A .crt, .pem or .cer file that your provider or administrator gave you", z.given, anything)
	if err != nil {
		return err
	}
	path, err := filePath(said)
	if err != nil {
		z.say("That did not work: %v", err)
		return nil
	}
	certs, err := readCertificates(path)
	if err != nil {
		z.say("That did not work: %v", err)
		if hint := hintOf(err); hint != "" {
			z.say("-> %s", hint)
		}
		return nil
	}
	trial := s.side
	if trial.CAs, err = readAuthorities(path); err == nil {
		err = guest{&trial, roleSource, 1}.reach(ctx)
	}
	if e := untrusted(err); e != nil {
		z.say("That file does not help: it holds %s, and %s", holding(certs), e.Text)
		if e.Unvouched {
			z.say("-> ask for the certificate of the authority that signs for %s; it is called %q", s.Host, e.Shown.Issuer)
		}
		return nil
	}
	s.CAs, s.account.CAFile, z.given = trial.CAs, path, said
	var none *sasl.Error
	if err == nil || errors.As(err, &none) {
		z.say("The file vouches for %s.", s.Host)
	}
	return nil // any other error comes again, and is told then
}

// holding names the certificates of a file.
func holding(certs []*x509.Certificate) string {
	text := fmt.Sprintf("the certificate of %q", certs[0].Subject)
	if more := len(certs) - 1; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// filePath is a path as it is typed or dropped at a terminal, made absolute.
func filePath(text string) (string, error) {
	text = strings.Trim(text, `'"`)
	if rest, ok := strings.CutPrefix(text, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		text = filepath.Join(home, rest)
	}
	return filepath.Abs(text)
}

// takeKey has the key that the server showed be the one to trust, if the user has
// compared it.
func (z *wizard) takeKey(ctx context.Context, s *setupSide, shown *x509.Certificate) error {
	pin, print := dial.PinOf(shown).String(), colons(sha256.Sum256(shown.Raw))
	half := len(print)/2 + 1 // a whole one is wider than many terminals
	z.say(`%s shows this certificate:
  for %s
  issued by %s, valid from %s to %s
  fingerprint of its key: %s
  fingerprint of the certificate (SHA-256):
    %s
    %s
Compare one of the two with what your provider or administrator tells you by another
way: by telephone, on paper, on its web page. If it differs, somebody may sit between
you and the server, who would get your password and read your mail.
If it is the same, mailhaul will take this key alone for %[1]s, whatever else its
certificate says. When the server gets another key, mailhaul will not let it in until
you change the pin in the config.`,
		s.Host, dial.NamesOf(shown), issuer(shown.Issuer.CommonName, shown.Issuer.Organization),
		shown.NotBefore.UTC().Format(time.DateOnly), shown.NotAfter.UTC().Format(time.DateOnly), pin, print[:half], print[half:])
	if err := z.forget(); err != nil {
		return err
	}
	same, err := z.yes(ctx, "Have you compared it, and is it the same?", false)
	if err == nil && same {
		s.Pin, s.account.Pin = pin, pin
	}
	return err
}

// colons is a fingerprint as browsers and openssl write it.
func colons(sum [sha256.Size]byte) string {
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}
