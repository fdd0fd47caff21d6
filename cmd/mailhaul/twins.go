package main

import (
	"context"
	"slices"
	"strings"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// twins are messages that a verification cannot tell apart: it says how many of them
// are missing, and any of them may be called so. The checkpoint says which copy each
// one has; what is to be forgotten is the record whose copy is gone, whichever of the
// twins was called missing.
type twins struct {
	log *checkpoint.Log
	// strays are messages that were found at the place of another one's record, by
	// that place.
	strays map[spot]stray

	at     spot     // the folder that linked is of
	linked []uint32 // UIDs that records hold
}

// spot is a message at the destination.
type spot struct {
	to, epoch string
	uid       uint32
}

// stray is a message that was found, with what is recorded of it; known is false if
// nothing is.
type stray struct {
	found, record transfer.Record
	known         bool
}

func spotOf(r transfer.Record) spot { return spot{r.To, r.Epoch, r.UID} }

// arrivedOrOpen reports a record that a copy would not carry again.
func arrivedOrOpen(f transfer.Fate) bool {
	return f != "" && f != transfer.Refused && f != transfer.Vanished
}

// fits reports whether a message that was found is to be recorded where it was found.
// k is what is recorded of it, if known.
func (t *twins) fits(ctx context.Context, found, k transfer.Record, known bool) (bool, error) {
	known = known && arrivedOrOpen(k.Fate)
	switch {
	case known && (k.Fate == transfer.Open || k.UID == 0):
		return false, nil // a copy finds it by itself
	case known && (k.To != found.To || k.Epoch != found.Epoch || k.UID == found.UID):
		return false, nil // it is moved, numbered anew, or where it was
	}
	taken, err := t.taken(ctx, spotOf(found))
	if err == nil && taken {
		t.strays[spotOf(found)] = stray{found, k, known}
	}
	return !taken, err
}

// taken reports whether a record holds a place.
func (t *twins) taken(ctx context.Context, at spot) (bool, error) {
	if folder := (spot{at.to, at.epoch, 1}); t.at != folder {
		uids, err := t.log.Linked(ctx, transfer.Folder{Path: strings.Split(at.to, "\x00")}, at.epoch)
		if err != nil {
			return false, err
		}
		t.at, t.linked = folder, uids
	}
	_, found := slices.BinarySearch(t.linked, at.uid)
	return found, nil
}

// lost answers which record is to be forgotten when that one's message is missing;
// none if the twin that takes its place has no record.
func (t *twins) lost(r transfer.Record) (transfer.Record, bool) {
	for {
		s, ok := t.strays[spotOf(r)]
		if !ok {
			return r, true
		}
		delete(t.strays, spotOf(r))
		if !s.known {
			return r, false
		}
		r = s.record
	}
}

// settle records those that are left where they were found, unless they have only
// changed places among each other.
func (t *twins) settle(ctx context.Context) error {
	t.at = spot{}
	var settled []transfer.Record
	for at, s := range t.strays {
		taken, err := t.taken(ctx, at)
		if err != nil {
			return err
		}
		if !taken || !s.known {
			settled = append(settled, s.found)
		}
	}
	return t.log.Settle(ctx, settled)
}
