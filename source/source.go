// Package source is the table of places that mail comes from. Each row is a
// folder below: imap, pop3, mbox, maildir. Nothing registers itself: to add a
// source, write its folder and add a row to [Open].
package source

import (
	"context"
	"fmt"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/source/imap"
	"github.com/mailhaul/mailhaul/source/maildir"
	"github.com/mailhaul/mailhaul/source/mbox"
	"github.com/mailhaul/mailhaul/source/pop3"
	"github.com/mailhaul/mailhaul/transfer"
)

// Access is an [Endpoint] with what is needed to get in.
type Access = dial.Access

// Endpoint is a place that holds mail.
type Endpoint = dial.Endpoint

// Parse reads an endpoint as users write it: imaps://user@host, imap://,
// pop3s://, pop3://, mbox:PATH, maildir:PATH.
func Parse(text string) (Endpoint, error) { return dial.ParseEndpoint(text) }

// Open answers the source at a, for [transfer.Job.Sources]. It connects to
// nothing: that is done when the flow asks for a session. An unknown scheme is
// an error.
func Open(a Access) (transfer.From, error) {
	from := transfer.From{Name: a.Endpoint.String()}
	switch a.Scheme {
	case "imaps", "imap":
		account := imap.NewAccount(a)
		from.Open = func(ctx context.Context) (transfer.Source, error) { return session(account.New(ctx)) }
		from.Knock = account.Knock
	case "pop3s", "pop3":
		from.Open = func(ctx context.Context) (transfer.Source, error) { return session(pop3.New(ctx, a)) }
		from.Sessions = 1 // a maildrop is locked by its session: RFC 1939, section 4
	case "mbox":
		from.Open = func(context.Context) (transfer.Source, error) { return session(mbox.New(a.Path)) }
	case "maildir":
		from.Open = func(context.Context) (transfer.Source, error) { return session(maildir.New(a.Path)) }
	default:
		return from, fmt.Errorf("no mail comes from %q: there are imaps, imap, pop3s, pop3, mbox and maildir", a.Scheme)
	}
	return from, nil
}

// Reach connects to the server at a, as far as it gets without signing in, and hangs
// up. Places without a server are within reach.
func Reach(ctx context.Context, a Access) error {
	switch a.Scheme {
	case "imaps", "imap":
		return imapconn.Reach(ctx, a)
	case "pop3s", "pop3":
		return pop3.Reach(ctx, a)
	}
	return nil
}

// session keeps a nil of a plug-in's type from becoming a Source that is not nil.
func session[S transfer.Source](s S, err error) (transfer.Source, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}
