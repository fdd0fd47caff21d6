package transfer_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
)

// changeSource lets something happen at a source: mail comes and goes, flags
// change, a server renumbers. It is called under mu.
func (w *simWorld) changeSource() {
	r := w.dice
	m := simPick(r, w.mails)
	f := simPick(r, m.folders)
	there := f.there()
	switch n := r.IntN(20); {
	case n < 7 || len(there) == 0:
		s := w.write(there)
		f.add(s)
		w.tell("%s: new in %s: %s", m.name, f.key(), s)
	case n < 11:
		s := simPick(r, there)
		s.gone, s.changed = true, w.runs
		f.revision++
		f.settleNames()
		w.tell("%s: gone from %s: %s", m.name, f.key(), s)
	case n < 16:
		s := simPick(r, there)
		if m.kind == simPOP3 || s.leftOut() {
			return
		}
		w.reflag(f, s)
	case n < 18 && m.kind == simIMAP:
		f.epoch++
		f.next = 100 * f.epoch
		w.renumber(f)
		w.tell("%s: UIDVALIDITY of %s changes", m.name, f.key())
	case n == 18 && !w.running(): // in mid-session not even the bytes that come are those asked for
		w.renumberQuietly(f)
	default:
		f.hiding = 1 + r.IntN(4)
		w.tell("%s: %d lists of %s will be short", m.name, f.hiding, f.key())
	}
}

// reflag changes the flags of a message at its source.
func (w *simWorld) reflag(f *simFolder, s *simSoul) {
	flag := simPick(w.dice, []string{`\Seen`, `\Flagged`, "$Later"})
	if i := slices.IndexFunc(s.flags, func(x simFlag) bool { return string(x) == flag }); i >= 0 {
		s.flags = slices.Delete(slices.Clone(s.flags), i, i+1)
	} else {
		s.flags = append(slices.Clone(s.flags), simFlag(flag))
	}
	s.reflags = true
	f.revision++
	s.touched = f.revision
	w.tell("%s: flags in %s of %s are now %v", f.mail.name, f.key(), s, s.flags)
}

// renumber gives all messages new UIDs.
func (w *simWorld) renumber(f *simFolder) {
	for _, s := range f.there() {
		f.next += 1 + w.dice.IntN(3)
		s.id = fmt.Sprint(f.next)
		s.changed, s.named, s.touched = w.runs, f.revision+1, f.revision+1
	}
	f.revision++
}

// exchange gives the messages each other's UIDs. One that is left out keeps its own if
// it has a twin of its date: nobody could tell that from a change of their flags.
func (w *simWorld) exchange(f *simFolder) {
	there := slices.DeleteFunc(f.there(), func(s *simSoul) bool {
		return s.leftOut() && slices.ContainsFunc(f.there(), func(x *simSoul) bool { return x.digest == s.digest && x.date.Equal(s.date) && !x.leftOut() })
	})
	if len(there) == 0 {
		return
	}
	first := there[0].id
	for i, s := range there {
		if s.changed = w.runs; i < len(there)-1 {
			s.id = there[i+1].id
		} else {
			s.id = first
		}
	}
	f.revision++
}

// renumberQuietly gives all messages other IDs and does not tell: UIDs are used
// anew under the same UIDVALIDITY, or a POP3 server makes up new UIDLs.
func (w *simWorld) renumberQuietly(f *simFolder) {
	switch {
	case f.mail.kind == simIMAP && w.dice.IntN(2) == 0 && !simOff("reused IDs"):
		w.exchange(f)
	case f.mail.kind == simIMAP && !simOff("fresh IDs"):
		w.renumber(f)
	case f.mail.kind == simPOP3 && !f.mail.noUIDL && !simOff("fresh IDs"):
		for _, s := range f.there() {
			f.next++
			s.uidl, s.changed = fmt.Sprint("v", f.next), w.runs
		}
		f.settleNames()
		f.revision++
	default:
		return
	}
	w.tell("%s: the messages of %s have other IDs under the same UIDVALIDITY", f.mail.name, f.key())
}

// changeDest lets somebody else work at the destination. It is called under mu.
func (w *simWorld) changeDest() {
	r := w.dice
	b := simPick(r, w.dest.boxes)
	running := w.running()
	if w.seed >= simLookAlikes && r.IntN(4) == 0 {
		w.putLookAlike()
		return
	}
	switch n := r.IntN(20); {
	case n < 4:
		s := w.write(nil)
		w.putForeign(b, &simStored{body: s.body, digest: s.digest, date: s.date, flags: s.flags})
	case n < 7:
		w.dropCopy(running)
	case n < 10 && len(b.messages) > 0:
		m := simPick(r, b.messages)
		w.tell("user: deletes %s from %s", m, simKey(b.path))
		w.take(b, m)
	case n < 12 && len(b.messages) > 0:
		to, m := simPick(r, w.dest.boxes), simPick(r, b.messages)
		if to == b {
			return
		}
		w.tell("user: moves %s from %s to %s", m, simKey(b.path), simKey(to.path))
		w.take(b, m)
		copied := *m
		copied.ours, copied.late, copied.sure = false, false, false
		w.putForeign(to, &copied)
	case n < 15 && len(b.messages) > 0:
		m := simPick(r, b.messages)
		if !slices.Contains(m.flags, simMark) {
			m.flags = append(slices.Clone(m.flags), simMark)
		}
		w.tell("user: marks %s in %s", m, simKey(b.path))
	case n == 15 && len(b.path) > 0 && b.path[0] != "INBOX":
		w.tell("user: deletes the folder %s", simKey(b.path))
		w.emptyBox(b)
		w.dest.boxes = slices.DeleteFunc(w.dest.boxes, func(x *simBox) bool { return x == b })
	case n == 16 && b.path[0] != "INBOX":
		w.renameBox(b)
	case n == 17:
		w.renumberBox(b)
	case n == 18:
		w.dest.full = !running && r.IntN(2) == 0 || running
		w.tell("dest: over quota is %v", w.dest.full)
	}
}

