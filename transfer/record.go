package transfer

import "time"

// Book is what a [Checkpoint] knows of one source folder.
type Book struct {
	ID int64
	// State and Tally are those of the last finished pass to the same
	// destination folder; empty if there was none.
	State string
	Tally Tally
	// Former tells that there are records under earlier epochs, Filled that
	// there are some under this one.
	Former, Filled bool
	// Open is the [Folder.Key] of the destination folder in which records of
	// this book are open, empty if none is: they must be settled there.
	Open string
}

// Census counts records: of what has arrived, and of what has another fate.
type Census struct{ Arrived, Other int }

// Record is what a [Checkpoint] holds of one message: never its text.
type Record struct {
	Book int64
	ID   string
	Fate Fate // Open, Copied, Adopted, Refused, Vanished or Merged
	// To is the destination folder's [Folder.Key], Epoch its UIDVALIDITY, UID
	// the message there; UID 0 if not known.
	To    string
	Epoch string
	UID   uint32
	// Size and Digest are those of the canonical form.
	Size   int64
	Digest Digest
	Ident  Ident
	// Flags are the source's, as last carried over, sorted, joined by a blank.
	Flags string
	Date  time.Time
	// Words are the server's when it refused.
	Words string
	// Subject and MessageID are for people to recognise a refused message by,
	// as in [Letter]. They are written down and not answered.
	Subject, MessageID string
	// Base is the UIDNEXT below which the message cannot have landed, Begun
	// when its window was recorded. Only of [Open] records.
	Base  uint32
	Begun time.Time
	// Resent tells that its bytes left more than once: a twin may land late.
	Resent bool
	// Earlier are the flags it was sent with before, where they were others than
	// Flags: each set as Flags has it, and a line end. Only of records that are
	// [Open] or Resent.
	Earlier string
}

// Window is a group of letters about to leave for one destination folder.
type Window struct {
	To      Folder
	Epoch   string
	Base    uint32
	Records []Record
}
