package transfer

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// passage is one source folder on its way to its destination folder.
type passage struct {
	index  int    // which of Job.Sources
	source string // its name
	from   Folder
	to     Folder
	skip   string // why it is left out
	book   Book

	tally    Tally
	listing  Tally           // messages and bytes found by this attempt, with what had arrived
	told     Tally           // of which the watcher knows
	aside    map[string]bool // IDs refused by this run or gone: not tried again
	awaited  map[string]bool // IDs that were listed and left to the tail: they are open
	listed   []Message       // what is not settled of the folder, as the prelude has seen it; nil if that was too much
	settled  settled         // what the list has besides
	lastPage bool            // the page in work ends the list
	seen     *Roll           // what the prelude has listed
	news     bool            // some of it is new
	newDates *idSet          // sizes and dates of what is new
	shifts   []shift         // IDs that may have gone over to a twin
	ungiven  map[int64]bool  // sizes of messages that it would not give to be looked at
	rationed bool            // the source shows a part of it at a time
	short    bool            // a list of it was not whole
	hidden   int             // messages that it counts and does not list
	finished bool
	err      error
}

// name is the source folder's. It reads the path alone: the loader may be changing the
// rest meanwhile.
func (p *passage) name() string { return Folder{Path: p.from.Path}.Name() }

func (p *passage) event(kind Kind) Event {
	return Event{Kind: kind, Source: p.source, From: p.name(), Folder: p.to.Name()}
}

// record is what the checkpoint shall know of a message of this passage.
func (p *passage) record(m Message, fate Fate) Record {
	return Record{
		Book: p.book.ID, ID: m.ID, Fate: fate, To: p.to.Key(),
		Flags: flagKey(m.Flags), Date: m.Date, Ident: m.Ident,
	}
}

// unit is the work for one destination folder, which one lane owns at a time:
// else settling could take one lane's message for another's.
type unit struct {
	to    Folder
	spare Folder
	parts []*passage // of one source
	next  *unit      // what another source has for the same folder, done after this one
	// fresh: the destination folder is missing or empty and nothing of it is
	// open in the checkpoint, so there is nothing to reconcile or adopt.
	fresh bool
	// tail: this unit deals with what a cut has left open, not before that time.
	tail   bool
	settle time.Time

	epoch  string // of the destination folder when this run opened it last
	remade bool   // the destination folder went away under us, and was made again

	takenBack map[spot]bool // copies of ours that were removed in favour of their twins

	tries  int            // attempts that got no further
	aside  int            // messages set aside in this attempt: that is progress, too
	losses map[string]int // connections lost while this message was read, by book and ID
	wary   bool           // a tail has lost its connection, too: one letter at a time
	hurt   bool           // a connection was lost while what was altered was read
	held   bool           // some messages are open and wait for the tail
	doubt  bool           // of some a twin may have landed: the tail looks for it
	reflag []reflagging   // flags that the source changed
	linked bool           // records have looked for their messages in this attempt
	waits  bool           // a change of flags waits for that

	belt *belt // between the loader and the appender of this attempt
}

// partOf answers the part of the unit whose record it is, nil if it is another's.
func (u *unit) partOf(r Record) *passage {
	i := slices.IndexFunc(u.parts, func(p *passage) bool { return p.book.ID == r.Book })
	if i < 0 {
		return nil
	}
	return u.parts[i]
}

// reflagging is a change of flags that the source made to a message that has
// arrived.
type reflagging struct {
	part   *passage
	change Reflag
	record Record
}

// begin makes the unit ready for an attempt.
func (u *unit) begin() {
	u.belt = newBelt(u.wary)
	u.held, u.doubt, u.linked, u.waits, u.reflag, u.aside = false, false, false, false, nil, 0
}

// lostAt counts a connection lost at this message, and tells whether it is the
// second one.
func (u *unit) lostAt(p *passage, id string) (twice bool) {
	key := fmt.Sprint(p.book.ID, " ", id)
	if u.losses[key]++; u.losses[key] < 2 {
		return false
	}
	u.aside++
	return true
}

// stallSettles is how many settle times a stall costs: the line may have been
// dead for a while, or still be delivering.
const stallSettles = 12

// touched notes that somebody has put something into the destination folder.
func (u *unit) touched() {
	u.fresh = false
	for _, p := range u.parts {
		p.from.All = false
	}
}

// broke notes that an attempt ended in err: what was on its way to the
// destination may still land.
func (u *unit) broke(err error, settle time.Duration) {
	u.touched()
	for _, p := range u.parts {
		p.book.Filled = true // maybe
	}
	var side *SideError
	there := errors.As(err, &side) && side.Side == AtDest
	if there && Stalled(err) {
		settle *= stallSettles
	}
	if until := time.Now().Add(settle); until.After(u.settle) {
		u.settle = until
	}
	u.wary = u.wary || u.tail && there
}

// tailUnit is the unit for what this one had to leave open.
func (u *unit) tailUnit(notBefore time.Time) *unit {
	if !u.held || u.settle.After(notBefore) {
		notBefore = u.settle
	}
	if u.takenBack == nil {
		u.takenBack = map[spot]bool{}
	}
	return &unit{
		to: u.to, spare: u.spare, parts: u.parts, tail: true, settle: notBefore, losses: u.losses,
		epoch: u.epoch, remade: u.remade, next: u.next, takenBack: u.takenBack, hurt: u.hurt,
	}
}
