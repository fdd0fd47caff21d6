package transfer

import (
	"io"
	"strings"
	"time"
)

// Role is what a folder is for, RFC 6154 and RFC 8457, without the backslash
// and in lower case; [RoleInbox] marks INBOX itself. The empty Role is an ordinary
// folder.
type Role string

// The roles of RFC 6154 section 2, and INBOX.
const (
	RoleInbox     Role = "inbox"
	RoleAll       Role = "all"
	RoleArchive   Role = "archive"
	RoleDrafts    Role = "drafts"
	RoleFlagged   Role = "flagged"
	RoleJunk      Role = "junk"
	RoleSent      Role = "sent"
	RoleTrash     Role = "trash"
	RoleImportant Role = "important" // RFC 8457
)

// Folder is one folder of either side, as that side tells it.
type Folder struct {
	// Path holds the decoded name, one component a level: no server's
	// delimiter, namespace prefix or modified UTF-7 gets in. INBOX is exactly
	// []string{"INBOX"}, whatever its case on the wire.
	Path []string
	Role Role
	// Epoch changes when message IDs lose their meaning: UIDVALIDITY for
	// IMAP. Sources whose IDs are stable for ever leave it empty.
	Epoch string
	// State is a fingerprint of the folder's content: as long as it is equal,
	// nothing was added, removed or re-flagged. Empty: the side cannot tell.
	State string
	// Mark is what the side can say instead: equal marks promise nothing, but a
	// later List is told by it what was there before (Since).
	Mark string
	// Since is the State or Mark of the last pass that has accounted for all of
	// a source folder, "" if there was none. The flow sets it for [Source.List].
	Since string
	// All tells that the folder is small, and that all messages which it is found to
	// hold will be fetched next, at once and in their order: a source may ask for
	// texts together with the list. The flow sets it for [Source.List].
	All bool
	// Count is the number of messages and Bytes their size, -1 if not known.
	Count int
	Bytes int64
	// Went is the path that a source folder got at the destination in an
	// earlier run, nil if it was not carried yet. The flow fills it in for
	// [Mapper.Routes], which keeps to it: what is at the destination now is
	// partly our own doing and must not change where mail goes.
	Went []string
}

// Name is the path for people to read, joined by "/". It is no identity: two
// paths can have the same Name.
func (f Folder) Name() string { return strings.Join(f.Path, "/") }

// Key is an identity of the path: equal for equal paths only. No component
// holds a NUL.
func (f Folder) Key() string { return strings.Join(f.Path, "\x00") }

// Flag is a system flag as IMAP spells it (`\Seen`) or a keyword (`$Forwarded`).
type Flag string

// The system flags of RFC 9051 section 2.3.2. `\Recent` is never a [Flag].
const (
	Seen     Flag = `\Seen`
	Answered Flag = `\Answered`
	Flagged  Flag = `\Flagged`
	Deleted  Flag = `\Deleted`
	Draft    Flag = `\Draft`
)

// Message is one message without its bytes.
type Message struct {
	// ID names the message within its folder and the folder's Epoch: UID,
	// UIDL, file name, content hash. It never changes while the message is there.
	ID string
	// Date is the time of arrival (INTERNALDATE), with its zone; zero if not known.
	Date  time.Time
	Flags []Flag
	// Size in bytes as its side tells it, -1 if not known. Sources may lie;
	// what counts is what Fetch delivers.
	Size int64
	// UID at an IMAP destination, else 0.
	UID uint32
	// Ident is zero when nobody has looked at the header yet.
	Ident Ident
	// Brief tells what [Source.List] has left out; 0 is nothing.
	Brief Brief
	// Upto, unless it is 0, makes it stand for all messages with the numbers from its
	// ID to this one: neighbours that are [Unchanged] are listed at once.
	Upto uint32
}

// last is the ID after which a list goes on.
func (m Message) last() string {
	if m.Upto > 0 {
		return ID(m.Upto)
	}
	return m.ID
}

// span is what it stands for if Upto is set.
func (m Message) span() Span {
	low, _ := Number(m.ID)
	return Span{low, m.Upto}
}

// Brief is how much of a message [Source.List] leaves out. A source may be brief of
// what was there at [Folder.Since], and has not changed: it still names each message
// that is there now, lists some of the old ones in full, by whose dates the flow
// sees that IDs mean what they meant, and ignores Since where anything speaks
// against it.
type Brief uint8

// What is left out.
const (
	// Undated: Date and Size are not told. They never change.
	Undated Brief = iota + 1
	// Unchanged: Flags are not told either, and are as they were.
	Unchanged
)

// Fetched is a message with its bytes, or the reason why this message alone
// could not be had ([ErrVanished] if it is gone from the source).
// Body is valid until the next one is asked for; the caller reads it to its
// end or leaves it, and the source gets over what was left.
type Fetched struct {
	Message
	Body io.Reader
	// Mended counts what the source had to change in the bytes: line ends made
	// CRLF, mbox quoting undone. Valid when Body is read to its end; may be nil.
	Mended *Mended
	Err    error
}

// Mended tells what a source changed in one message's bytes, the only changes
// there are.
type Mended struct {
	LineEnds int64 // bare LF made CRLF
	Unquoted int64 // ">From " lines unquoted
}

// Letter is a message ready to be appended: Size is exact and Body can be read
// again. Date and Flags are the destination's.
type Letter struct {
	Message
	Body io.ReadSeeker
	// Digest and Canon are SHA-256 and size of the canonical form ([Canonical]).
	Digest Digest
	Canon  int64
	// Subject and MessageID are for people to recognise a refused message by:
	// raw header text, cut to 200 bytes, not safe to print as it is.
	Subject, MessageID string

	record Record // how the checkpoint knows it
	folder *passage
	batch  *batch
	mended Mended // by the flow, on its way through
	// answered tells that its receipt came.
	answered bool
}

// Receipt is the fate of one letter at the destination.
type Receipt struct {
	Letter *Letter
	// UID is 0 when the destination does not tell it (no UIDPLUS, RFC 4315).
	UID uint32
	// Err: this letter alone was refused, in the server's words.
	Err error
	// Notes tell what was changed to make it fit: flags dropped, date clamped.
	Notes []string
}

// Fate is the named state in which every source message ends.
type Fate string

// The fates. [Open] is no end: the message's bytes may have left, and nobody
// knows yet whether they arrived.
const (
	Open     Fate = "open"
	Copied   Fate = "copied"   // appended by this run
	Present  Fate = "present"  // there since an earlier run
	Adopted  Fate = "adopted"  // found at the destination, put there by somebody else
	Skipped  Fate = "skipped"  // left out by the user's filter
	Refused  Fate = "refused"  // a server would not give or take it
	Vanished Fate = "vanished" // gone from the source meanwhile
	Merged   Fate = "merged"   // the destination folded it into a twin
	// Compared is what [Verify] tells of messages as it reads them, on both sides.
	Compared Fate = "compared"
)
