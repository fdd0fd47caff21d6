package broken_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestBroken carries the table from every source to every destination.
func TestBroken(t *testing.T) {
	all := dests(t)
	for _, s := range sources() {
		ms := s.held(broken())
		for _, d := range all {
			t.Run(s.name+" to "+d.name, func(t *testing.T) {
				t.Parallel()
				home := t.TempDir()
				from, state := s.put(t, ms)
				to, look := d.open(t)
				before := state()
				first := haul(t, home, from, to)
				there := look()
				checkArrived(t, s, d, ms, first, there)
				checkAgain(t, first, haul(t, home, from, to), there, look())
				if state() != before {
					t.Error("the source has changed")
				}
			})
		}
	}
}

// held are those that the source can hold.
func (s source) held(ms []message) []message {
	if s.holds == nil {
		return ms
	}
	return slices.DeleteFunc(ms, func(m message) bool { return !s.holds(m) })
}

// checkArrived holds what is at the destination against the table.
func checkArrived(t *testing.T, s source, d dest, ms []message, o outcome, there []held) {
	t.Helper()
	if o.exit != o.wantExit() {
		t.Errorf("got exit %d, want %d", o.exit, o.wantExit())
	}
	left := map[[32]byte][]held{}
	for _, e := range there {
		left[key(s, e)] = append(left[key(s, e)], e)
	}
	reasons := make([]string, len(o.refused))
	for i, e := range o.refused {
		reasons[i] = e.Text
	}
	for _, m := range ms {
		sum := sha256.Sum256(s.form(m))
		if es := left[sum]; len(es) > 0 && m.refused == "" {
			left[sum] = es[1:]
			checkMarks(t, s, m, es[0])
			continue
		}
		want := m.refused
		if want == "" && d.strict {
			want = m.strict
		}
		i := slices.IndexFunc(reasons, func(words string) bool { return want != "" && strings.Contains(words, want) })
		if i < 0 {
			t.Errorf("%s: it is not there; got refusals %q, want one with %q", m.name, reasons, want)
			continue
		}
		reasons = slices.Delete(reasons, i, i+1)
	}
	for _, es := range left {
		for _, e := range es {
			t.Errorf("a message of %d bytes is there that nobody sent, %x", e.size, e.canonical[:4])
		}
	}
	if len(reasons) > 0 {
		t.Errorf("got refusals %q besides those wanted", reasons)
	}
}

// key is by what messages are told apart: a source that cannot tell the final
// line end is compared with it.
func key(s source, e held) [32]byte {
	if s.ended {
		return e.closed
	}
	return e.canonical
}

// checkMarks compares date and flags.
func checkMarks(t *testing.T, s source, m message, e held) {
	t.Helper()
	if !(s.blind && m.headless) && !e.date.Equal(m.date) {
		t.Errorf("%s: got date %v, want %v", m.name, e.date.UTC(), m.date)
	}
	if want := strings.Join(m.flags, " "); !s.blind && strings.Join(e.flags, " ") != want {
		t.Errorf("%s: got flags %q, want %q", m.name, e.flags, want)
	}
}

// checkAgain: a further run appends nothing, tries what was refused once more,
// and says the same.
func checkAgain(t *testing.T, first, again outcome, before, after []held) {
	t.Helper()
	if again.summary.Copied != 0 || again.summary.Refused != first.summary.Refused || again.exit != first.exit {
		t.Errorf("the second run: got %v, want nothing copied and the refusals of the first: %v", again, first)
	}
	if again.summary.Messages != first.summary.Messages {
		t.Errorf("the second run: got %d messages, want %d", again.summary.Messages, first.summary.Messages)
	}
	if !slices.EqualFunc(before, after, func(a, b held) bool {
		return a.uid == b.uid && a.plain == b.plain && a.date.Equal(b.date) && slices.Equal(a.flags, b.flags)
	}) {
		t.Error("the second run changed the destination")
	}
}

// TestRows: no two rows look alike, or the proof would mix them up.
func TestRows(t *testing.T) {
	seen := map[string]string{}
	for _, s := range sources() {
		for _, m := range s.held(broken()) {
			form := fmt.Sprintf("%s %x", s.name, sha256.Sum256(s.form(m)))
			if other := seen[form]; other != "" && other != m.name && m.refused == "" {
				t.Errorf("%s and %s are the same message", m.name, other)
			}
			seen[form] = m.name
		}
	}
}
