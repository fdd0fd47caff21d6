package pop3

import (
	"slices"
	"strings"
	"testing"
)

// A UIDL that is missing, odd, too long or that of several messages names none:
// the header does, and the others keep theirs.
func TestUntrustworthyUIDLs(t *testing.T) {
	box := mails(5)
	for _, tc := range []struct {
		uidls []string
		odd   []int
		note  string
	}{
		{[]string{"x", "b", "x", "d", "e"}, []int{0, 2}, "the same name (UIDL) to several messages, 2 in all"},
		{[]string{"a", "b", strings.Repeat("c", 71), "d", "e"}, []int{2}, "no usable name (UIDL) to 1 of its 5 messages"},
		{[]string{"a", "b", "c c", "d", "e"}, []int{2}, "no usable name (UIDL) to 1 of its 5 messages:"},
		{[]string{"a", "b", "", "d", "e"}, []int{2}, "no usable name (UIDL) to 1 of its 5 messages:"},
		{[]string{"a", "b", "  ", "", "e"}, []int{2, 3}, "no usable name (UIDL) to 2 of its 5 messages:"},
		{[]string{"y", "y", "c\x01", "d", "e"}, []int{0, 1, 2}, "no usable name (UIDL) to 1 of its 5 messages, and the same name to 2 others"},
	} {
		f := &fake{mails: box, uidls: tc.uidls, capa: ahead}
		s := f.open(t)
		ms := list(t, s, "")
		for i, m := range ms {
			if odd := slices.Contains(tc.odd, i); odd != strings.HasPrefix(m.ID, "top:") || !odd && m.ID != tc.uidls[i] {
				t.Errorf("%q: message %d: got the name %q", tc.uidls, i, m.ID)
			}
		}
		if notes := strings.Join(s.Notes(), "; "); !strings.Contains(notes, tc.note) {
			t.Errorf("%q: got the notes %q, want %q", tc.uidls, notes, tc.note)
		}
		if again := s.Notes(); again != nil {
			t.Errorf("%q: got the notes %q again", tc.uidls, again)
		}
		if fs, err := s.Folders(t.Context()); err != nil || fs[0].State != "" {
			t.Errorf("%q: got state %q, %v, want none: other messages could have the same", tc.uidls, fs[0].State, err)
		}
		for i, g := range fetch(t, s, ms) {
			if g.text != box[i] {
				t.Errorf("%q: message %d: got %q, want %q", tc.uidls, i, g.text, box[i])
			}
		}
	}
}

// Two messages have one UIDL, the first goes, another comes that has it, too: its
// name is none of those that were there.
func TestDoubledUIDLIsNoName(t *testing.T) {
	box := mails(3)
	before := ids(list(t, (&fake{mails: box[:2], uidls: []string{"x", "x"}, capa: ahead}).open(t), ""))
	after := ids(list(t, (&fake{mails: box[1:], uidls: []string{"x", "x"}, capa: ahead}).open(t), ""))
	if after[0] != before[1] || slices.Contains(before, after[1]) {
		t.Errorf("got the names %q, then %q, want the second message to keep its own and the third to have another", before, after)
	}
}
