package imapconn

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
)

// signIn sends user and password in the way that suits server and password:
// AUTHENTICATE PLAIN in one go, LOGIN, or AUTHENTICATE PLAIN in two.
func (c *Conn) signIn(ctx context.Context) error {
	a := c.conn.Access()
	plain, login := c.Caps.Has("AUTH=PLAIN"), !c.Caps.Has("LOGINDISABLED")
	if !plain && !login {
		return &refusal{
			text: c.host() + " takes no password over this connection (" + c.methods() + ")", signIn: true,
			hint: "if it is secured by TLS already, this server wants another way to sign in than a password",
		}
	}
	password := ""
	if a.Password != nil {
		var err error
		if password, err = a.Password(ctx); err != nil {
			return fmt.Errorf("getting the password: %w", err)
		}
	}
	if strings.ContainsAny(a.User+password, "\x00\r\n") {
		return &refusal{text: "user name or password hold a line break or NUL", signIn: true}
	}
	c.told = false
	c.conn.Secret(password)
	c.in.hush = true
	defer func() { c.in.hush = false }()
	var p *Pending
	var err error
	if plain && (c.Caps.Has("SASL-IR") || !login || !simple(a.User+password)) {
		p, err = c.authenticatePlain(a.User, password)
	} else {
		p, err = c.login(a.User, password)
	}
	if err != nil {
		return err
	}
	return c.signedIn(c.Wait(p))
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
	return fmt.Errorf("%s refused the sign-in: %w", c.host(), e)
}

// methods names what the server offers for signing in.
func (c *Conn) methods() string {
	var names []string
	for name := range c.Caps {
		if strings.HasPrefix(name, "AUTH=") {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "it offers no way to sign in"
	}
	return "it offers " + strings.Join(names, " ")
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

// authenticatePlain is RFC 4616, with the response in the command where the
// server knows that (SASL-IR, RFC 4959).
func (c *Conn) authenticatePlain(user, password string) (*Pending, error) {
	secret := base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password))
	c.conn.Secret(secret)
	p := &Pending{}
	if err := c.Start(p, []byte("AUTHENTICATE PLAIN")); err != nil {
		return nil, err
	}
	if c.Caps.Has("SASL-IR") {
		c.put([]byte(" "))
		c.mute = true
		c.put([]byte(secret))
		return p, c.End()
	}
	c.mu.Lock()
	p.asks = true
	c.mu.Unlock()
	if err := c.End(); err != nil {
		return nil, err
	}
	wanted, err := c.awaitPlus()
	if err != nil || !wanted {
		return p, err
	}
	c.mute = true
	c.put([]byte(secret))
	return p, c.End()
}

// login is the LOGIN command. What a quoted string cannot hold goes as a
// literal, RFC 3501 section 4.3.
func (c *Conn) login(user, password string) (*Pending, error) {
	p := &Pending{}
	if err := c.Start(p, []byte("LOGIN ")); err != nil {
		return nil, err
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
				return p, err
			}
		}
		c.put([]byte(s))
	}
	return p, c.End()
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
