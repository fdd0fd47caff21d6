package transfer

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// judgePage finds out which of a page may go.
func (u *undoing) judgePage(p *place, rs []Record) error {
	ms, of, err := u.sift(p, rs)
	if err != nil {
		return err
	}
	there := map[string]copyThere{}
	for some := range slices.Chunk(ms, auditBodies) {
		if err := u.persist(u.feed, func() error { return u.readThere(p, some, there) }); err != nil {
			return err
		}
	}
	kept := keywordsOf(there)
	for _, m := range ms {
		r := rs[of[m.ID]]
		key := placeKey{r.To, r.Epoch}
		c, known := there[m.ID]
		if reason := u.reason(r, c, known, kept); reason != "" {
			u.plan.Kept[reason]++
			if reason == KeptGone {
				u.missing(key, r.UID)
			}
			continue
		}
		u.plan.Removable++
		u.plan.Bytes += r.Size
		u.plan.Folders[p.folder.Name()]++
		u.victims[key] = append(u.victims[key], victim{r.UID, flagSum(flagKey(c.flags))})
	}
	return nil
}

// sift judges those of a page that need not be read, and answers the others, with
// the record of each.
func (u *undoing) sift(p *place, rs []Record) (ms []Message, of map[string]int, err error) {
	of = map[string]int{}
	key := placeKey{rs[0].To, rs[0].Epoch}
	for i, r := range rs {
		u.highest[key] = max(u.highest[key], r.UID)
		switch {
		case r.Fate != Copied:
			u.plan.Before++
		case p.spare:
			u.plan.Kept[KeptGone]++
		case p.folder.Epoch != r.Epoch:
			u.plan.Kept[KeptRenumbered]++
		case r.UID == 0 || r.Digest == (Digest{}):
			u.plan.Kept[KeptUnknown]++
		default:
			others, err := u.counts(r, r.UID)
			if err != nil {
				return nil, nil, err
			}
			if others {
				u.plan.Kept[KeptShared]++
				continue
			}
			id := fmt.Sprint(r.UID)
			ms, of[id] = append(ms, Message{ID: id, Size: -1}), i
		}
	}
	return ms, of, nil
}

// missing notes a message that is gone.
func (u *undoing) missing(at placeKey, uid uint32) {
	if u.gone[at] == nil {
		u.gone[at] = map[uint32]bool{}
	}
	u.gone[at][uid] = true
}

// readThere reads messages as they are now.
func (u *undoing) readThere(p *place, ms []Message, there map[string]copyThere) error {
	return u.with(u.feed, p, func(src Source) error {
		return u.eachBody(u.feed, src, p, ms, func(got Fetched) error {
			switch {
			case errors.Is(got.Err, ErrVanished):
				there[got.ID] = copyThere{gone: true}
			case got.Err == nil:
				d, _, _, err := canonicalOf(got.Body)
				if err != nil {
					return err
				}
				there[got.ID] = copyThere{digest: d, flags: slices.Clone(got.Flags)}
			}
			return nil
		})
	})
}

// reason is why a message stays, "" if it may go. kept are the keywords that the
// folder is known to keep.
func (u *undoing) reason(r Record, c copyThere, known bool, kept map[string]bool) Kept {
	switch {
	case !known:
		return KeptUnknown
	case c.gone:
		return KeptGone
	case c.digest != r.Digest:
		return KeptAltered
	}
	left := flagsOf(u.flagsThere(flagsOf(r.Flags)))
	lacks := slices.DeleteFunc(minus(left, c.flags), func(f Flag) bool { // it was never taken
		return !strings.HasPrefix(string(f), `\`) && !kept[strings.ToLower(string(f))]
	})
	if len(lacks)+len(minus(c.flags, left)) > 0 {
		return KeptMarked
	}
	return ""
}

// flagsThere is how a source's flags stand at the destination.
func (u *undoing) flagsThere(flags []Flag) string {
	if len(flags) == 0 {
		return ""
	}
	m, _ := u.job.Mapper.Message(Message{Flags: flags, Size: -1})
	return flagKey(m.Flags)
}

// keywordsOf are those that some message has.
func keywordsOf(there map[string]copyThere) map[string]bool {
	kept := map[string]bool{}
	for _, c := range there {
		for _, f := range c.flags {
			kept[strings.ToLower(string(f))] = true
		}
	}
	return kept
}

func flagSum(key string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(key))
	return h.Sum32()
}
