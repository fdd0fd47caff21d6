package transfer

import (
	"slices"
)

// known are the journal's records of the source messages in a page.
func (v *verification) known(page []matched) (map[*slip]Record, error) {
	known := map[*slip]Record{}
	if v.audit.Journal == nil {
		return known, nil
	}
	for at, slips := range v.byPlace(page) {
		p := v.places[at]
		some := make([]string, len(slips))
		for i, s := range slips {
			some[i] = s.id
		}
		rs, err := v.audit.Journal.Carried(v.work, p.source, p.folder, some)
		if err != nil {
			return nil, &localError{err}
		}
		for _, s := range slips {
			if r, ok := rs[s.id]; ok {
				known[s] = r
			}
		}
	}
	return known, nil
}

// byPlace are the source's slips of a page, by their folder.
func (v *verification) byPlace(page []matched) map[uint32][]*slip {
	groups := map[uint32][]*slip{}
	for _, m := range page {
		if m.a != nil {
			groups[m.a.at] = append(groups[m.a.at], m.a)
		}
	}
	return groups
}

// cause fills in how a difference came. merged: it is none, for the destination
// has folded the message into a twin.
func (v *verification) cause(m matched, d *Difference, known map[*slip]Record) (merged bool, err error) {
	if v.audit.Journal == nil {
		return false, nil
	}
	r, ok := known[m.a]
	switch {
	case m.a == nil:
		d.Cause, err = v.surplusCause(m.b)
		return false, err
	case m.b == nil && ok && r.Fate == Merged:
		return true, nil
	case m.b == nil:
		d.Cause = missingCause(r, ok)
		if d.Words == "" {
			d.Words = r.Words
		}
	case !ok || r.Fate == Adopted && d.Bytes:
		d.Cause = NotOurs
	case d.Kind == Misplaced && r.To == v.at(m.b).folder.Key():
		d.Cause = ByTheMove // when its folder still went there
	case d.Kind == Misplaced:
		d.Cause = ChangedThere
	default:
		d.Cause = v.alteredCause(m, d, r)
	}
	return false, nil
}

// missingCause tells what never arrived from what went away again.
func missingCause(r Record, ok bool) Cause {
	switch {
	case !ok || r.Fate == Open:
		return NotCarried
	case hasArrived(r.Fate):
		return LostThere
	}
	return RefusedThere
}

// alteredCause tells what the source changed since the last run from what the
// destination did.
func (v *verification) alteredCause(m matched, d *Difference, r Record) Cause {
	none := Digest{}
	switch {
	case d.Bytes && r.Digest != none && m.a.digest != none && r.Digest != m.a.digest:
		return ChangedHere
	case !d.Bytes && d.DateThere.IsZero() && r.Flags != m.a.ownFlags():
		return ChangedHere
	}
	return ChangedThere
}

// surplusCause tells how a message came that only the destination has.
func (v *verification) surplusCause(b *slip) (Cause, error) {
	p := v.at(b)
	if v.ours.at != p {
		uids, err := v.audit.Journal.Linked(v.work, p.folder, p.folder.Epoch)
		if err != nil {
			return "", &localError{err}
		}
		spoiled, err := v.audit.Journal.Spoiled(v.work, p.folder, p.folder.Epoch)
		if err != nil {
			return "", &localError{err}
		}
		v.ours.at, v.ours.uids, v.ours.spoiled = p, uids, spoiled
	}
	if _, found := slices.BinarySearch(v.ours.spoiled, uidOf(b.id)); found {
		return Superseded, nil
	}
	if _, found := slices.BinarySearch(v.ours.uids, uidOf(b.id)); found {
		return ChangedHere, nil
	}
	return NotOurs, nil
}
