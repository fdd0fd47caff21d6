package transfer

import (
	"cmp"
	"fmt"
	"slices"
)

// Do removes what the plan found removable, unless it was marked since or another
// job counts it by now; then the folders that runs have made, where nothing is left
// in them. What was there before, and what is gone, is counted no more.
func (p *UndoPlan) Do() (Undone, error) {
	u := p.undo
	err := u.noteFilled()
	if err == nil {
		err = u.pages(u.takeAway)
	}
	if err == nil {
		err = u.unmake()
	}
	return u.undone, err
}

// takeAway removes those of a page that may go.
func (u *undoing) takeAway(p *place, rs []Record) error {
	victims, err := u.certain(p, rs)
	if err != nil {
		return err
	}
	key := placeKey{rs[0].To, rs[0].Epoch}
	var goes, released []Record
	var uids []uint32
	for _, r := range rs {
		switch {
		case r.Fate != Copied, p.spare, u.gone[key][r.UID]:
			released = append(released, r)
		case victims[r.UID]:
			goes, uids = append(goes, r), append(uids, r.UID)
		}
	}
	if len(uids) > 0 {
		box, err := u.dest.Open(u.feed, p.folder)
		if err != nil {
			return u.dests.fault(err)
		}
		if box.Epoch != key.epoch { // made anew meanwhile
			goes, uids = nil, nil
		}
		if remover, ok := u.dest.(Unmaker); ok && box.Created { // it was gone, and Open has made it
			if _, _, err := remover.Unmake(u.feed, p.folder, box.Epoch, box.Next); err != nil {
				return u.dests.fault(err)
			}
		}
	}
	if len(goes)+len(released) == 0 {
		return nil
	}
	if err := u.what.Forget(u.work, goes, released); err != nil {
		return &localError{err}
	}
	if u.undone.Released += len(released); len(uids) == 0 {
		return nil
	}
	slices.Sort(uids)
	uids = slices.Compact(uids)
	if err := u.dest.(Remover).Remove(u.feed, p.folder, uids); err != nil {
		return u.dests.fault(err)
	}
	u.undone.Removed += len(uids)
	return nil
}

// certain are the victims of a page that nothing has happened to since the plan.
func (u *undoing) certain(p *place, rs []Record) (map[uint32]bool, error) {
	may := map[uint32]uint32{}
	all := u.victims[placeKey{rs[0].To, rs[0].Epoch}]
	first, _ := slices.BinarySearchFunc(all, rs[0].UID, func(v victim, uid uint32) int { return cmp.Compare(v.uid, uid) })
	for _, v := range all[first:] {
		if v.uid > rs[len(rs)-1].UID {
			break
		}
		may[v.uid] = v.flags
	}
	if len(may) == 0 {
		return nil, nil
	}
	var same map[uint32]bool
	err := u.persist(u.feed, func() (err error) {
		same, err = u.unmarked(p, rs[0].UID, rs[len(rs)-1].UID, may)
		return err
	})
	if err != nil {
		return nil, err
	}
	u.counted.at = placeKey{} // another job may have recognised some since
	for uid := range same {
		switch others, err := u.counts(rs[0], uid); {
		case err != nil:
			return nil, err
		case others:
			delete(same, uid)
		}
	}
	return same, nil
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

// counts reports whether another job counts a message at the place of r as arrived.
func (u *undoing) counts(r Record, uid uint32) (bool, error) {
	if u.what.Counted == nil {
		return false, nil
	}
	if at := (placeKey{r.To, r.Epoch}); u.counted.at != at {
		uids, err := u.what.Counted(u.work, Folder{Path: pathOf(r.To)}, r.Epoch)
		if err != nil {
			return false, &localError{err}
		}
		u.counted.at, u.counted.uids = at, uids
	}
	_, found := slices.BinarySearch(u.counted.uids, uid)
	return found, nil
}
