package transfer

import (
	"context"
	"fmt"
	"slices"
)

// byCore pairs what is left and of what the sender wrote the same: copies of one
// message that came by different ways. Idents in but are left alone: something of
// our own that is not accounted for has them. What shares an identity and is not
// the same is answered: positions in a.
func (p *pairing) byCore(ctx context.Context, but map[Ident]bool) (alike []int, err error) {
	as, bs := p.kin()
	if err := p.a.learnCores(ctx, as); err != nil {
		return nil, err
	}
	if err := p.b.learnCores(ctx, bs); err != nil {
		return nil, err
	}
	free := map[core][]int{}
	for _, j := range bs {
		if c := p.b.core[j]; c != (core{}) && !but[p.b.cards[j].ident] {
			free[c] = append(free[c], j)
		}
	}
	for like := 2; like >= 0; like-- {
		for _, i := range as {
			if _, done := p.mate[i]; !done {
				p.mateOf(i, free[p.a.core[i]], like)
			}
		}
	}
	alike, _ = p.kin()
	return alike, nil
}

// learnCores reads the cores of those positions that are not known yet.
func (h *hand) learnCores(ctx context.Context, at []int) error {
	var missing []int
	for _, i := range at {
		if _, ok := h.core[i]; !ok {
			missing = append(missing, i)
		}
	}
	if len(missing) == 0 || h.read == nil {
		return nil
	}
	return h.read(ctx, missing)
}

// knowAll takes what was read of a message.
func (h *hand) knowAll(i int, d Digest, c core) {
	h.know(i, d)
	if h.core == nil {
		h.core = map[int]core{}
	}
	h.core[i] = c
}

// toldAlike is how many doubtful pairs are listed one by one.
const toldAlike = 20

// tellCores tells what was recognised though its bytes differ, and lists what looks
// like something that is there already and is not.
func (l *lane) tellCores(u *unit, news []*candidate, same int, alike []int) {
	p := u.parts[0]
	if same > 0 {
		l.ledger.note(p, fmt.Sprintf("%s: %s came here by another way before: the same message and sender, other lines of transport (Received and the like); not doubled", u.to.Name(), plural(same, "message")))
	}
	slices.Sort(alike)
	for k, i := range alike {
		c := news[i]
		if k == toldAlike {
			l.ledger.note(p, fmt.Sprintf("%s: and %d more look like mail that is there already and are not the same; they are copied", u.to.Name(), len(alike)-k))
			return
		}
		l.ledger.note(c.part, fmt.Sprintf("%s: message %s (%s, %q) looks like one that is there already and is not the same; it is copied", u.to.Name(), c.name(), c.m.Date.Format("2006-01-02"), c.subject()))
	}
}

// name is how people find a message: its Message-ID, or the source's name for it.
func (c *candidate) name() string {
	if c.content != nil && c.content.messageID != "" {
		return c.content.messageID
	}
	return c.m.ID
}

// subject is for people, "" where nobody has read it.
func (c *candidate) subject() string {
	if c.content == nil {
		return ""
	}
	return c.content.subject
}

// others are the records of what other sources of the job have brought to the
// unit's folder, and which no message of its own source stands for yet: one
// message that two sources hold is to be there once. Where one of its own source has not
// been found there, it may stand for that.
func (l *lane) others(ctx context.Context, t turn, u *unit) ([]Record, error) {
	taken, adrift := map[uint32]bool{}, map[Ident]bool{}
	var found []Record
	for _, own := range []bool{true, false} {
		for _, p := range l.passes {
			if p.skip != "" || p.to.Key() != u.parts[0].to.Key() || own != (p.index == u.parts[0].index) {
				continue
			}
			sent, err := l.job.Checkpoint.Gone(ctx, p.book.ID, &Roll{}) // all there are
			if err != nil {
				return nil, l.local(ctx, err)
			}
			for _, r := range sent {
				switch {
				case !hasArrived(r.Fate) || r.To != u.to.Key():
				case r.Epoch != t.box.Epoch || r.UID == 0:
					adrift[r.Ident] = adrift[r.Ident] || own
				case !taken[r.UID]:
					taken[r.UID] = true
					if !own && !adrift[r.Ident] {
						found = append(found, r)
					}
				}
			}
		}
	}
	return found, nil
}

// adoptable is what a new message of the unit may be recognised in: mail of
// somebody else's, so many, and behind it what other sources have brought.
func (l *lane) adoptable(ctx context.Context, t turn, u *unit, foreign *stored) (s *stored, standing int, err error) {
	if s = foreign; s == nil {
		s = &stored{}
	}
	standing = s.len()
	if slices.ContainsFunc(u.parts, func(p *passage) bool { return p.news }) && len(l.sources) > 1 {
		others, err := l.others(ctx, t, u)
		if err != nil {
			return nil, 0, err
		}
		for _, r := range others {
			c := newCard(r.Ident, r.Size, r.Date, l.there(flagsOf(r.Flags)))
			c.uid = r.UID
			s.add(c, r.Digest)
		}
	}
	s.read = func(ctx context.Context, at []int) error { return l.readStored(ctx, t, u, s, at) }
	return s, standing, nil
}

// byCore is that of the pairing for what is new of the unit, where anything is left.
func (l *lane) byCore(ctx context.Context, t turn, u *unit, p *pairing, doubtful []Record) (alike []int, err error) {
	if as, _ := p.kin(); len(as) == 0 {
		return nil, nil
	}
	but, err := l.unaccounted(ctx, t, u, doubtful)
	if err != nil {
		return nil, l.local(ctx, err)
	}
	return p.byCore(ctx, but)
}

// unaccounted are the identities of messages that may stand there without being linked
// to their records: what is open, what is in doubt, and what this source has brought
// before the destination numbered its messages anew. If that came by another way, or
// the destination had altered it, its record does not know its bytes, and a twin's would
// take it for its own. What another source has brought is there for this one as well.
func (l *lane) unaccounted(ctx context.Context, t turn, u *unit, doubtful []Record) (map[Ident]bool, error) {
	pending, err := l.job.Checkpoint.Pending(ctx, u.to)
	if err != nil {
		return nil, err
	}
	unlinked, err := l.job.Checkpoint.Unlinked(ctx, u.to, t.box.Epoch)
	if err != nil {
		return nil, err
	}
	own := map[int64]bool{}
	for _, p := range l.passes {
		own[p.book.ID] = p.index == u.parts[0].index
	}
	unlinked = slices.DeleteFunc(unlinked, func(r Record) bool { return !own[r.Book] })
	return identsOf(pending, doubtful, unlinked), nil
}

// identsOf are the identities of records.
func identsOf(sets ...[]Record) map[Ident]bool {
	ids := map[Ident]bool{}
	for _, rs := range sets {
		for _, r := range rs {
			ids[r.Ident] = true
		}
	}
	return ids
}

// chained lets the units of one destination folder follow each other, one source
// after the other: what two sources hold is recognised when the second one comes.
// It answers the first ones.
func chained(units []*unit) []*unit {
	last := map[string]*unit{}
	return slices.DeleteFunc(units, func(u *unit) bool {
		before := last[u.to.Key()]
		last[u.to.Key()] = u
		if before == nil {
			return false
		}
		before.next = u
		u.touched()
		return true
	})
}

// follow lets the unit of the next source begin.
func (l *lane) follow(u *unit) {
	next := u.next
	if next == nil {
		return
	}
	next.to, next.spare, next.epoch, next.remade, next.takenBack = u.to, u.spare, u.epoch, u.remade, u.takenBack
	l.queue.push(next)
}
