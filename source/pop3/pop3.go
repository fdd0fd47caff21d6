// Package pop3 is the source for a POP3 maildrop (RFC 1939).
//
//  1. [New] opens a session: TLS, or STLS (RFC 2595), then USER and PASS, or AUTH
//     (RFC 5034) or APOP where the user or the server wants it, then CAPA (RFC
//     2449). go-pop3 speaks most of it over our own connection.
//  2. STAT, UIDL and LIST are read once a session, strictly: the maildrop of a
//     POP3 session never changes. UIDL names the messages; a server without it
//     has them named by their headers.
//  3. Fetch sends RETR ahead of the replies where the server allows it
//     (PIPELINING, RFC 2449 section 6.8) and streams each message out with
//     exactly the bytes that the server has.
//  4. Close says QUIT, so that the server frees the maildrop for the next session;
//     but not where that hides what was fetched (ration.go).
//
// Nothing is ever deleted but by [Source.Delete].
package pop3

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	gopop3 "github.com/knadh/go-pop3"
	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/transfer"
)

// farewell is how long Close may take to bring the session to its end.
const farewell = 2 * time.Second

var errBusy = errors.New("the POP3 session is in the middle of another call")

// Source is one POP3 session, a [transfer.Source], [transfer.Identifier] and
// [transfer.Deleter].
// The maildrop is its one folder, INBOX. POP3 knows no flags; the date of a
// message comes with its bytes, from its header.
type Source struct {
	conn  *dial.Conn
	wire  *wire
	pop   *gopop3.Conn
	caps  capabilities
	noTop bool // the server has no TOP

	greeting string
	noted    bool // Notes was asked

	busy   sync.Mutex // held by the call that uses the connection
	closed atomic.Bool
	broken error // why the session is only good for Close

	drop *maildrop // nil until it is asked for
	body *dots     // the message whose bytes are on the wire
	owed int       // replies that are still to come after body
	head []byte    // the header of the message just fetched
	// given are the numbers of the messages that were fetched, where that matters:
	// the server rations.
	given map[int]bool
}

// New opens a session and signs in. ctx covers New only. Errors are marked:
// Permanent, SignInRefused, RetryAfter, Hint.
func New(ctx context.Context, a dial.Access) (*Source, error) {
	s := &Source{}
	client := gopop3.New(gopop3.Opt{Dialer: dialer(func() (net.Conn, error) {
		var err error
		s.conn, s.wire, err = connect(ctx, a)
		return s.wire, err
	})})
	pop, err := client.NewConn()
	if err != nil {
		s.hangUp()
		return nil, err
	}
	s.pop, s.greeting = pop, s.wire.greeting
	stop := s.conn.Watch(ctx)
	err = s.signIn(ctx, a)
	if err == nil {
		err = s.askCapabilities()
	}
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		s.hangUp()
		return nil, err
	}
	return s, nil
}

// Reach connects as [New] does and hangs up, before any secret is needed.
func Reach(ctx context.Context, a dial.Access) error {
	conn, _, err := connect(ctx, a)
	if err != nil {
		return err
	}
	return conn.Close()
}

func (s *Source) hangUp() {
	if s.conn != nil {
		s.conn.Close()
	}
}

// Folders answers INBOX. Its State is made of all UIDLs and sizes; without
// UIDL there is none.
func (s *Source) Folders(ctx context.Context) ([]transfer.Folder, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	if err := s.load(); err != nil {
		return nil, err
	}
	return []transfer.Folder{{
		Path:  []string{"INBOX"},
		Role:  transfer.RoleInbox,
		State: s.drop.state(),
		Count: len(s.drop.entries),
		Bytes: s.drop.octets,
	}}, nil
}

// Close says QUIT if the session is in order and idle, and hiding nothing, and hangs up.
func (s *Source) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	if s.busy.TryLock() {
		defer s.busy.Unlock()
		s.quit()
	}
	s.conn.Close() // nothing was sent that could be lost
	return nil
}

// quit brings an idle session to its proper end, if that does not take long.
func (s *Source) quit() {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	defer s.conn.Watch(ctx)()
	if s.broken == nil && !s.Rations() && s.settle() == nil {
		_ = s.pop.Quit() // the maildrop is as it was, whatever the server answers
	}
}

// begin takes the session for one call and cuts it off when ctx is done. What
// an earlier call left on the wire is read away. end must be called.
func (s *Source) begin(ctx context.Context) (end func(), err error) {
	if !s.busy.TryLock() {
		return nil, errBusy
	}
	stop := s.conn.Watch(ctx)
	end = func() {
		stop()
		s.busy.Unlock()
	}
	switch {
	case ctx.Err() != nil:
		err = s.fail(context.Cause(ctx))
	case s.closed.Load():
		err = fmt.Errorf("POP3 session: %w", net.ErrClosed)
	case s.broken != nil:
		err = s.broken
	default:
		err = s.settle()
	}
	if err != nil {
		end()
		return nil, err
	}
	return end, nil
}

// fail notes that the session is only good for Close.
func (s *Source) fail(err error) error {
	if s.broken == nil {
		s.broken = err
	}
	return err
}
