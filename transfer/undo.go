package transfer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
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
	// Forget makes durable that these have not arrived. It is called before they
	// are removed: should the run end in between, the next copy finds them there.
	Forget func(ctx context.Context, rs []Record) error
}

// Kept is why a message that a run has put there is not removed.
type Kept string

// The reasons.
const (
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
	// Before counts what was there already and only recognised: it stays.
	Before int
	// Folders are those that something is removed from, with how much.
	Folders map[string]int

	undo *undoing
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
	victims map[victimKey][]victim
	plan    *UndoPlan
	dest    Dest
}

type victimKey struct{ to, epoch string }

// victim is a message that may go, with a hash of the flags it had.
type victim struct{ uid, flags uint32 }

// PlanUndo reads what runs have put at the destination and finds out what can be
// taken back: only what has the bytes that were sent and the flags that it was
// given. It changes nothing. The caller closes the plan.
func PlanUndo(ctx context.Context, what Undo) (*UndoPlan, error) {
	u := &undoing{
		verification: newVerification(ctx, Audit{Job: what.Job, There: what.There}), what: what,
		folders: map[string]Folder{}, victims: map[victimKey][]victim{},
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

// Do removes what the plan found removable, unless it was marked since. It answers
// how many messages went.
func (p *UndoPlan) Do() (removed int, err error) {
	u := p.undo
	err = u.pages(func(at *place, rs []Record) error {
		n, err := u.takeAway(at, rs)
		removed += n
		return err
	})
	return removed, err
}

// takeAway removes those of a page that may go.
func (u *undoing) takeAway(p *place, rs []Record) (int, error) {
	may := map[uint32]uint32{}
	all := u.victims[victimKey{rs[0].To, rs[0].Epoch}]
	first, _ := slices.BinarySearchFunc(all, rs[0].UID, func(v victim, uid uint32) int { return cmp.Compare(v.uid, uid) })
	for _, v := range all[first:] {
		if v.uid > rs[len(rs)-1].UID {
			break
		}
		may[v.uid] = v.flags
	}
	if len(may) == 0 {
		return 0, nil
	}
	var same map[uint32]bool
	err := u.persist(u.feed, func() (err error) {
		same, err = u.unmarked(p, rs[0].UID, rs[len(rs)-1].UID, may)
		return err
	})
	if err != nil {
		return 0, err
	}
	var goes []Record
	var uids []uint32
	for _, r := range rs {
		if r.Fate == Copied && same[r.UID] {
			goes, uids = append(goes, r), append(uids, r.UID)
		}
	}
	if len(uids) == 0 {
		return 0, nil
	}
	box, err := u.dest.Open(u.feed, p.folder)
	if err != nil {
		return 0, u.dests.fault(err)
	}
	if box.Epoch != rs[0].Epoch {
		return 0, nil // made anew meanwhile
	}
	if err := u.what.Forget(u.work, goes); err != nil {
		return 0, &localError{err}
	}
	slices.Sort(uids)
	uids = slices.Compact(uids)
	if err := u.dest.(Remover).Remove(u.feed, p.folder, uids); err != nil {
		return 0, u.dests.fault(err)
	}
	return len(uids), nil
}

// unmarked are those that still have the flags they had.
func (u *undoing) unmarked(p *place, from, to uint32, may map[uint32]uint32) (map[uint32]bool, error) {
	same := map[uint32]bool{}
	after := ""
	if from > 1 {
		after = fmt.Sprint(from - 1)
	}
	err := u.with(u.feed, p, func(src Source) error {
		for m, err := range src.List(u.feed, p.folder, after) {
			if err != nil {
				return err
			}
			uid := uidOf(m.ID)
			if uid > to {
				return nil
			}
			if flags, ok := may[uid]; ok && flags == flagSum(flagKey(m.Flags)) {
				same[uid] = true
			}
		}
		return nil
	})
	return same, err
}
