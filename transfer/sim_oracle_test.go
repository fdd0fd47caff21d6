package transfer_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

// simSpan is how many messages of a class may have been appended, at least and
// at most.
type simSpan struct{ min, max int }

// souls counts the messages of sources that make the class: those that must
// be at the destination after a whole pass, and all that ever were.
func (w *simWorld) souls(to []string, like *simSoul) simSpan {
	return w.spans()[simClass{simKey(to), like.digest}]
}

// spans counts the souls of all classes. What has come, gone or changed during
// the run that is over need not have been seen by it. What several sources hold
// must be there as often as the one has it that has most.
func (w *simWorld) spans() map[simClass]simSpan {
	spans := map[simClass]simSpan{}
	bySource := map[simClass]map[*simMail]int{}
	refused := w.never()
	for f, s := range w.all {
		to, ok := w.routes[f.key()]
		if !ok || s.leftOut() {
			continue
		}
		key := simClass{simKey(to), s.digest}
		span := spans[key]
		span.max++
		if !s.gone && !refused[s.digest] && (s.born < w.runs || w.runs == 0) && s.changed < max(w.runs, 1) {
			if bySource[key] == nil {
				bySource[key] = map[*simMail]int{}
			}
			bySource[key][f.mail]++
			span.min = max(span.min, bySource[key][f.mail])
		}
		spans[key] = span
	}
	return spans
}

// shared reports whether several sources hold, or held, messages of the class.
func (w *simWorld) shared(key simClass) bool {
	var first *simMail
	for f, s := range w.all {
		if to, ok := w.routes[f.key()]; !ok || s.digest != key.digest || simKey(to) != key.folder {
			continue
		}
		if first != nil && first != f.mail {
			return true
		}
		first = f.mail
	}
	return false
}

// never is what the destination will never take.
func (w *simWorld) never() map[transfer.Digest]bool {
	never := map[transfer.Digest]bool{}
	for _, s := range w.all {
		if s.refused == simAlways {
			never[s.digest] = true
		}
	}
	return never
}

// checkExact demands that the destination has each message exactly once, as
// far as any client could know.
func (w *simWorld) checkExact(when string) {
	spans := w.spans()
	for key := range w.books {
		if _, ok := spans[key]; !ok {
			spans[key] = simSpan{} // classes without a soul of ours, too
		}
	}
	for key, span := range spans {
		path := strings.Split(key.folder, "\x00")
		a := w.account(path, key.digest)
		net, lowest, highest := a.appended-a.removed, span.min, span.max-a.there
		if w.dest.merge {
			lowest = min(lowest, 1)
		}
		highest = max(highest, 0) + w.excused(path, key, a)
		switch {
		case net < lowest-a.put:
			w.fault("%s: LOST in %s: %s: %d messages at the source, %d appended, %d taken back, %d of others", when, key.folder, w.describe(key), span.min, a.appended, a.removed, a.put)
		case net > highest:
			w.fault("%s: DOUBLED in %s: %s: %d messages at the source, %d there before, %d appended, %d taken back", when, key.folder, w.describe(key), span.max, a.there, a.appended, a.removed)
		}
	}
}

// excused counts the copies too many that no client can avoid. Each is narrow:
//
//   - told: a report has told that it is there and cannot be removed;
//   - user took it early: it was deleted or moved away before any run that knew
//     of it had ended well, so that it could not be told from one that never
//     arrived;
//   - unlinked twin: a twin of it was deleted or moved by the user while the
//     destination told no UIDs, or had changed them;
//   - came again: it was deleted or moved by the user, and its first sending landed
//     after that;
//   - landed unseen: it landed after its line was lost, the settle time was over
//     and the run had looked for the last time.
func (w *simWorld) excused(path []string, key simClass, a *simAccount) int {
	n := a.told + a.unsure
	if w.dest.noUIDPlus || a.moved {
		n += a.taken
	}
	if b := w.dest.box(path); b != nil {
		n += min(a.taken, b.late(key.digest))
		looked := b.looked
		if looked.Before(w.process.started) {
			looked = w.process.started
		}
		for _, m := range b.messages {
			if m.late && m.digest == key.digest && (!m.landed.Before(looked) || m.unseen && simOff("landing after the end")) {
				n++
			}
		}
	}
	return n
}

func (w *simWorld) describe(key simClass) string {
	var of []string
	for f, s := range w.all {
		if s.digest == key.digest {
			gone := map[bool]string{true: ", gone"}[s.gone]
			of = append(of, fmt.Sprintf("%s of %s%s", s, f.key(), gone))
		}
	}
	return fmt.Sprintf("%x = %s", key.digest[:3], strings.Join(of, "; "))
}

// ended checks what the run has reported, and the destination if it said that
// all is there.
func (w *simWorld) ended(p *simProcess) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell("ends: %s", p)
	if p.killed {
		return
	}
	t := p.report.Tally
	if sum := t.Copied + t.Present + t.Adopted + t.Skipped + t.Refused + t.Vanished + t.Merged; sum != t.Messages {
		w.fault("the tally does not add up: %+v", t)
	}
	for _, f := range p.report.Folders {
		if f.Tally.Present < 0 || f.Tally.Skipped < 0 {
			w.fault("a negative count: %+v", f)
		}
	}
	if time.Since(p.started) >= longest {
		w.fault("the run did not end within %v", longest)
	}
	w.told(p.report.Flaws)
	for _, b := range w.dest.boxes {
		for _, m := range b.messages {
			m.unseen = m.unseen || m.late && !m.landed.Before(b.looked)
		}
	}
	if p.clean() {
		w.checkExact("exit 0")
		// What an earlier run left open and the source has no more is told as vanished.
		if n, still := w.there(); still && n != t.Messages-t.Vanished {
			w.fault("exit 0 with %d messages accounted for, want %d", t.Messages-t.Vanished, n)
		}
	}
	if p.err == nil {
		for _, b := range w.dest.boxes {
			for _, m := range b.messages {
				m.sure = m.sure || !m.late
			}
		}
	}
}

