// Package imapserver is an IMAP4rev1 server in memory for tests. It keeps every
// byte, date and flag exactly as it was given, changes nothing on the way out,
// and misbehaves exactly as its [Fault]s say.
//
//  1. [Start] opens it on a free port of 127.0.0.1. An account is made by the
//     first sign-in with its name and [mailtest.Password].
//  2. [Server.Put] fills an account, [Server.Snapshot] tells what is in it, for
//     [mailtest.Compare].
//  3. [Options.Faults] tell at which command what goes wrong: an answer in place
//     of the command, replies dropped, doubled, cut short or altered, messages
//     stored otherwise than they came, lines that never end.
//
// A command that came whole is carried out even if its client has gone, as real
// servers do: what lands late, lands.
package imapserver

import (
	"bufio"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// Modern is what a server announces if [Options] do not say otherwise.
const Modern = "IMAP4rev1 SASL-IR AUTH=PLAIN LITERAL+ ID ENABLE UNSELECT NAMESPACE CHILDREN UIDPLUS MULTIAPPEND " +
	"LIST-EXTENDED LIST-STATUS SPECIAL-USE CREATE-SPECIAL-USE STATUS=SIZE CONDSTORE"

// Options say what kind of server it is. The zero value is a good, modern one.
type Options struct {
	// Capabilities are those after the sign-in, SignedOut those before; nil is
	// [Modern], and for SignedOut the same as after.
	Capabilities, SignedOut []string
	// Greeting is sent in place of "* OK ready": "* PREAUTH hello" signs in
	// as the user "preauth".
	Greeting string
	// Delimiter separates folders, "" is "/"; Flat is a server without one.
	Delimiter string
	Flat      bool
	// Prefix is that of the personal namespace.
	Prefix string
	// Folders are in every account from the start, besides INBOX.
	Folders []Folder
	// Merge folds a message into the first one in its folder with the same
	// Message-ID, as Gmail does.
	Merge bool
	// FoldCase makes names that differ by case only the same folder.
	FoldCase bool
	// NeedParents refuses to create a folder whose parent is not there.
	NeedParents bool
	// Permanent is the list of PERMANENTFLAGS, "" are all, with \*.
	Permanent string
	// MessageLimit bounds what one FETCH may touch, RFC 9738; 0 is no limit.
	MessageLimit int
	// Errors is after how many NOs and BADs a connection is closed, 0 is never.
	Errors int
	// Password is everybody's; "" is [mailtest.Password].
	Password string
	// Owner is whose an OAuth2 access token is, "" if it is no good; with it the
	// server takes XOAUTH2 and OAUTHBEARER.
	Owner  func(token string) string
	Faults []Fault
}

// Folder is one that stands in every account. Name is as the server spells it,
// which need not be good modified UTF-7.
type Folder struct {
	Name  string
	Attrs string // like `\Sent` or `\Noselect`
}

// Server is one that runs until its test ends.
type Server struct {
	Addr string // host:port, without TLS

	options  Options
	listener net.Listener
	all      sync.WaitGroup
	over     chan struct{} // closed when the test ends

	mu       sync.Mutex // guards what follows
	accounts map[string]*account
	faults   []*strike
	counts   map[string]int
	conns    map[net.Conn]bool
	met      int // connections so far
}

// Start starts a server.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{
		Addr: listener.Addr().String(), options: o.filled(), listener: listener, over: make(chan struct{}),
		accounts: map[string]*account{}, counts: map[string]int{}, conns: map[net.Conn]bool{},
	}
	s.Break(o.Faults...)
	s.all.Go(s.accept)
	t.Cleanup(s.stop)
	return s
}

func (o Options) filled() Options {
	if o.Capabilities == nil {
		o.Capabilities = strings.Fields(Modern)
	}
	if o.SignedOut == nil {
		o.SignedOut = o.Capabilities
	}
	if o.Password == "" {
		o.Password = mailtest.Password
	}
	if o.Greeting == "" {
		o.Greeting = "* OK ready"
	}
	if o.Delimiter == "" {
		o.Delimiter = "/"
	}
	if o.Flat {
		o.Delimiter = ""
	}
	if o.Permanent == "" {
		o.Permanent = `\Answered \Flagged \Deleted \Seen \Draft \*`
	}
	return o
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[conn] = true
		n := &session{Server: s, conn: conn, r: bufio.NewReaderSize(conn, 64<<10), w: bufio.NewWriterSize(conn, 64<<10), number: s.met}
		s.met++
		s.mu.Unlock()
		s.all.Go(func() {
			n.serve()
			_ = conn.Close()
			s.mu.Lock()
			delete(s.conns, conn)
			s.mu.Unlock()
		})
	}
}

// stop ends all connections and waits for them.
func (s *Server) stop() {
	close(s.over)
	_ = s.listener.Close()
	s.HangUp()
	s.all.Wait()
}

// HangUp cuts every connection there is.
func (s *Server) HangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		_ = conn.Close()
	}
}

// Count is how many commands with that name came whole, like "APPEND" or
// "UID FETCH", over all accounts; "" counts all, "CONNECTION" connections.
func (s *Server) Count(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == "CONNECTION" {
		return s.met
	}
	return s.counts[name]
}

// account is the one with that name, made if it is new.
func (s *Server) account(user string) *account {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[user]
	if a == nil {
		a = s.newAccount()
		s.accounts[user] = a
	}
	return a
}

// Reset makes an account new and empty.
func (s *Server) Reset(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.accounts, user)
}

// Put adds mail to an account, in this order, and makes its folders. The
// bytes are kept, not copied.
func (s *Server) Put(user string, mails []mailtest.Mail) {
	for _, m := range mails {
		s.PutAs(user, s.wire(m.Folder), m)
	}
}

// PutAs adds mail to the folder with that name as the server spells it, whatever
// mails say.
func (s *Server) PutAs(user, name string, mails ...mailtest.Mail) {
	a := s.account(user)
	a.mu.Lock()
	defer a.mu.Unlock()
	box := a.make(name)
	for _, m := range mails {
		kept := &message{flags: slices.Clone(m.Flags), date: m.Date.Format(dateLayout), bytes: m.Bytes}
		uid := box.add(kept)
		if s.options.Merge {
			box.merge(kept, uid)
		}
	}
}

const dateLayout = "_2-Jan-2006 15:04:05 -0700"
