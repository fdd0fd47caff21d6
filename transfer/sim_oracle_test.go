package transfer_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

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
				m.sure = m.sure || !m.late && (!m.stray || m.landed.Before(b.looked))
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
	spans := w.spans()
	if !slices.ContainsFunc(m.digests(), func(d transfer.Digest) bool { return spans[simClass{simKey(b.path), d}].max > 0 }) {
		w.fault("REFLAGGED what is not ours: %s in %s", m, simKey(b.path))
	}
}

// checkLooks demands the dates and flags of what only we have touched. Twins may
// come to have each other's where the source has hidden or withheld one of them, or
// where a copy landed when no run was on to know whose it is.
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
		want[key] = append(want[key], simLooks(s.date, s.flags))
	}
	for key, looks := range want {
		path := strings.Split(key.folder, "\x00")
		a, b := w.account(path, key.digest), w.dest.box(path)
		if !pure[key] || b == nil || b.remade && simOff("stale UIDs") || a.put+a.taken+a.there+w.excused(path, key, a) > 0 || b.unseen(key.digest) || w.dest.merge || w.dest.alters || w.shared(key) || len(looks) > 1 && (reflagged[key] || simOff("twins' looks")) {
			continue
		}
		var got []string
		for _, m := range b.messages {
			if m.digest == key.digest {
				got = append(got, simLooks(m.date, m.flags))
			}
		}
		slices.Sort(looks)
		if slices.Sort(got); !slices.Equal(got, looks) {
			w.fault("ALTERED in %s: %s: got %v, want %v", key.folder, w.describe(key), got, looks)
		}
	}
}

func simLooks(date time.Time, flags []simFlag) string {
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
