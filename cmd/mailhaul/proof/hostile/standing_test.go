package hostile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/dest"
	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/source"
	"github.com/mailhaul/mailhaul/transfer"
)

// patience is how long nothing may move in these rows; it is minutes in life.
const patience = 200 * time.Millisecond

// standing are servers that stand still, or drip.
func standing() []attack {
	a := func(int) string { return "a" }
	quiet := func(p *peer, _, _ string) { p.silence() }
	dripping := func(head string, text func(int) string) func(*peer, string, string) {
		return func(p *peer, tag, _ string) {
			p.send(withTag(head, tag))
			p.drip(text)
		}
	}
	rows := []attack{
		{name: "no greeting", on: imapSource, play: play{atGreeting: quiet}},
		{name: "a dripping greeting", on: imapSource, play: play{atGreeting: dripping("* OK ", a)}},
		{name: "no answer", on: imapSource, play: play{"LIST": quiet}},
		{name: "a dripping line", on: imapSource, play: play{"LIST": dripping("* LIST ", a)}},
		{name: "a dripping string", on: imapSource, play: play{"LIST": dripping("* LIST () \"/\" {1000}\r\n", a)}},
		{name: "a dripping body", on: imapSource, play: play{"UID FETCH": bodyOnly(dripping("* 1 FETCH (UID 1 BODY[] {1000000}\r\n", a))}},
		{name: "a body that stands still", on: imapSource, play: play{"UID FETCH": bodyOnly(dripping("* 1 FETCH (UID 1 BODY[] {1000000}\r\nabc", func(int) string { return "" }))}},
		{name: "OK for ever", on: imapSource, play: play{"LIST": dripping("", func(int) string { return "* OK Hang in there..\r\n" })}},
		{name: "no leave to sign in", on: imapSource, caps: allCaps + " AUTH=PLAIN LOGINDISABLED", play: play{"AUTHENTICATE": quiet}},
		{name: "challenges for ever", on: imapSource, caps: allCaps + " AUTH=PLAIN LOGINDISABLED", play: play{"AUTHENTICATE": dripping("", func(int) string { return "+ bW9yZQ==\r\n" })}},
		{name: "no leave for a letter", on: imapDest, caps: "IMAP4rev1", play: play{atLiteral: quiet}},
		{name: "no answer to a letter", on: imapDest, play: play{"APPEND": quiet}},
		{name: "a dripping answer to a letter", on: imapDest, play: play{"APPEND": dripping("$ OK ", a)}},
		{name: "a handshake that never begins", on: imapSource, security: startTLS, play: play{"STARTTLS": func(p *peer, tag, _ string) { p.ok(tag); p.silence() }}},
		{name: "a dripping handshake", on: imapSource, security: startTLS, play: play{"STARTTLS": dripping("$ OK\r\n", func(i int) string {
			return string("\x16\x03\x03\x40\x00"[min(i, 4)])
		})}},

		{name: "no greeting", on: pop3Source, play: play{atGreeting: quiet}},
		{name: "a dripping greeting", on: pop3Source, play: play{atGreeting: dripping("+OK ", a)}},
		{name: "a dripping sign-in", on: pop3Source, play: play{"PASS": dripping("+OK ", a)}},
		{name: "a dripping UIDL", on: pop3Source, play: play{"UIDL": dripping("+OK\r\n1 ", a)}},
		{name: "a dripping text", on: pop3Source, play: play{"RETR": dripping("+OK\r\n", func(int) string { return "\r\n" })}},
		{name: "a text that stands still", on: pop3Source, play: play{"RETR": dripping("+OK\r\nabc", func(int) string { return "" })}},
		{name: "no answer to RETR", on: pop3Source, play: play{"RETR": quiet}},
	}
	for i := range rows {
		rows[i].stands = true
	}
	return rows
}

// stand talks to the server with little patience, and wants an error soon.
func stand(t *testing.T, a attack) {
	mail := twoMessages
	if a.on == imapDest {
		mail = nil
	}
	s := start(t, a, mail)
	host, port, _ := net.SplitHostPort(s.addr)
	number, _ := strconv.Atoi(port)
	access := dial.Access{
		Endpoint: dial.Endpoint{Scheme: strings.Fields(strings.ToLower(a.on.String()))[0], User: "anna", Host: host, Port: number, TLS: dial.None},
		Password: func(context.Context) (string, error) { return secret, nil },
		CAs:      mailtest.CA().Pool(), Timeout: patience,
	}
	if a.security == startTLS {
		access.TLS = dial.StartTLS
	}
	ctx, cancel := context.WithTimeout(t.Context(), endurance)
	defer cancel()
	began := time.Now()
	err := drive(ctx, a.on, access)
	t.Logf("ended in %v: %v", time.Since(began).Round(time.Millisecond), err)
	switch {
	case err == nil:
		t.Error("got no error, want one")
	case ctx.Err() != nil:
		t.Errorf("got no end within %v", endurance)
	case a.security != clearText && leaked(string(s.clear)) != "":
		t.Errorf("got the password without TLS")
	}
}

// drive does with a server what a copy does.
func drive(ctx context.Context, on victim, a dial.Access) error {
	if on == imapDest {
		return append1(ctx, a)
	}
	from, err := source.Open(a)
	if err != nil {
		return err
	}
	s, err := from.Open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	folders, err := s.Folders(ctx)
	for _, f := range folders {
		var ms []transfer.Message
		for m, err := range s.List(ctx, f, "") {
			if err != nil {
				return err
			}
			ms = append(ms, m)
		}
		for got, err := range s.Fetch(ctx, f, ms) {
			if err := errors.Join(err, got.Err); err != nil {
				return err
			}
			if _, err := io.Copy(io.Discard, got.Body); err != nil {
				return fmt.Errorf("reading a message: %w", err)
			}
		}
	}
	return err
}

// append1 sends one letter to INBOX.
func append1(ctx context.Context, a dial.Access) error {
	to, err := dest.Open(a)
	if err != nil {
		return err
	}
	d, err := to.Open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	inbox := transfer.Folder{Path: []string{"INBOX"}}
	if _, err := d.Open(ctx, inbox); err != nil {
		return err
	}
	letter := &transfer.Letter{Message: transfer.Message{Size: int64(len(twoMessages[0]))}, Body: strings.NewReader(twoMessages[0])}
	for r, err := range d.Append(ctx, inbox, func(yield func([]*transfer.Letter) bool) { yield([]*transfer.Letter{letter}) }) {
		if err := errors.Join(err, r.Err); err != nil {
			return err
		}
	}
	return nil
}
