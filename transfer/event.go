package transfer

import "time"

// Event is one thing that happened. What a field holds depends on Kind; the
// others are zero. Texts come from servers and mail: make them safe before
// they are shown.
type Event struct {
	Kind Kind
	Time time.Time
	// Folder is the destination folder, From the source folder, for people.
	Folder, From string
	// Source names the source where there are several.
	Source string
	Fate   Fate
	Count  int
	Bytes  int64
	// Message, Subject tell which message a Refused is about.
	Message, Subject string
	Text             string
	Wait             time.Duration
	Err              error
}

// Kind tells what an [Event] is about.
type Kind string

// The kinds of events.
const (
	// EventPlan: the folders are known. Count folders will be looked at; Bytes
	// is the size of all messages where both sides can tell it, else -1.
	EventPlan Kind = "plan"
	// EventFolder: a lane begins with the folder From -> Folder.
	EventFolder Kind = "folder"
	// EventFound: Count more messages with Bytes were listed and are to be moved.
	EventFound Kind = "found"
	// EventMessages: Count messages with Bytes came to the end Fate.
	EventMessages Kind = "messages"
	// EventRefused: one message was refused; Text holds the server's words.
	EventRefused Kind = "refused"
	// EventNote: something the user should know, in Text: a name changed,
	// flags dropped, a folder made.
	EventNote Kind = "note"
	// EventRetry: Err happened, the lane tries again after Wait.
	EventRetry Kind = "retry"
	// EventSettle: the lane waits for mail that may still land.
	EventSettle Kind = "settle"
	// EventDeleted: Count messages were deleted at the source folder From.
	EventDeleted Kind = "deleted"
	// EventDone: the folder From -> Folder is finished.
	EventDone Kind = "folder-done"
)
