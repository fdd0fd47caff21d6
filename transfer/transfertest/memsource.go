package transfertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// ErrLost is what a session reports when a fault has cut its connection.
var ErrLost = errors.New("connection lost")

// Mail is a store of mail in memory, to be read: each [Mail.Open] gives a
// session of its own. All methods may be called from any goroutine.
type Mail struct {
	mu      sync.Mutex
	folders []MailFolder
	faults  MailFaults
	opened  int
	stalled bool
}

// MailFolder is one folder of a [Mail].
type MailFolder struct {
	Path     []string
	Role     transfer.Role
	Epoch    string
	Messages []MailMessage
	// Stateless hides Folder.State, and tells Folder.Mark; Countless hides its Count.
	Stateless, Countless bool
	revision             int
}

// MailMessage is one message of a [MailFolder]. An empty ID is filled with the
// message's number in the folder.
type MailMessage struct {
	ID    string
	Body  []byte
	Flags []transfer.Flag
	Date  time.Time
	// Size is what List tells when it is not 0; else the length of Body.
	Size int64
	// Err is what Fetch answers instead of the bytes: [transfer.ErrVanished]
	// makes it listed and gone.
	Err error

	born, changed int // the folder's revision when it came, and was last changed
}

// MailFaults tells what shall go wrong, counted over all sessions from when
// they were set. Counts are from 1, 0 is never. Each happens once.
type MailFaults struct {
	// Open fails so many times.
	Open int
	// OpenErr is the error of a failing Open, ErrLost if nil.
	OpenErr error
	// Byte is lost with the connection: so many bodies' bytes less one arrive.
	Byte int64
	// Message is lost with the connection before any of its bytes come.
	Message int
	// List is cut before its message of that number.
	List int
}

// NewMail makes a store of these folders.
func NewMail(folders ...MailFolder) *Mail {
	m := &Mail{folders: slices.Clone(folders)}
	for i := range m.folders {
		f := &m.folders[i]
		f.Messages = slices.Clone(f.Messages)
		for j := range f.Messages {
			if f.Messages[j].ID == "" {
				f.Messages[j].ID = strconv.Itoa(j + 1)
			}
		}
	}
	return m
}

// Fail sets what shall go wrong from now on, in place of what was set before.
func (m *Mail) Fail(f MailFaults) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = f
}

// Stall makes every further call block until its session is closed or its
// context ends.
func (m *Mail) Stall() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stalled = true
}

// Opened is how many sessions were opened.
func (m *Mail) Opened() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.opened
}

// Add puts messages at the end of a folder, which it makes if need be.
func (m *Mail) Add(path []string, messages ...MailMessage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.folder(path)
	if f == nil {
		m.folders = append(m.folders, MailFolder{Path: path})
		f = &m.folders[len(m.folders)-1]
	}
	f.revision++
	for _, x := range messages {
		x.born, x.changed = f.revision, f.revision
		f.Messages = append(f.Messages, x)
	}
}

// Change runs change on one message, for new flags or a fault of its own.
func (m *Mail) Change(path []string, id string, change func(*MailMessage)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.folder(path)
	if i := f.index(id); i >= 0 {
		change(&f.Messages[i])
		f.revision++
		f.Messages[i].changed = f.revision
	}
}

// Remove takes a message away, as another client would.
func (m *Mail) Remove(path []string, id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.folder(path)
	f.Messages = slices.DeleteFunc(f.Messages, func(x MailMessage) bool { return x.ID == id })
	f.revision++
}

// Renumber gives a folder a new epoch and its messages the IDs that rename
// answers for the old ones.
func (m *Mail) Renumber(path []string, epoch string, rename func(id string) string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.folder(path)
	f.Epoch = epoch
	for i := range f.Messages {
		f.Messages[i].ID = rename(f.Messages[i].ID)
	}
	f.revision++
}

// Folders answers a copy of all that is there.
func (m *Mail) Folders() []MailFolder {
	m.mu.Lock()
	defer m.mu.Unlock()
	fs := slices.Clone(m.folders)
	for i := range fs {
		fs[i].Messages = slices.Clone(fs[i].Messages)
	}
	return fs
}

// Open makes a session. It implements [transfer.Identifier] too.
func (m *Mail) Open(ctx context.Context) (transfer.Source, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open mail: %w", err)
	}
	if m.faults.Open > 0 {
		m.faults.Open--
		if m.faults.OpenErr != nil {
			return nil, m.faults.OpenErr
		}
		return nil, fmt.Errorf("open mail: %w", ErrLost)
	}
	m.opened++
	return &mailSession{line: newLine(), mail: m}, nil
}

// folder answers the folder of that path, nil if there is none.
func (m *Mail) folder(path []string) *MailFolder {
	for i := range m.folders {
		if slices.Equal(m.folders[i].Path, path) {
			return &m.folders[i]
		}
	}
	return nil
}

func (f *MailFolder) index(id string) int {
	return slices.IndexFunc(f.Messages, func(x MailMessage) bool { return x.ID == id })
}
