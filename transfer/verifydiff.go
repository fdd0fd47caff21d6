package transfer

import "time"

// Difference is one message that is not at the destination as it is at the
// source. Texts come from mail and servers: not safe to print as they are.
type Difference struct {
	Kind  Variance
	Cause Cause
	// Source, From and To are where it is and where it belongs, for people. A
	// Surplus has only To.
	Source, From, To string
	// There is the folder in which it stands now; To unless it is Misplaced.
	There string
	// Origin and Place are the folders it is in, with their Epochs, Target the one
	// where it belongs.
	Origin, Place, Target Folder
	// ID is its own at the source, UID at the destination; 0 if it is not there.
	ID  string
	UID uint32
	// Date, Size, Subject and MessageID are the source's; a Surplus has the
	// destination's.
	Date               time.Time
	Size               int64
	Subject, MessageID string
	// What differs beside the place: the first three where they do.
	Bytes        bool
	DateThere    time.Time
	Lacks, Extra []Flag // at the destination
	SizeThere    int64
	// Words tell more: which header fields differ, why a server did not give it.
	Words string
	// Twin tells of a Surplus that it is one more copy of what is there.
	Twin bool
}

// Variance is in what way a message differs.
type Variance string

// The ways. A message that is in another folder is Misplaced, whatever else
// differs.
const (
	MissingThere Variance = "missing"   // the source has it, the destination does not
	Surplus      Variance = "surplus"   // only the destination has it
	Altered      Variance = "altered"   // bytes, date or flags differ
	Misplaced    Variance = "misplaced" // it stands in another folder
	Unread       Variance = "unread"    // a side would not give its bytes
	NoFolder     Variance = "no-folder" // a whole folder is not there; its messages are told too
)

// Cause is how a difference came, as far as the journal tells.
type Cause string

// The causes. The empty one: nobody knows, for there is no record.
const (
	NotCarried   Cause = "not-carried" // no run has brought it there yet
	RefusedThere Cause = "refused"     // a server would not give or take it
	LostThere    Cause = "gone"        // it had arrived, and was removed or moved since
	ChangedThere Cause = "changed"     // it had arrived, and was changed at the destination since
	ChangedHere  Cause = "source"      // the source changed since the last run
	NotOurs      Cause = "foreign"     // no run of this job has put it there
	ByTheMove    Cause = "move"        // it differs from what was sent, from the beginning
	Superseded   Cause = "superseded"  // an altered copy, beside which a good one was sent
)

// Differences is what an [Audit] found, counted. Each of Messages is counted once
// in Equal, Missing, Altered, Misplaced, Unread or Merged.
type Differences struct {
	Messages, Equal, Missing, Altered, Misplaced, Unread int
	// Merged were folded into a twin by the destination, which stands there.
	Merged int
	// Skipped were left out by the user's filter, whether they are there or not.
	Skipped int
	// There counts the messages at the destination in folders that mail goes to,
	// Surplus those that the source does not have.
	There, Surplus    int
	Folders, NoFolder int
	// Digested counts messages of which all bytes were read, Read the bytes.
	Digested int
	Read     int64
	Causes   map[Cause]int
	Took     time.Duration
}

// Differ reports whether anything does.
func (d Differences) Differ() bool {
	return d.Missing+d.Surplus+d.Altered+d.Misplaced+d.Unread+d.NoFolder > 0
}

func (d *Differences) add(one Difference) {
	switch one.Kind {
	case MissingThere:
		d.Missing++
	case Surplus:
		d.Surplus++
	case Altered:
		d.Altered++
	case Misplaced:
		d.Misplaced++
	case Unread:
		d.Unread++
	case NoFolder:
		d.NoFolder++
		return
	}
	d.Causes[one.Cause]++
}
