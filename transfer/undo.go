package transfer

import (
	"context"
	"errors"
)

// Undo is a [Job] that is to be taken back: what its runs have put at the
// destination is removed, by the UIDs they have written down. Sources are not
// opened; the Mapper tells how flags were given.
type Undo struct {
	Job
	// There opens the destination as a [Source], as for an [Audit].
	There From
	// Records calls each with all that has arrived, by destination folder, epoch
	// and UID.
	Records func(ctx context.Context, each func(Record) error) error
	// Counted answers the UIDs in a destination folder that other jobs count as
	// theirs, sorted: they stay. May be nil.
	Counted func(ctx context.Context, to Folder, epoch string) ([]uint32, error)
	// Forget makes durable that these have not arrived. It is called before those
	// to be removed are removed: should the run end in between, the next copy finds
	// them there. The others are counted no more: they had only been recognised, or
	// are gone.
	Forget func(ctx context.Context, removed, released []Record) error
	// Made are the destination folders that runs have made, and may be removed when
	// nothing is left in them.
	Made []MadeFolder
	// Filled and Unmade note what the undo knows of a folder of Made: below which
	// UID nobody else has put anything, and that it is gone. Nil if Made is empty.
	Filled func(MadeFolder) error
	Unmade func(MadeFolder) error
}

// Kept is why a message that a run has put there is not removed.
type Kept string

// The reasons.
const (
	KeptShared     Kept = "shared"     // another job counts it as arrived
	KeptMarked     Kept = "marked"     // its flags are not as they were left
	KeptAltered    Kept = "altered"    // its bytes are not those that were sent
	KeptRenumbered Kept = "renumbered" // the folder's UIDs mean nothing any more
	KeptUnknown    Kept = "unknown"    // its UID or its bytes were never known, or cannot be read
	KeptGone       Kept = "gone"       // it is not there any more
)

// UndoPlan is what can be taken back.
type UndoPlan struct {
	// Removable counts what is there as it was left, Bytes its size.
	Removable int
	Bytes     int64
	Kept      map[Kept]int
	// Before counts what was there already and only recognised: it stays, and the job
	// counts it no more.
	Before int
	// Folders are those that something is removed from, with how much.
	Folders map[string]int
	// Made are the folders that runs have made and that are there, by name, sorted.
	Made []string

	undo *undoing
}

// Undone is what was taken back.
type Undone struct {
	Removed int
	// Released counts what was there before or is gone: the job counts it no more.
	Released int
	// Folders were removed; Left are folders that runs have made and that stay, by
	// name, with the reason.
	Folders []string
	Left    map[string]string
}

// Counted counts the messages that stay and that the job still counts.
func (p *UndoPlan) Counted() (n int) {
	for why, count := range p.Kept {
		if why != KeptGone {
			n += count
		}
	}
	return n
}

// Idle reports that there is nothing to be done.
func (p *UndoPlan) Idle() bool {
	return p.Removable+p.Before+p.Kept[KeptGone] == 0
}

// undoPage is how many records are looked at together.
const undoPage = 1024

// ErrNoUIDPLUS is for a destination that cannot remove single messages.
var ErrNoUIDPLUS = errors.New("the destination cannot remove single messages (it has no UIDPLUS), so nothing can be taken back safely")

// undoing is one undo.
type undoing struct {
	*verification
	what    Undo
	folders map[string]Folder // at the destination
	victims map[placeKey][]victim
	gone    map[placeKey]map[uint32]bool // what is not there any more
	highest map[placeKey]uint32          // UID that a run has put there
	plan    *UndoPlan
	dest    Dest
	undone  Undone
	counted struct { // UIDs at one place that others count
		at   placeKey
		uids []uint32
	}
}

// placeKey is a destination folder under one epoch.
type placeKey struct{ to, epoch string }

// victim is a message that may go, with a hash of the flags it had.
type victim struct{ uid, flags uint32 }

// PlanUndo reads what runs have put at the destination and finds out what can be
// taken back: only what has the bytes that were sent and the flags that it was
// given. It changes nothing. The caller closes the plan.
func PlanUndo(ctx context.Context, what Undo) (*UndoPlan, error) {
	u := &undoing{
		verification: newVerification(ctx, Audit{Job: what.Job, There: what.There}), what: what,
		folders: map[string]Folder{}, victims: map[placeKey][]victim{},
		gone: map[placeKey]map[uint32]bool{}, highest: map[placeKey]uint32{}, undone: Undone{Left: map[string]string{}},
		plan: &UndoPlan{Kept: map[Kept]int{}, Folders: map[string]int{}},
	}
	u.plan.undo = u
	if err := u.begin(); err != nil {
		u.plan.Close()
		return nil, err
	}
	err := u.pages(u.judgePage)
	if err != nil {
		u.plan.Close()
		return nil, err
	}
	u.plan.Made = u.madeThere()
	return u.plan, nil
}

// Close ends the sessions.
func (p *UndoPlan) Close() {
	if p.undo.dest != nil {
		p.undo.dest.Close()
	}
	p.undo.close()
}

// begin signs in: one session that reads, and one that will remove.
func (u *undoing) begin() error {
	folders, err := look(u.run, u.there, Source.Folders)
	if err != nil {
		return err
	}
	for _, f := range folders {
		u.folders[f.Key()] = f
	}
	if u.dest, err = u.dests.get(u.feed); err != nil {
		return err
	}
	if _, ok := u.dest.(Remover); !ok {
		return u.dests.fault(ErrNoUIDPLUS)
	}
	if _, err := u.dest.Site(u.feed); err != nil {
		return u.dests.fault(err)
	}
	return nil
}

// pages calls do with records of one folder that were put there, some at a time.
func (u *undoing) pages(do func(p *place, rs []Record) error) error {
	var page []Record
	flush := func() error {
		if len(page) == 0 {
			return nil
		}
		f, there := u.folders[page[0].To]
		if !there {
			f = Folder{Path: pathOf(page[0].To)}
		}
		err := do(&place{side: u.there, source: u.there.name, folder: f, to: f, spare: !there}, page)
		page = page[:0]
		return err
	}
	err := u.what.Records(u.feed, func(r Record) error {
		if len(page) == undoPage || len(page) > 0 && (page[0].To != r.To || page[0].Epoch != r.Epoch) {
			if err := flush(); err != nil {
				return err
			}
		}
		page = append(page, r)
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}