func (w *simWorld) running() bool {
	p := w.process
	if p == nil || p.killed {
		return false
	}
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// putForeign stores somebody else's message; a server that merges may have it already.
func (w *simWorld) putForeign(b *simBox, m *simStored) (isNew bool) {
	var kept *simStored
	if kept, isNew = w.dest.store(b, m); isNew {
		w.put(b.path, m)
	}
	w.tell("user: puts %s into %s", kept, simKey(b.path))
	return isNew
}

// put counts somebody else's message as one of the classes that it may stand for.
func (w *simWorld) put(path []string, m *simStored) {
	for _, d := range m.digests() {
		a := w.account(path, d)
		a.put++
		if d != m.digest {
			a.ways++
		}
	}
}

// anyRouted is a message of a source and the folder that it goes to, if that is there.
func (w *simWorld) anyRouted() (s *simSoul, to []string) {
	f := simPick(w.dice, simPick(w.dice, w.mails).folders)
	there := f.there()
	to, ok := w.routes[f.key()]
	if !ok || len(there) == 0 || w.dest.box(to) == nil {
		return nil, nil
	}
	return simPick(w.dice, there), to
}

// dropCopy puts a copy of a source's message where it is to go: drag and drop, or
// come by another way.
func (w *simWorld) dropCopy(running bool) {
	s, to := w.anyRouted()
	if s == nil {
		return
	}
	m := &simStored{body: s.body, digest: s.digest, date: s.date.Add(time.Hour), flags: s.flags}
	if way, ok := simOtherWay(w.dice, s.body); ok && w.dice.IntN(2) == 0 && !simOff("other ways") {
		m.body, m.digest, m.of = way, simDigest(way), s.digest
	}
	a, isNew := w.account(to, s.digest), w.putForeign(w.dest.box(to), m)
	if isNew && w.runs == 0 && !running && !s.leftOut() && a.there < w.souls(to, s).max {
		a.there++
	}
}

// simLookAlikes is the first world whose users have look-alikes: the worlds before stay
// as they were.
const simLookAlikes = 11_000_000

// putLookAlike puts another message there with the headers and the date of one that a
// source has, which may be on its way.
func (w *simWorld) putLookAlike() {
	s, to := w.anyRouted()
	if s == nil {
		return
	}
	body := append(bytes.Clone(s.body), fmt.Sprintf("as changed for the %d. time\r\n", len(w.history))...)
	w.putForeign(w.dest.box(to), &simStored{body: body, digest: simDigest(body), date: s.date, flags: s.flags})
}

// take lets the user take a message away.
func (w *simWorld) take(b *simBox, m *simStored) {
	b.messages = slices.DeleteFunc(b.messages, func(x *simStored) bool { return x == m })
	w.taken(b, m)
}

func (w *simWorld) taken(b *simBox, m *simStored) {
	for _, d := range m.digests() {
		a := w.account(b.path, d)
		a.taken++
		a.there = max(a.there-1, 0)
		if !m.sure {
			a.unsure++
		}
	}
}

func (w *simWorld) emptyBox(b *simBox) {
	w.dest.gone[simKey(b.path)] = true
	for _, m := range b.messages {
		w.taken(b, m)
	}
	b.messages = nil
}

// renameBox moves a folder with all that is in it out of our way.
func (w *simWorld) renameBox(b *simBox) {
	moved := &simBox{path: []string{fmt.Sprintf("%s was renamed %d", strings.Join(b.path, " "), len(w.history))}, epoch: b.epoch, next: b.next, messages: slices.Clone(b.messages)}
	w.tell("user: renames the folder %s to %s", simKey(b.path), simKey(moved.path))
	w.emptyBox(b)
	for _, m := range moved.messages {
		m.ours = false
		w.put(moved.path, m)
	}
	w.dest.boxes[slices.Index(w.dest.boxes, b)] = moved
}

// renumberBox gives a destination folder a new UIDVALIDITY; open sessions are lost.
func (w *simWorld) renumberBox(b *simBox) {
	w.dest.epochs++
	b.remade = true
	b.epoch, b.next = fmt.Sprint(1000+w.dest.epochs), 11
	for _, m := range b.messages {
		m.uid = b.next
		b.next += 3
		for _, d := range m.digests() {
			w.account(b.path, d).moved = true
		}
	}
	w.tell("dest: UIDVALIDITY of %s changes", simKey(b.path))
	if w.running() {
		for _, l := range w.process.lines {
			if l.side() == "destination" {
				l.cut()
			}
		}
	}
}
