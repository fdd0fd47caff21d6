// Package pop3server is a POP3 server in memory (RFC 1939, 2449) that does what real
// ones do to the clients of their users and Dovecot does not: it gives out mail in
// batches, hides what was fetched, forgets or doubles names, locks its maildrop,
// wants APOP, lies and hangs up, all by script.
package pop3server

import (
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// Options say what the server is like. The zero value is a good one without any
// extension.
type Options struct {
	// Capabilities are the lines of CAPA; nil: there is no CAPA.
	Capabilities []string
	// Password is every user's; "" takes any.
	Password string
	// Timestamp is in the greeting, for APOP; "" for none.
	Timestamp string
	// NoUserPass refuses USER and PASS.
	NoUserPass bool
	// TwoStep takes no initial response along with AUTH: it is a protocol error that
	// ends the connection, as at Office 365.
	TwoStep bool
	// Names gives the UIDL of a message in a session, both counted from 1; nil
	// gives it one for ever, and UIDL is refused if it answers false.
	Names func(session, message int) (string, bool)
	// NoTop refuses TOP.
	NoTop bool
	// Lock lets one session in at a time, as RFC 1939 has it.
	Lock bool
	// Greeting is what follows "+OK " at the beginning; "" is "ready".
	Greeting string
	// Batch is how many messages a session shows; those that were fetched with RETR
	// in a session that said QUIT are not shown again, but to a user whose name
	// begins with "recent:". As Gmail does. 0 shows all.
	Batch int
	// KeepAtQuit lets QUIT delete nothing in a session; nil deletes.
	KeepAtQuit func(session int) bool
	// Meanwhile is called before each answer is given: others change the maildrop.
	Meanwhile func(s *Server, session int, command string)
	// Answer may change an answer, its final dot with it: to "" for none at all;
	// hangUp closes the connection after it. The greeting is that to "GREETING".
	Answer func(session int, command, answer string) (changed string, hangUp bool)
}

// Server is a running server.
type Server struct {
	Addr string
	o    Options

	mu       sync.Mutex // guards what follows
	mails    []*mail
	sessions int
	locked   bool
	heard    []string
	next     int
}

type mail struct {
	number  int // for ever, from 1 on
	body    []byte
	more    int64 // bytes of [Filling] after body
	fetched bool
}

func (m *mail) size() int64 { return int64(len(m.body)) + m.more }

// Filling is the line that a message of [Server.AddLarge] is filled with.
const Filling = ". all work and no play makes Jack a dull boy; all play and no\r\n"

// Start runs one until the test ends.
func Start(t testing.TB, o Options, bodies ...[]byte) *Server {
	s := &Server{o: o}
	s.Add(bodies...)
	s.Addr = mailtest.Serve(t, func(_ int, conn net.Conn) { s.serve(conn) })
	return s
}

// Add puts messages into the maildrop.
func (s *Server) Add(bodies ...[]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range bodies {
		s.next++
		s.mails = append(s.mails, &mail{number: s.next, body: b})
	}
}

// AddLarge puts a message into the maildrop that begins with head and goes on with
// [Filling], whole lines of it, until it has size bytes or a bit less. Nobody holds
// it in memory.
func (s *Server) AddLarge(head []byte, size int64) {
	s.Add(head)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails[len(s.mails)-1].more = max(size-int64(len(head)), 0) / int64(len(Filling)) * int64(len(Filling))
}

// Remove takes messages out of the maildrop, by their numbers for ever, as another
// client of the user's would.
func (s *Server) Remove(numbers ...int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = slices.DeleteFunc(s.mails, func(m *mail) bool { return slices.Contains(numbers, m.number) })
}

// Bodies are the messages that are left.
func (s *Server) Bodies() (bodies [][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.mails {
		bodies = append(bodies, m.body)
	}
	return bodies
}

// Commands are those that came in, of all sessions.
func (s *Server) Commands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.heard)
}

// Sessions is how many there were.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}
