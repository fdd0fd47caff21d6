// Package sasl signs in (RFC 4422), over whatever protocol has an AUTHENTICATE or
// AUTH of its own: IMAP and POP3 both drive it.
//
//  1. A [Login] says who wants in and with what: a password, an OAuth2 token or
//     a certificate of the client's. [For] makes it of an opened connection.
//  2. An [Offer] says what the server can do, a [Wire] how it is said.
//  3. [SignIn] takes the strongest way that fits both: EXTERNAL, OAUTHBEARER,
//     XOAUTH2, SCRAM-SHA-512, -256 and -1 (bound to the TLS channel where the
//     server can), CRAM-MD5, then PLAIN, LOGIN or the protocol's own command.
//
// Ways that give the password away are taken over TLS only, or where the user has
// said in so many words that the wire need not be secure. A server that refuses
// a stronger way may not have the password in a form that it needs: it gets one
// more try, with PLAIN. A refused token is replaced by a fresh one once.
package sasl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Login is who wants in, and with what.
type Login struct {
	// Host is the server, for people; Account is the whole of it as mailhaul login
	// takes it.
	Host, Account string
	// User is whose name and password are shown, As whose mailbox is opened (the
	// authorization identity); "" is the user's own.
	User, As string
	// Password and Token are asked once a sign-in, when they are about to be
	// sent; a Login has one of them, or a certificate. stale is a token that the
	// server has just refused, "" at first.
	Password func(ctx context.Context) (string, error)
	Token    func(ctx context.Context, stale string) (string, error)
	// Certificate tells that the server knows us by our TLS certificate already.
	Certificate bool
	// Clear tells that the password may be sent as it is: the wire is secure, or
	// the user has said that it need not be.
	Clear bool
	// Bindings are those of the TLS channel, the best one first.
	Bindings []Binding
	// Only is the one mechanism that the user wants, "" for the strongest.
	Only string
	// Hide is told each secret before it leaves, so that no transcript shows it;
	// it may be nil. Mechanisms that send a digest of it need no more hiding than
	// the [Wire] does.
	Hide func(secret string)
	// Proven remembers the mechanism that let us in, for the sessions that
	// follow; nil forgets it.
	Proven Memory
	// Own is what the protocol's own command is called, for people.
	Own string
	// Took gets the way that let us in; nil for nobody.
	Took func(way string)
}

// In tells that way has let us in.
func (l Login) In(way string) {
	if l.Took != nil {
		l.Took(way)
	}
}

// Memory keeps one word, from any goroutine.
type Memory interface {
	Recall() string
	Keep(string)
}

// Offer is what the server can do.
type Offer struct {
	// Mechanisms are the names that it lists, in upper case.
	Mechanisms []string
	// Initial is how many bytes of an initial response, in base64, may go along
	// with the command: 0 if none (no SASL-IR, RFC 4959). A longer one waits until
	// the server asks for it, as Office 365 wants it for POP3.
	Initial int
	// Command tells that [Wire.Command] may be used.
	Command bool
}

// Has reports whether the server lists the mechanism.
func (o Offer) Has(name string) bool {
	for _, n := range o.Mechanisms {
		if n == name {
			return true
		}
	}
	return false
}

// Wire is how a protocol says it. What is sent here is secret, and so is what
// [Wire.Challenge] answers: neither may get into a transcript.
type Wire interface {
	// Begin sends the command with the mechanism, and with the initial response
	// if that is not "": base64 or "=".
	Begin(mechanism, initial string) error
	// Challenge reads what the server says next: base64 with more true, or with
	// more false that the sign-in is over: err is nil if it let us in. An error
	// that is a [Refused] leaves the session in order; others end it.
	Challenge() (text string, more bool, err error)
	// Answer sends one line: base64, or "*" to call the sign-in off.
	Answer(line string) error
	// Command is the protocol's own way to send user and password: LOGIN of
	// IMAP, USER and PASS of POP3.
	Command(user, password string) error
}

// Refused wraps the server's no to a sign-in, after which it may be tried again.
type Refused struct {
	Err error
	// Unknown tells that the server did not know the command or mechanism: it has
	// not looked at the password.
	Unknown bool
}

func (e *Refused) Error() string { return e.Err.Error() }

// Unwrap gives the server's own error.
func (e *Refused) Unwrap() error { return e.Err }

// Error is a sign-in that cannot be, or that we called off.
type Error struct {
	Text, Advice string
	Err          error
}

func (e *Error) Error() string { return e.Text }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint is what the user can do.
func (e *Error) Hint() string { return e.Advice }

// Permanent reports true: the next try would end the same way.
func (e *Error) Permanent() bool { return true }

// SignInRefused reports true.
func (e *Error) SignInRefused() bool { return true }

// Fits reports why there is no way in, before anybody was asked for a secret; nil if
// there is one.
func Fits(l Login, o Offer) error {
	if len(choose(l, o, "")) == 0 {
		return nothingFits(l, o)
	}
	return nil
}

