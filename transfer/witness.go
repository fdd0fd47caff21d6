package transfer

import (
	"fmt"
	"maps"
	"slices"
)

// A destination may confirm what it does not do. Both checks here cost nothing
// as long as all is well.

// bearWitness looks at what the destination has done with the unit's letters.
func (w *writer) bearWitness(dest Dest) error {
	if err := w.count(dest); err != nil {
		return err
	}
	return w.twins(dest)
}

// count compares what the destination has confirmed with what its folder gained.
func (w *writer) count(dest Dest) error {
	witness, ok := dest.(Witness)
	if !ok || w.kept == 0 {
		return nil
	}
	gained, err := witness.Gained(w.feed, w.kept)
	if err != nil {
		return w.dests.fault(fmt.Errorf("count the messages of %q: %w", w.unit.to.Name(), err))
	}
	if gained < w.kept {
		w.ledger.flaw(w.unit.parts[0], fmt.Sprintf("%s: the destination has confirmed %s, but this folder has gained only %d: it drops some or folds them into twins, or somebody else removed them", w.unit.to.Name(), plural(w.kept, "message"), gained))
	}
	return nil
}

// twins reads those that letters were folded into: a twin is the same message.
func (w *writer) twins(dest Dest) error {
	if len(w.folded) == 0 {
		return nil
	}
	claims, err := w.claims()
	if err != nil {
		return err
	}
	lost := 0
	for got, err := range dest.Read(w.feed, w.unit.to, slices.Sorted(maps.Keys(claims))) {
		var there Digest
		if err == nil && got.Err == nil {
			there, err = digestOf(got.Body)
		}
		if err != nil {
			return w.dests.fault(fmt.Errorf("read back from %q: %w", w.unit.to.Name(), err))
		}
		for _, d := range claims[got.UID] {
			if d != there {
				lost++
			}
		}
	}
	if lost > 0 {
		w.ledger.flaw(w.unit.parts[0], fmt.Sprintf("%s: the destination has folded %s into others that are not the same", w.unit.to.Name(), plural(lost, "message")))
	}
	return nil
}

// claims are the digests of all messages that are said to be those in folded.
func (w *writer) claims() (map[uint32][]Digest, error) {
	claims := map[uint32][]Digest{}
	holders, err := w.job.Checkpoint.Holders(w.feed, w.unit.to, w.box.Epoch, slices.Sorted(maps.Keys(w.folded)))
	if err != nil {
		return nil, w.local(w.feed, err)
	}
	for _, r := range holders {
		if r.Digest != (Digest{}) {
			claims[r.UID] = append(claims[r.UID], r.Digest)
		}
	}
	return claims, nil
}

// uidSet is the UIDs that the letters of one Append were given. A UID that was
// there before, or comes a second time, is that of a twin which the server has
// merged the letter with, as Gmail does.
type uidSet struct{ bits []uint64 }

// add reports whether the UID is a new one; next is the folder's UIDNEXT when
// it was opened. 0 is not known, and taken for new.
func (s *uidSet) add(uid, next uint32) bool {
	if uid == 0 || next == 0 || uid >= next && uid-next > 1<<26 {
		return true
	}
	if uid < next {
		return false
	}
	word, bit := int((uid-next)/64), uint64(1)<<((uid-next)%64)
	for len(s.bits) <= word {
		s.bits = append(s.bits, 0)
	}
	known := s.bits[word]&bit != 0
	s.bits[word] |= bit
	return !known
}
