package transfer

import (
	"context"
	"iter"
)

// Source is one session with a place that holds mail. The flow calls it from
// one goroutine at a time, opens as many sessions as it needs and closes each.
//
// A session never retries: an error of a method (or the last pair of a
// sequence) means that folder failed on this session, and the flow decides
// what comes next. Errors carry marks, see [Permanent]. After an error the
// session is only good for Close.
type Source interface {
	// Folders lists all folders that can hold messages, in a stable order.
	Folders(ctx context.Context) ([]Folder, error)
	// List yields the folder's messages that come after the one named by
	// after ("" is the beginning), in the folder's own stable order, without
	// bytes. The flow may stop early and ask again from where it was, so a
	// port asks its server for bounded pieces. If after is gone and its place in
	// the order is not known any more, that is an error: the flow begins anew.
	// To start over instead would double what is on its way. It may be [Brief].
	List(ctx context.Context, f Folder, after string) iter.Seq2[Message, error]
	// Fetch yields the bytes of the messages, in the order of ms, as few
	// round trips as the protocol has. Every one of ms comes out exactly once,
	// with a Body or an Err of its own.
	Fetch(ctx context.Context, f Folder, ms []Message) iter.Seq2[Fetched, error]
	// Close ends the session. It is safe after an error and while another
	// goroutine is blocked in a method, which then returns an error.
	Close() error
}

// Identifier is the power of a [Source] to tell who its messages are without
// carrying their bytes.
type Identifier interface {
	// Identify yields ms, in order, with Ident filled, and Date where List
	// does not tell it and the header does; a message that is gone is left out.
	Identify(ctx context.Context, f Folder, ms []Message) iter.Seq2[Message, error]
}

// Counter is the power of a [Source] to count a folder's messages without
// listing them: asked where a list is shorter than the folder was said to be.
type Counter interface {
	// Count is how many messages the folder holds now.
	Count(ctx context.Context, f Folder) (int, error)
}

// Noter is the power of a [Source] to tell the user what it found odd, in whole
// sentences, each once; asked after a folder was read.
type Noter interface{ Notes() []string }

// Mapper decides where folders go and what becomes of flags. It is pure: no
// I/O, the same answer for the same question.
type Mapper interface {
	// Routes answers one Route for each of folders, in their order. It sees
	// all folders of one source and all that is there at the destination, so
	// that no two folders meet by accident.
	Routes(folders []Folder, site Site) []Route
	// Message answers what the message shall be at the destination (flags
	// translated); a reason other than "" leaves it out.
	Message(m Message) (out Message, skip string)
}

// Foresighted is the power of a session to ask for the next folder while it still
// waits for what it has asked of the one before. Whatever comes of that shows
// when the folder is opened, or listed from its beginning; nothing is lost if
// another one is.
type Foresighted interface {
	// Foresee hands over how to find out which folder comes next; ok is false
	// when nobody knows. A [Source] asks once all of a Fetch is asked for, a [Dest]
	// once the windows of an Append have ended, in the goroutine that writes.
	// It holds until the session is lent to somebody else.
	Foresee(next func() (f Folder, ok bool))
}

// Fingerprinter is the power of a [Mapper] to name itself: equal fingerprints
// mean equal answers to [Mapper.Message]. With it, folders that did not change
// since the last pass need not be listed again.
type Fingerprinter interface{ Fingerprint() string }

// Route is where one source folder goes.
type Route struct {
	To Folder
	// Spare is the name to take when the destination refuses to create To; its
	// Path is nil when there is nothing safer.
	Spare Folder
	// Skip tells why the folder is left out; "" carries it.
	Skip string
	// Notes tell each change to the name and each merge, in words for the user.
	Notes []string
	// Altered tells that the destination cannot hold the name as it is.
	Altered bool
}

// Site is the destination as a whole: what is there, and what names it holds.
type Site struct {
	Folders   []Folder
	Delimiter string // hierarchy delimiter, which no name component can hold; "" is a flat site
	// Avoid holds further characters that this destination is known to refuse in names.
	Avoid string
	// Limit is the largest message it takes in bytes (APPENDLIMIT, RFC 7889), 0 if not told.
	Limit int64
}

// Dest is one session with the place where mail goes to. The flow calls it
// from one goroutine; [Dest.Append] says what else it does.
// Like a [Source] it never retries.
type Dest interface {
	// Site lists what is there.
	Site(ctx context.Context) (Site, error)
	// Open selects the folder for all that follows; a missing one is created,
	// with its parents, given its Role where the server can, and subscribed.
	// A refused name is an error with [Permanent] mark.
	Open(ctx context.Context, f Folder) (Mailbox, error)
	// Stored yields UID, Size, Ident, Date and Flags of messages of the open folder, in
	// rising order. pick is told which UIDs there are from that one on, none left
	// out, as rising spans, and answers which of them are wanted; nil wants all.
	Stored(ctx context.Context, f Folder, from uint32, pick func(there []Span) ([]Span, error)) iter.Seq2[Message, error]
	// Read yields the bytes of messages of the open folder. Fetched.ID is
	// empty, UID tells which it is.
	Read(ctx context.Context, f Folder, uids []uint32) iter.Seq2[Fetched, error]
	// Append puts letters into the open folder, in order, and yields one
	// receipt for each as the destination confirms it. Each slice that windows
	// yields is a window: when Append gets it, the checkpoint holds it. The
	// port pulls windows from a goroutine of its own while earlier ones are on
	// their way, sends what it has at the end of each window, and has stopped
	// pulling when Append returns. A pull may block until receipts come; it
	// ends when the error pair was yielded, so that goes out before the port
	// waits for its goroutine. The error pair comes last: letters without a
	// receipt are then open. No Body is read after its receipt was yielded.
	Append(ctx context.Context, f Folder, windows func(yield func([]*Letter) bool)) iter.Seq2[Receipt, error]
	// Close ends the session, like [Source.Close].
	Close() error
}

