package imapconn

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/sasl"
)

// longestInitial is how much may go along with AUTHENTICATE, in bytes of base64:
// the tokens of large providers have some thousand.
const longestInitial = 16 << 10

// ownCommand is IMAP's own way to sign in, RFC 3501 section 6.2.3.
const ownCommand = "LOGIN"

// signIn gets in by the strongest way that server and user share, see package
// sasl; then, for an admin who wants it so, it becomes the user.
func (c *Conn) signIn(ctx context.Context) error {
	c.told = false
	c.in.hush = true
	defer func() { c.in.hush = false }()
	login := sasl.For(c.conn, ownCommand)
	if err := sasl.SignIn(ctx, login, c.offers(), &authenticate{c: c}); err != nil {
		return err
	}
	if a := c.conn.Access(); a.Admin.Way == dial.ProxyAuth {
		if err := c.signedIn(c.Wait(c.Queue("PROXYAUTH ", Name(a.User)))); err != nil {
			return fmt.Errorf("becoming %s: %w", a.User, err)
		}
	}
	return nil
}

// offers is what the server lets us do.
func (c *Conn) offers() sasl.Offer {
	o := sasl.Offer{Command: !c.Caps.Has("LOGINDISABLED")}
	if c.Caps.Has("SASL-IR") {
		o.Initial = longestInitial
	}
	for name := range c.Caps {
		if mechanism, ok := strings.CutPrefix(name, "AUTH="); ok {
			o.Mechanisms = append(o.Mechanisms, mechanism)
		}
	}
	slices.Sort(o.Mechanisms) // people read them
	return o
}

// signedIn marks a refusal as one of the sign-in. It looks at this session's own
// errors only: one that cut it off, because the run ends, may wrap a refusal of
// another session.
func (c *Conn) signedIn(err error) error {
	e, own := err.(*Error)
	if !own {
		return err
	}
	e.SignIn = true
	told := fmt.Errorf("%s refused the sign-in: %w", c.host(), e)
	if Refusal(e) == nil {
		return told
	}
	return &sasl.Refused{Err: told, Unknown: e.Type == "BAD"}
}

// authenticate is AUTHENTICATE and LOGIN, RFC 3501 sections 6.2.2 and 6.2.3, as
// a [sasl.Wire].
type authenticate struct {
	c *Conn
	p *Pending
}

// Begin sends AUTHENTICATE.
func (a *authenticate) Begin(mechanism, initial string) error {
	a.p = &Pending{}
	if err := a.c.Start(a.p, []byte("AUTHENTICATE "+mechanism)); err != nil {
		return err
	}
	if initial != "" {
		a.c.put([]byte(" "))
	}
	return a.Answer(initial)
}

// Answer sends a line, none of which may be told.
func (a *authenticate) Answer(line string) error {
	a.c.mute = true
	a.c.put([]byte(line))
	a.c.mu.Lock()
	a.p.asks = true
	a.c.mu.Unlock()
	return a.c.End()
}

// Challenge reads "+ ..." or the tagged reply.
func (a *authenticate) Challenge() (text string, more bool, err error) {
	more, err = a.c.awaitPlus()
	switch {
	case err != nil:
		return "", false, a.c.signedIn(err)
	case !more:
		return "", false, a.c.signedIn(a.p.Reply.Err())
	}
	line := bytes.TrimPrefix(a.c.in.line, []byte("+"))
	return string(bytes.TrimSpace(line)), true, nil
}

// Command is LOGIN. What a quoted string cannot hold goes as a literal, RFC 3501
// section 4.3.
func (a *authenticate) Command(user, password string) error {
	c, p := a.c, &Pending{}
	if err := c.Start(p, []byte("LOGIN ")); err != nil {
		return err
	}
	c.mute = true
	for i, s := range []string{user, password} {
		if i > 0 {
			c.put([]byte(" "))
		}
		if simple(s) {
			c.put(AppendQuoted(nil, s))
			continue
		}
		if _, ask := c.announce(int64(len(s))); ask {
			if wanted, err := c.awaitPlus(); err != nil || !wanted {
				return c.signedIn(errors.Join(err, p.Reply.Err()))
			}
		}
		c.put([]byte(s))
	}
	if err := c.End(); err != nil {
		return err
	}
	return c.signedIn(c.Wait(p))
}

// simple reports whether LOGIN can carry s without a literal that has to be
// waited for.
func simple(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// awaitPlus reads until the server has answered a question: the writing
// goroutine is the reading one here.
func (c *Conn) awaitPlus() (wanted bool, err error) {
	if err := c.Flush(); err != nil {
		return false, c.afterWrite(err)
	}
	for {
		if _, err := c.Receive(); err != nil {
			return false, err
		}
		select {
		case wanted = <-c.plus:
			return wanted, nil
		default:
		}
	}
}