// there counts the messages of all sources; still tells that none of them has
// come, gone or changed during the run.
func (w *simWorld) there() (n int, still bool) {
	still = true
	for _, s := range w.all {
		still = still && s.changed < w.runs && s.born < w.runs
		if !s.gone {
			n++
		}
	}
	return n, still
}

// told takes note of copies that a report has told of.
func (w *simWorld) told(flaws []string) {
	spans := w.spans()
	for key, a := range w.books {
		if slices.ContainsFunc(flaws, func(s string) bool { return simTwins(s, key) }) {
			a.told = max(a.told, a.appended-a.removed-max(spans[key].max-a.there, 0))
		}
	}
}

// isTold reports whether the flaw is about second copies that are there indeed.
func (w *simWorld) isTold(flaw string) bool {
	for key, a := range w.books {
		if a.told > 0 && simTwins(flaw, key) {
			return true
		}
	}
	return false
}

// simTwins reports whether the flaw tells of second copies in the folder.
func simTwins(flaw string, key simClass) bool {
	name := strings.ReplaceAll(key.folder, "\x00", "/")
	return strings.HasPrefix(flaw, name+": ") && strings.Contains(flaw, "second copy")
}

// checkRemove is asked whether we may take this message back. It is called
// under mu, as are the others.
func (w *simWorld) checkRemove(b *simBox, m *simStored) {
	switch {
	case !m.ours && !slices.ContainsFunc(b.messages, func(x *simStored) bool {
		return x != m && x.digest == m.digest && x.date.Equal(m.date) // one that nobody could tell from ours
	}):
		w.fault("REMOVED what is not ours: %s from %s", m, simKey(b.path))
	case slices.Contains(m.flags, simMark) && !slices.ContainsFunc(b.messages, func(x *simStored) bool {
		return x != m && x.digest == m.digest && slices.Contains(x.flags, simMark)
	}):
		w.fault("REMOVED what the user has marked: %s from %s", m, simKey(b.path))
	}
	w.account(b.path, m.digest).removed++
}

// checkReflag is asked whether we may change these flags.
func (w *simWorld) checkReflag(b *simBox, m *simStored, c transfer.Reflag) {
	if slices.Contains(c.Drop, simMark) {
		w.fault("UNMARKED what the user has marked: %s in %s", m, simKey(b.path))
	}
	if w.spans()[simClass{simKey(b.path), m.digest}].max == 0 {
		w.fault("REFLAGGED what is not ours: %s in %s", m, simKey(b.path))
	}
}

// checkLooks demands the dates and flags of what only we have touched. Twins may
// come to have each other's where a list has hidden one of them, or where a copy
// landed when no run was on to know whose it is.
func (w *simWorld) checkLooks() {
	want, reflagged := map[simClass][]string{}, map[simClass]bool{}
	pure, never := map[simClass]bool{}, w.never()
	for f, s := range w.all {
		to, ok := w.routes[f.key()]
		if !ok || s.leftOut() {
			continue
		}
		key := simClass{simKey(to), s.digest}
		if _, seen := pure[key]; !seen {
			pure[key] = true
		}
		pure[key] = pure[key] && !s.gone && !never[s.digest]
		reflagged[key] = reflagged[key] || s.reflags || s.hidden
		want[key] = append(want[key], simLooks(s.date, s.flags, true))
	}
	for key, looks := range want {
		path := strings.Split(key.folder, "\x00")
		a, b := w.account(path, key.digest), w.dest.box(path)
		if !pure[key] || b == nil || b.remade && simOff("stale UIDs") || a.put+a.taken+a.there+w.excused(path, key, a) > 0 || b.unseen(key.digest) || w.dest.merge || w.shared(key) || len(looks) > 1 && (reflagged[key] || simOff("twins' looks")) {
			continue
		}
		var got []string
		for _, m := range b.messages {
			if m.digest == key.digest {
				got = append(got, simLooks(m.date, m.flags, true))
			}
		}
		slices.Sort(looks)
		if slices.Sort(got); !slices.Equal(got, looks) {
			w.fault("ALTERED in %s: %s: got %v, want %v", key.folder, w.describe(key), got, looks)
		}
	}
}

func simLooks(date time.Time, flags []simFlag, _ bool) string {
	flags = slices.DeleteFunc(slices.Sorted(slices.Values(flags)), func(f simFlag) bool { return f == simMark })
	return fmt.Sprint(date.Format("060102-150405"), flags)
}

// snapshot is all of the destination in words, to see whether it changes.
func (w *simWorld) snapshot() string {
	var b strings.Builder
	for _, box := range w.dest.boxes {
		fmt.Fprintln(&b, box.path, box.epoch, box.next)
		for _, m := range box.messages {
			fmt.Fprintln(&b, m, m.flags)
		}
	}
	return b.String()
}
