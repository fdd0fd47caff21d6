package transfer

import (
	"context"
	"iter"
	"time"
)

// Audit is a [Job] that is to be proved instead of done. Its Sources and Mapper
// must be set; Checkpoint, Lanes, Window and the limits mean nothing here.
type Audit struct {
	Job
	// There opens the destination as a [Source]: to be read, with nothing that
	// could change it. The IDs of its messages are their UIDs.
	There From
	// Bytes compares every byte of every message. Without it identity, size, date
	// and flags are compared, and bytes where these leave a doubt.
	Bytes bool
	// NoFlags: flags are not compared.
	NoFlags bool
	// OneWay: what only the destination has is no difference.
	OneWay bool
	// Found is told each difference, from one goroutine at a time. Its error ends
	// the audit.
	Found func(Difference) error
	// Matched is told every message that was found, with where it stands now;
	// may be nil.
	Matched func(Match) error
	// Journal tells what earlier runs did; nil if nobody knows.
	Journal Journal
	// Memory remembers digests, so that an audit that was cut off goes on; may be nil.
	Memory Memory
	// InMemory is how many messages of a folder are matched at once, 0 is the
	// usual: more go through a temporary file.
	InMemory int
}

// Journal is what earlier runs have written down. It is only asked about what
// differs.
type Journal interface {
	// Went is that of a [Checkpoint].
	Went(ctx context.Context, source string) (map[string]string, error)
	// Carried answers what is recorded of messages of a source folder, by ID.
	Carried(ctx context.Context, source string, from Folder, ids []string) (map[string]Record, error)
	// Linked answers the UIDs at the destination that records of what has arrived
	// hold, sorted.
	Linked(ctx context.Context, to Folder, epoch string) ([]uint32, error)
	// Spoiled answers the UIDs of altered copies beside which a good one was sent,
	// sorted.
	Spoiled(ctx context.Context, to Folder, epoch string) ([]uint32, error)
}

// Memory remembers what was read of messages, by the name of their side, their
// folder with its epoch, and their ID. It is asked from two goroutines.
type Memory interface {
	Known(ctx context.Context, side string, f Folder, ids []string) (map[string]Sum, error)
	Learn(ctx context.Context, side string, f Folder, sums map[string]Sum) error
}

// Sum is what one message's bytes come to.
type Sum struct {
	Ident  Ident
	Digest Digest
	Size   int64 // of the canonical form
}

// Digester is the power of a [Source] to tell what messages come to without
// their bytes, which it may not have: a manifest. A digest that it does not know
// is zero.
type Digester interface {
	Digests(ctx context.Context, f Folder, ms []Message) iter.Seq2[Summed, error]
}

// Summed is a message by its ID with its [Sum].
type Summed struct {
	ID string
	Sum
}

// Match is one source message and where it stands at the destination.
type Match struct {
	Source string
	From   Folder
	ID     string
	Target Folder // where it belongs
	To     Folder // where it stands, with its Epoch
	UID    uint32
	Ident  Ident
	Digest Digest // zero where it was not read
	Size   int64
	Date   time.Time
	Flags  string // the source's own, as [Record] has them
	// Altered: its bytes are known to differ.
	Altered bool
}