// SignIn signs in, or answers why not: the server's own error without the
// [Refused] around it, an [Error], or what Password or Token answered.
func SignIn(ctx context.Context, l Login, o Offer, w Wire) error {
	if err := Fits(l, o); err != nil {
		return err
	}
	s := &signIn{login: l, offer: o, wire: w}
	err := s.getSecret(ctx, "")
	if err != nil {
		return err
	}
	ways := choose(l, o, s.secret)
	for i := 0; i < len(ways); {
		err = s.try(ways[i])
		var no *Refused
		switch {
		case err == nil:
			if l.Proven != nil {
				l.Proven.Keep(ways[i].name)
			}
			l.In(cmp.Or(ways[i].name, l.Own))
			return nil
		case !errors.As(err, &no):
			s.brokeOff(ways, i)
			return err
		}
		if l.Token != nil && !s.renewed && !no.Unknown {
			s.renewed = true
			if again := s.getSecret(ctx, s.secret); again == nil {
				continue // the same way with a fresh token
			} else if !errors.Is(again, errSameToken) {
				return again
			}
		}
		i = next(ways, i, no)
		err = no.Err
	}
	if l.Token == nil && o.tokensOnly() {
		return &Error{Text: err.Error(), Advice: withBrowser(l), Err: err}
	}
	return err
}

// tokensOnly reports that a server lists ways to sign in with OAuth2 and no other.
// Its own command may be there and refuse everybody.
func (o Offer) tokensOnly() bool {
	return len(o.Mechanisms) > 0 && !slices.ContainsFunc(o.Mechanisms, func(name string) bool {
		return name != "XOAUTH2" && name != "OAUTHBEARER"
	})
}

// withBrowser is what to do where no password is taken.
func withBrowser(l Login) string {
	return "sign in once with the browser: mailhaul login " + l.Account + "; then run the same command again. All about it: mailhaul help oauth"
}

// brokeOff remembers for the next session that the server hung up on a challenge:
// some do that with whom they refuse. A bound way is never given up for a weaker one.
func (s *signIn) brokeOff(ways []way, i int) {
	if s.login.Proven == nil || ways[i].family != challenge {
		return
	}
	for _, w := range ways[i:] {
		if w.family == plain {
			s.login.Proven.Keep(w.name)
			return
		}
	}
}

// signIn is one under way.
type signIn struct {
	login   Login
	offer   Offer
	wire    Wire
	secret  string
	renewed bool // the token was replaced
}

var errSameToken = errors.New("there is no other token")

// getSecret asks for password or token, and has it hidden.
func (s *signIn) getSecret(ctx context.Context, stale string) (err error) {
	l := s.login
	what := "password"
	switch {
	case l.Token != nil:
		what = "access token"
		s.secret, err = l.Token(ctx, stale)
		if err == nil && stale != "" && s.secret == stale {
			return errSameToken
		}
	case l.Password != nil:
		s.secret, err = l.Password(ctx)
	}
	if err != nil {
		return fmt.Errorf("getting the %s: %w", what, err)
	}
	s.hide(s.secret)
	if strings.ContainsAny(l.User+l.As+s.secret, "\x00\r\n") {
		return &Error{Text: "user name or " + what + " hold a line break or NUL"}
	}
	return nil
}

func (s *signIn) hide(secret string) {
	if s.login.Hide != nil && secret != "" {
		s.login.Hide(secret)
	}
}

// nothingFits says why there is no way.
func nothingFits(l Login, o Offer) error {
	offers := "it offers no way to sign in"
	if len(o.Mechanisms) > 0 {
		offers = "it offers AUTH=" + strings.Join(o.Mechanisms, " AUTH=")
	}
	e := &Error{
		Text:   l.Host + " takes no password over this connection (" + offers + ")",
		Advice: "if it is secured by TLS already, this server wants another way to sign in than a password",
	}
	switch {
	case l.Only != "":
		e.Text = fmt.Sprintf("%s cannot be signed in to by %s (%s)", l.Host, l.Only, offers)
		e.Advice = "choose another mechanism, or none: the strongest one is taken then"
	case l.Token != nil:
		e.Text = l.Host + " takes no OAuth2 token here (" + offers + ")"
		e.Advice = "use a password, or an app password, for this server"
	case l.Certificate && l.Password == nil:
		e.Text = l.Host + " does not let anybody in by a certificate (" + offers + ")"
		e.Advice = "the server has to offer AUTH=EXTERNAL for that"
	case l.As != "" && (o.Command || len(o.Mechanisms) > 0):
		e.Text = fmt.Sprintf("%s has no way to sign in for somebody else that we share (%s)", l.Host, offers)
		e.Advice = "AUTH=PLAIN would do; Dovecot knows master:ADMIN, some servers proxyauth:ADMIN"
	case o.Has("XOAUTH2") || o.Has("OAUTHBEARER"):
		e.Text = l.Host + " takes no password, only OAuth2 (" + offers + ")"
		e.Advice = withBrowser(l)
	}
	return e
}
