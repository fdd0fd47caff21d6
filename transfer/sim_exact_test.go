package transfer_test

import (
	"fmt"
	"strings"

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

// hasLookAlike reports whether another message with the headers of the class goes to
// its folder.
func (w *simWorld) hasLookAlike(key simClass) bool {
	var id transfer.Ident
	for _, s := range w.all {
		if s.digest == key.digest {
			id = transfer.Identify(s.body)
		}
	}
	for f, s := range w.all {
		to, ok := w.routes[f.key()]
		if ok && simKey(to) == key.folder && s.digest != key.digest && transfer.Identify(s.body) == id {
			return true
		}
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
//   - other way: what stood for it came by another way, and could not be told from
//     something of our own: the destination had changed its UIDs, or a look-alike of
//     it was on its way;
//   - altered: the destination alters what it stores, and it stood there before, or its
//     receipt was lost, and its sender has written no Message-ID or Date, or the source
//     did not give it once more;
//   - came again: it was deleted or moved by the user, and its first sending landed
//     after that;
//   - landed unseen: it landed after its line was lost, the settle time was over
//     and the run had looked for the last time.
func (w *simWorld) excused(path []string, key simClass, a *simAccount) int {
	n := a.told + a.unsure
	if w.dest.alters {
		n += a.there
		if b := w.dest.box(path); b != nil {
			n += b.strays(key.digest) + a.taken
		}
	}
	if w.dest.noUIDPlus || a.moved {
		n += a.taken
	}
	if a.moved || a.ways > 0 && w.hasLookAlike(key) {
		n += a.ways
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
