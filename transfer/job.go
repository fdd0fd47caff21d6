package transfer

import (
	"context"
	"time"
)

// Job is one move: what to carry from where to where, and how. Only Sources,
// Dest, Mapper and Checkpoint must be set.
type Job struct {
	Sources    []From
	Dest       To
	Mapper     Mapper
	Checkpoint Checkpoint
	// Watch is told what happens, from one goroutine at a time. It must be quick.
	Watch Watcher
	// Lanes is how many folders travel side by side; 0 lets the run find out what
	// helps: 2, and 6 where a server takes long to answer.
	Lanes int
	// Newest has the newest messages of each folder go over first, 512 at a time,
	// and INBOX before other folders; the order of the source is not kept then.
	Newest bool
	// Tries counts how often in a row a lane may fail without getting any
	// further before the run gives up; 0 means 5.
	Tries int
	// Settle is how long after a cut mail may still land at the destination;
	// 0 means 5 s. After a stall it is twelve times as long.
	Settle time.Duration
	// Window is how many letters are on their way between two notes in the
	// checkpoint; 0 means 64.
	Window int
	// MaxBytes and MaxTime stop the run politely once so much was appended or
	// so much time is over; 0 is no limit.
	MaxBytes int64
	MaxTime  time.Duration
	// TempDir is where large messages wait between the two servers, "" is the
	// system's.
	TempDir string
}

// From is one source: Name is its stable identity without secrets, which the
// checkpoint remembers and people read. Open makes a session; it is called
// whenever one is needed. Sessions bounds how many may be open at once, 0 is no
// bound. Knock, which may be nil, is Open in two steps: of several sessions only the
// first one signs in at once, the others wait at the [Door] to see what comes of it.
type From struct {
	Name     string
	Open     func(ctx context.Context) (Source, error)
	Knock    func(ctx context.Context) (Door[Source], error)
	Sessions int
	// Marks is set for a source that knows no flags: it answers those that a
	// message shall have, by its date. They are given once, with its bytes: what
	// becomes of them is the destination's affair.
	Marks func(m Message) []Flag
}

// To is the destination, like [From].
type To struct {
	Name     string
	Open     func(ctx context.Context) (Dest, error)
	Knock    func(ctx context.Context) (Door[Dest], error)
	Sessions int
}

// Door is a connection with a server that knows nothing of the user yet.
type Door[S any] interface {
	// Enter signs in. It is called once at most; after an error nothing is left to
	// be closed.
	Enter(ctx context.Context) (S, error)
	// Took is how long it took to get there: to connect, and to hear the server.
	Took() time.Duration
	// Close ends a connection by which nobody enters.
	Close() error
}

// Report is how a run ended. Every message that was listed is in the Tally.
type Report struct {
	Tally    Tally
	Folders  []FolderReport
	Refusals []Refusal
	Notes    []string // what was changed on the way, in words, each once
	// Flaws are those of the Notes that tell in what the destination is not
	// exact, though no message was refused.
	Flaws   []string
	Started time.Time
	Took    time.Duration
	// Limited tells that MaxBytes or MaxTime ended the run.
	Limited bool
	// More tells that a source which shows a part of its mail at a time has been
	// told that it has arrived: another run may find the next part.
	More bool
}

// FolderReport is one source folder's part of a [Report].
type FolderReport struct {
	Source, From, To string
	Tally            Tally
	Skip             string // why the folder was left out
	Rationed         bool   // the source shows a part of it at a time
	Err              error  // why the folder could not be finished
}

// Refusal is one message that a server would not give or take.
type Refusal struct {
	Source, From, To string
	// Count is how many messages this stands for where the source does not tell
	// which; 0 is the one of that ID.
	Count              int
	ID                 string
	Date               time.Time
	Size               int64
	MessageID, Subject string
	Words              string
}
