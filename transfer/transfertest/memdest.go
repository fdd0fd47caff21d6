package transfertest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// Server is a place in memory that mail goes to: each [Server.Open] gives a
// session of its own. All methods may be called from any goroutine.
type Server struct {
	options ServerOptions

	mu      sync.Mutex
	folders []*shelf
	epochs  int
	faults  ServerFaults
	opened  int
	held    int64 // bytes
	stalled bool
	late    []lateLetter
	wait    int // calls until late lands, -1: not by itself
}

// ServerOptions tells what kind of server a [Server] is.
type ServerOptions struct {
	// NoUIDPlus: receipts tell no UID, and the sessions are no Remover.
	NoUIDPlus bool
	// Delimiter is Site.Delimiter; Limit is its Limit, only told.
	Delimiter string
	Limit     int64
	// Canonical: messages are stored in canonical form, as Dovecot does.
	Canonical bool
	// Alter answers what becomes of a message when it is stored; nil leaves it alone.
	Alter func(uid uint32, body []byte) []byte
	// Merge: a letter whose bytes are in the folder already gets the UID of
	// its twin, as at Gmail.
	Merge bool
	// Ahead is how many windows Append takes in beyond the one it is storing.
	Ahead int
	// WindowReceipts: receipts come when all of a window is stored.
	WindowReceipts bool
	// Quota is how many bytes fit in, 0 is no bound. A letter beyond it ends
	// Append with an error that is [transfer.Full].
	Quota int64
	// Refuse answers why a letter alone is refused; nil takes all.
	Refuse func(f transfer.Folder, l *transfer.Letter) error
	// RefuseFolder answers why a name is refused; Open marks it permanent.
	RefuseFolder func(path []string) error
}

// ServerFaults tells what shall go wrong, counted over all sessions from when
// they were set. Counts are from 1, 0 is never. Each happens once.
type ServerFaults struct {
	// Open fails so many times.
	Open int
	// Stored loses the connection when the letter of that number is stored,
	// before its receipt.
	Stored int
	// Sent loses the connection when the letter of that number is sent, before
	// it is stored.
	Sent int
	// Receipt loses the connection after the receipt of that number.
	Receipt int
	// Read loses the connection before the message of that number of a Stored
	// or Read.
	Read int
	// Late: what a cut Append had sent and not stored yet (its window, and
	// those taken ahead) lands after so many further calls on any session,
	// or with [Server.Land] if it is negative. 0: it is lost.
	Late int
}

// Stored is one message at a [Server].
type Stored struct {
	UID   uint32
	Body  []byte
	Flags []transfer.Flag
	Date  time.Time
}

// NewServer makes one that holds an empty INBOX.
func NewServer(o ServerOptions) *Server {
	s := &Server{options: o}
	s.make([]string{"INBOX"}).role = transfer.RoleInbox
	return s
}

// Fail sets what shall go wrong from now on, in place of what was set before.
func (s *Server) Fail(f ServerFaults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

// Stall makes every further call block until its session is closed or its
// context ends.
func (s *Server) Stall() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stalled = true
}

// Land stores what was sent over connections that are cut now.
func (s *Server) Land() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.land()
}

// Opened is how many sessions were opened.
func (s *Server) Opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

// Appended is how many letters were ever stored in a folder by Append.
func (s *Server) Appended(path ...string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.shelf(path); f != nil {
		return f.appended
	}
	return 0
}

// Messages answers what a folder holds, in the order of UIDs.
func (s *Server) Messages(path ...string) []Stored {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.shelf(path); f != nil {
		return slices.Clone(f.messages)
	}
	return nil
}

// Paths answers the folders there are, in the order in which they were made.
func (s *Server) Paths() [][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out [][]string
	for _, f := range s.folders {
		out = append(out, slices.Clone(f.path))
	}
	return out
}

// Put stores messages as another client would, in a folder that is made if
// need be. UIDs are given anew.
func (s *Server) Put(path []string, messages ...Stored) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.make(path)
	for _, m := range messages {
		s.store(f, m)
	}
}

// Take removes messages as another client would.
func (s *Server) Take(path []string, uids ...uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.take(s.shelf(path), uids)
}

// Delete removes a folder.
func (s *Server) Delete(path ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.folders = slices.DeleteFunc(s.folders, func(f *shelf) bool { return slices.Equal(f.path, path) })
}

// Renumber gives a folder a new epoch and its messages new UIDs, which do not
// rise from 1 without gaps.
func (s *Server) Renumber(path ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.shelf(path)
	f.epoch = s.epoch()
	f.next = 11
	for i := range f.messages {
		f.messages[i].UID = f.next
		f.next += 3
	}
}

// SetRole gives a folder a role.
func (s *Server) SetRole(role transfer.Role, path ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.make(path).role = role
}

// Open makes a session. It is a [transfer.Reflagger], and a
// [transfer.Remover] unless the server has no UIDPLUS.
func (s *Server) Open(ctx context.Context) (transfer.Dest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open server: %w", err)
	}
	if s.faults.Open > 0 {
		s.faults.Open--
		return nil, fmt.Errorf("open server: %w", ErrLost)
	}
	s.opened++
	session := &serverSession{line: newLine(), server: s}
	if s.options.NoUIDPlus {
		return session, nil
	}
	return removingSession{session}, nil
}

// Change changes one message under its UID, as no IMAP server would; false if it
// is not there.
func (s *Server) Change(path []string, uid uint32, do func(*Stored)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.shelf(path)
	if f == nil {
		return false
	}
	i := slices.IndexFunc(f.messages, func(m Stored) bool { return m.UID == uid })
	if i >= 0 {
		do(&f.messages[i])
	}
	return i >= 0
}
