package imapconn

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/sasl"
)

// Open connects and signs in. ctx covers Open only. What it refuses by itself
// carries `Permanent() bool`: STARTTLS asked for and not offered, a server that
// wants no password over this connection.
func Open(ctx context.Context, a dial.Access) (*Conn, error) {
	c, err := Connect(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := c.SignIn(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// Connect is the first half of [Open]: the connection is secure and the server
// has told how to get in. It knows nothing of the user yet. The caller signs in or
// closes.
func Connect(ctx context.Context, a dial.Access) (*Conn, error) {
	conn, err := dial.Open(ctx, a)
	if err != nil {
		return nil, err
	}
	c := newConn(conn)
	// Tags begin anywhere, so that nobody can answer before he was asked: what
	// came in early would count for what was never done.
	c.tags = rand.Uint32N(1 << 30)
	if err := c.Within(ctx, func() error { return c.begin(ctx) }); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// SignIn is the second half of [Open]. After an error the connection is closed.
func (c *Conn) SignIn(ctx context.Context) error {
	if err := c.Within(ctx, func() error { return c.enter(ctx) }); err != nil {
		c.Close()
		return err
	}
	return nil
}

// Reach connects as [Open] does and hangs up, before any secret is needed. It tells
// why nobody would get in: also that the server has no way for what a holds.
func Reach(ctx context.Context, a dial.Access) error {
	c, err := Connect(ctx, a)
	if err != nil {
		return err
	}
	defer c.Close()
	if c.inside {
		return nil
	}
	return sasl.Fits(sasl.For(c.conn, ownCommand), c.offers())
}

// Door is a connection from [Connect], by which somebody may enter as an S.
type Door[S any] struct {
	conn *Conn
	made func(*Conn) S
	took time.Duration
}

// Knock connects; made makes what the connection becomes after the sign-in.
func Knock[S any](ctx context.Context, a dial.Access, made func(*Conn) S) (*Door[S], error) {
	began := time.Now()
	conn, err := Connect(ctx, a)
	if err != nil {
		return nil, err
	}
	return &Door[S]{conn, made, time.Since(began)}, nil
}

// Enter signs in. After an error the connection is closed.
func (d *Door[S]) Enter(ctx context.Context) (s S, err error) {
	if err := d.conn.SignIn(ctx); err != nil {
		return s, err
	}
	return d.made(d.conn), nil
}

// Took is how long connecting took, with the server's first words.
func (d *Door[S]) Took() time.Duration { return d.took }

// Close ends a connection by which nobody enters.
func (d *Door[S]) Close() error { return d.conn.Close() }

func newConn(conn *dial.Conn) *Conn {
	c := &Conn{conn: conn, plus: make(chan bool, 1), dead: make(chan struct{}), Caps: Caps{}}
	c.in.conn = conn
	return c
}

// begin is all from the greeting up to the sign-in.
func (c *Conn) begin(ctx context.Context) (err error) {
	if c.inside, err = c.greet(); err != nil {
		return err
	}
	if c.conn.Access().TLS == dial.StartTLS {
		if c.inside {
			return &refusal{text: fmt.Sprintf("%s has signed us in before TLS, which the endpoint demands: somebody on the way may have done that",
				c.host())}
		}
		if err := c.startTLS(ctx); err != nil {
			return err
		}
	}
	return c.askCaps()
}

// enter is the sign-in and what follows from it.
func (c *Conn) enter(ctx context.Context) error {
	if !c.inside {
		if err := c.signIn(ctx); err != nil {
			return err
		}
		if err := c.askCaps(); err != nil {
			return err
		}
	}
	if c.Caps.Has("UTF8=ONLY") {
		return &refusal{text: c.host() + " speaks only UTF-8 mail (UTF8=ONLY), which would change messages on the way"}
	}
	if c.Caps.Has("IMAP4REV2") {
		return &refusal{text: c.host() + " speaks only IMAP4rev2, whose folder names mailhaul does not know yet"}
	}
	c.kept = true
	if c.Caps.Has("ID") {
		c.Queue(`ID ("name" "mailhaul")`) // travels with the next command
	}
	return c.compress()
}

// compress has the connection compressed where that is wanted and offered
// (RFC 4978). A server that will not do it after all leaves it as it is.
func (c *Conn) compress() error {
	if !c.Caps.Has("COMPRESS=DEFLATE") || !c.conn.WantsDeflate() {
		return nil
	}
	switch err := c.Wait(c.Queue("COMPRESS DEFLATE")); {
	case Refusal(err) != nil:
		return nil
	case err != nil:
		return fmt.Errorf("asking for compression: %w", err)
	}
	return c.conn.Deflate()
}

func (c *Conn) host() string { return c.conn.Access().Host }

// greet reads the greeting; inside tells that it was PREAUTH.
func (c *Conn) greet() (inside bool, err error) {
	r := &c.in
	if err := r.begin(); err != nil {
		return false, c.fail(err)
	}
	kind := ""
	if r.eat('*') {
		kind = statusType(r.keyword())
	}
	if kind == "" {
		return false, c.noIMAP(string(r.line))
	}
	rep := c.status(kind)
	if err := c.note(rep); err != nil {
		return false, c.fail(err)
	}
	switch kind {
	case "OK", "PREAUTH":
		return kind == "PREAUTH", nil
	}
	return false, &Error{Reply: rep}
}

// noIMAP is the error for a greeting of another kind of server.
func (c *Conn) noIMAP(greeting string) error {
	e := c.conn.Access().Endpoint
	no := &refusal{text: c.host() + " does not speak IMAP here", elsewhere: true, hint: "try " + e.Usual("imap")}
	switch {
	case strings.HasPrefix(greeting, "+OK"):
		no.text, no.hint = no.text+" but POP3", "try "+e.Instead("pop3")
	case strings.HasPrefix(greeting, "220"):
		no.text = no.text + ": this port is for sending mail"
	}
	return no
}

// encrypted names what to try where STARTTLS cannot be had.
func (c *Conn) encrypted() string {
	safe := c.conn.Access().Endpoint.Over("imaps")
	return fmt.Sprintf("try %s, which is encrypted from the start (port %d)", safe, safe.Port)
}

// startTLS upgrades the connection. What was said before it is forgotten,
// RFC 9051 section 6.2.1.
func (c *Conn) startTLS(ctx context.Context) error {
	if err := c.askCaps(); err != nil {
		return err
	}
	if !c.Caps.Has("STARTTLS") {
		return &refusal{
			text: c.host() + " does not offer to encrypt (STARTTLS), and without that the password could be read on the way",
			hint: c.encrypted(),
		}
	}
	p := c.Queue("STARTTLS")
	if err := c.Wait(p); err != nil {
		return c.noTLS(err)
	}
	c.Caps, c.told, c.said = Caps{}, false, nil
	return c.conn.StartTLS(ctx)
}

// noTLS is the error for a server that has offered STARTTLS and then says no.
// That is final: nobody may talk us out of it.
func (c *Conn) noTLS(err error) error {
	if no := Refusal(err); no != nil {
		return &refusal{
			text: fmt.Sprintf("%s offers to encrypt (STARTTLS) and then refuses it: %v; without that the password could be read on the way", c.host(), no),
			hint: c.encrypted(),
			err:  err,
		}
	}
	return fmt.Errorf("asking for TLS: %w", err)
}

// askCaps asks for the capabilities unless they were told.
func (c *Conn) askCaps() error {
	if c.told {
		return nil
	}
	if err := c.Wait(c.Queue("CAPABILITY")); err != nil {
		return fmt.Errorf("asking for capabilities: %w", err)
	}
	return nil
}
