package transfer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Verify reads both sides afresh and compares them message by message. It changes
// nothing on either side, and needs no checkpoint: the mail may have been moved
// by any program.
//
//	folders   both sides -> Mapper -> pairs of folders, as for [Run]
//	read      both folders side by side, page by page -> slips in piles, which
//	          go to a temporary file when they are many
//	match     lot by lot: as a multiset by identity, size and date; by digest
//	          where that leaves a doubt
//	elsewhere what is left over on either side: the same in another folder, or
//	          with other bytes
//	tell      what differs, with what the journal knows of how it came
//
// Memory is bounded however large a folder is. Differences counts; each is told
// to Found as it is known. An error may come together with counts: of folders
// that could be compared.
func Verify(ctx context.Context, a Audit) (Differences, error) {
	v := newVerification(ctx, a)
	defer v.close()
	units, err := v.folders()
	if err != nil {
		return v.sum, err
	}
	var faults []error
	for _, u := range units {
		if err := v.unit(u); err != nil {
			if ends(err) || v.feed.Err() != nil {
				return v.sum, err
			}
			faults = append(faults, err)
		}
	}
	if len(faults) == 0 {
		faults = append(faults, v.elsewhere())
	}
	v.sum.Took = time.Since(v.started)
	return v.sum, errors.Join(faults...)
}

// ends reports an error that no other folder can do without.
func ends(err error) bool {
	var local *localError
	var opening *openError
	return errors.As(err, &local) || errors.As(err, &opening) || SignInRefused(err)
}

// verification is one call of Verify. Its run is only used for what all flows
// share: sessions, folders, events.
type verification struct {
	*run
	audit  Audit
	sum    Differences
	there  *sessions[Source]
	places []*place          // all folders that were read, of both sides
	rest   map[string]Folder // folders at the destination that nothing goes to
	left   struct{ missing, surplus *pile }
	ours   struct { // UIDs at one place that the journal knows
		at            *place
		uids, spoiled []uint32
	}
}

// place is one folder of one side.
type place struct {
	side   *sessions[Source]
	source string // its side's name
	folder Folder
	to     Folder // where it goes; at the destination the folder itself
	spare  bool   // nothing goes there
	// noFlags: its messages have none to be compared.
	noFlags bool
}

// pairUnit is one destination folder and all that goes there.
type pairUnit struct {
	from []*place
	to   *place // nil if it is not there
	name Folder
}

func newVerification(ctx context.Context, a Audit) *verification {
	v := &verification{run: newRun(ctx, a.Job), audit: a}
	v.there = newSessions(AtDest, a.Dest.Name, a.There.Open, a.There.Sessions)
	v.left.missing, v.left.surplus = v.newPile(), v.newPile()
	v.sum.Causes = map[Cause]int{}
	return v
}

func (v *verification) close() {
	v.left.missing.close()
	v.left.surplus.close()
	v.there.close()
	v.run.close()
}

// folders asks both sides what there is and pairs it as a run would.
func (v *verification) folders() ([]*pairUnit, error) {
	site, folders, err := v.look()
	if err != nil {
		return nil, err
	}
	v.dests.close() // all else is read
	read, err := look(v.run, v.there, Source.Folders)
	if err != nil {
		return nil, err
	}
	v.rest = map[string]Folder{}
	for _, f := range read {
		v.rest[f.Key()] = f
	}
	var units []*pairUnit
	byKey := map[string]*pairUnit{}
	for i, from := range v.job.Sources {
		if err := v.recall(from.Name, folders[i]); err != nil {
			return nil, err
		}
		routes := v.job.Mapper.Routes(folders[i], site)
		if len(routes) != len(folders[i]) {
			return nil, &localError{errors.New("the mapper did not answer every folder")}
		}
		for k, route := range routes {
			if route.Skip != "" {
				continue
			}
			p := v.place(v.sources[i], folders[i][k], v.target(route))
			p.noFlags = v.audit.NoFlags || from.Marks != nil
			u := byKey[p.to.Key()]
			if u == nil {
				u = &pairUnit{name: p.to}
				byKey[p.to.Key()] = u
				units = append(units, u)
			}
			u.from = append(u.from, p)
		}
	}
	v.pairUp(units)
	return units, nil
}

// recall fills in where folders went in earlier runs.
func (v *verification) recall(source string, folders []Folder) error {
	if v.audit.Journal == nil {
		return nil
	}
	went, err := v.audit.Journal.Went(v.work, source)
	if err != nil {
		return &localError{err}
	}
	for i, f := range folders {
		if to, ok := went[f.Key()]; ok {
			folders[i].Went = pathOf(to)
		}
	}
	return nil
}

// target is the folder that a route leads to: the spare one where that was taken.
func (v *verification) target(r Route) Folder {
	if _, exists := v.rest[r.To.Key()]; !exists && r.Spare.Path != nil {
		if f, ok := v.rest[r.Spare.Key()]; ok {
			return f
		}
	}
	return r.To
}

func (v *verification) place(side *sessions[Source], f, to Folder) *place {
	p := &place{side: side, source: side.name, folder: f, to: to}
	v.places = append(v.places, p)
	return p
}

// pairUp finds the units' folders at the destination and announces the work.
func (v *verification) pairUp(units []*pairUnit) {
	plan := Event{Kind: EventPlan, Count: len(units), Bytes: -1}
	for _, u := range units {
		f, ok := v.rest[u.name.Key()]
		if ok {
			u.to = v.place(v.there, f, f)
		}
	}
	for _, u := range units {
		delete(v.rest, u.name.Key())
	}
	slices.SortStableFunc(units, func(a, b *pairUnit) int { return cmp.Compare(a.name.Name(), b.name.Name()) })
	v.ledger.tell(plan)
}

// unit compares one destination folder with what goes there.
func (v *verification) unit(u *pairUnit) error {
	e := Event{Kind: EventFolder, Folder: u.name.Name(), From: u.from[0].folder.Name()}
	v.ledger.tell(e)
	here, there := v.newPile(), v.newPile()
	defer here.close()
	defer there.close()
	if err := v.readBoth(u, here, there); err != nil {
		return err
	}
	v.sum.Folders++
	if u.to == nil {
		err := v.found(Difference{Kind: NoFolder, Source: u.from[0].source, From: u.from[0].folder.Name(), To: u.name.Name()})
		if err != nil {
			return err
		}
	}
	err := here.each(there, func(as, bs []*slip) error { return v.matchHere(as, bs) })
	e.Kind = EventDone
	v.ledger.tell(e)
	return err
}

// elsewhere looks at what found no mate in its own folder. Folders that nothing
// goes to are only read if something is missing.
func (v *verification) elsewhere() error {
	if v.left.missing.n > 0 {
		for _, f := range v.rest {
			p := v.place(v.there, f, f)
			p.spare = true
			if err := v.read(p, v.left.surplus); err != nil {
				return err
			}
		}
	}
	missing, surplus := v.newPile(), v.newPile()
	defer missing.close()
	defer surplus.close()
	err := v.left.missing.each(v.left.surplus, func(as, bs []*slip) error {
		return v.matchElsewhere(as, bs, missing, surplus)
	})
	if err != nil {
		return err
	}
	return missing.each(surplus, v.matchLooks)
}

// found counts and tells one difference.
func (v *verification) found(d Difference) error {
	v.sum.add(d)
	if v.audit.Found == nil {
		return nil
	}
	if err := v.audit.Found(d); err != nil {
		return &localError{fmt.Errorf("tell a difference: %w", err)}
	}
	return nil
}