// Mailbox is the open folder of a destination.
type Mailbox struct {
	Epoch   string // UIDVALIDITY
	Next    uint32 // UIDNEXT: no message has this UID or a higher one yet
	Count   int    // messages in it
	Created bool   // Open made it
	Notes   []string
	// Above are the paths above it that Open has made with it, as far as it knows.
	Above [][]string
}

// Wide is the power of a [Dest] to append over several connections where a letter
// costs a round trip. Receipts then come in any order, and letters stand in the
// folder in any order.
type Wide interface {
	// Serial reports whether a letter costs a round trip there.
	Serial() bool
	// Widen bounds the connections that an Append may use from now on.
	Widen(connections int)
}

// Witness is the power of a [Dest] to count what the open folder has gained,
// whatever its server has confirmed.
type Witness interface {
	// Gained is how many messages came in since Open. It asks the server only
	// if what it told unasked is less than want.
	Gained(ctx context.Context, want int) (int, error)
}

// Remover is the power of a [Dest] to take back single messages by their UID
// in the open folder, nothing else (UIDPLUS, RFC 4315). Without it nothing is
// ever removed.
type Remover interface {
	Remove(ctx context.Context, f Folder, uids []uint32) error
}

// Reflagger is the power of a [Dest] to change flags in the open folder.
type Reflagger interface {
	// Reflag adds and takes away flags; a UID that is gone is no error. notes
	// tell which flags the destination would not take, for the user.
	Reflag(ctx context.Context, f Folder, changes []Reflag) (notes []string, err error)
}

// Reflag is one change of flags.
type Reflag struct {
	UID       uint32
	Add, Drop []Flag
}

// Checkpoint remembers what has safely arrived, across crashes. One run holds
// it at a time. The flow calls it from several goroutines.
type Checkpoint interface {
	// Enter finds or makes the book of one source folder under one epoch. source
	// names the source, whole and stable. Where the folder goes to another
	// destination folder than before, what has arrived stays known (it is not
	// to be copied again) and the book's State is empty.
	Enter(ctx context.Context, source string, from, to Folder) (Book, error)
	// Went answers where the folders of a source went: the [Folder.Key] at the
	// destination by that of the source folder, as of its latest Enter that
	// was followed by a record.
	Went(ctx context.Context, source string) (map[string]string, error)
	// Known answers what is recorded of those IDs, by ID.
	Known(ctx context.Context, book int64, ids []string) (map[string]Record, error)
	// Census counts what is recorded of the messages whose IDs are the numbers of s.
	Census(ctx context.Context, book int64, s Span) (Census, error)
	// Begin records a window whose records are [Open]. When it returns, the
	// window, and every Settle before it, survives a crash.
	Begin(ctx context.Context, w Window) error
	// Settle records how messages ended. It is durable with the next Begin or
	// Sync; losing it is harmless, the window is matched again. A record's
	// empty digest, identity, window or Earlier leaves what is known of it untouched.
	// It does not keep rs.
	Settle(ctx context.Context, rs []Record) error
	// Pending answers the open records of a destination folder, by Base, and then in the
	// order of their windows.
	Pending(ctx context.Context, to Folder) ([]Record, error)
	// Foreign answers those UIDs of there, rising spans of the destination folder
	// under that epoch, that are not known to be ours or adopted.
	Foreign(ctx context.Context, to Folder, epoch string, there []Span) ([]Span, error)
	// Holders answers the records that arrived in the destination folder under that
	// epoch as one of those UIDs.
	Holders(ctx context.Context, to Folder, epoch string, uids []uint32) ([]Record, error)
	// Unlinked answers the records that arrived in the destination folder but
	// whose UID is not known under that epoch.
	Unlinked(ctx context.Context, to Folder, epoch string) ([]Record, error)
	// Doubtful answers the records that arrived in the destination folder, but
	// had been sent more than once: a twin of them may still have landed. They
	// hold Base; settling one with Resent false ends the doubt.
	Doubtful(ctx context.Context, to Folder) ([]Record, error)
	// Former answers the records of the same source folder under earlier
	// epochs which no message of this epoch has claimed yet. Claim moves one
	// to the new ID.
	Former(ctx context.Context, book int64) ([]Record, error)
	Claim(ctx context.Context, book int64, former Record, id string) error
	// Gone answers the records of the book that have arrived or are open, and
	// whose ID is not among listed.
	Gone(ctx context.Context, book int64, listed *Roll) ([]Record, error)
	// Renumbered tells that the IDs of the book name other messages than they
	// did: its records become those of an earlier epoch, its State is empty.
	Renumbered(ctx context.Context, book int64) error
	// Close of a pass: state is the folder's State at the start of a pass that
	// accounted for every message of it.
	Finish(ctx context.Context, book int64, state string, tally Tally) error
	// Sync makes durable what was recorded.
	Sync(ctx context.Context) error
}

// Tally counts messages by fate, and bytes.
type Tally struct {
	Messages, Copied, Present, Adopted, Skipped, Refused, Vanished, Merged int
	Folders                                                                int
	Bytes                                                                  int64 // appended by this run
}

// Watcher is told what happens, one event at a time.
type Watcher func(Event)
