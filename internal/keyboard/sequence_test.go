package keyboard

import "testing"

func TestKinds(t *testing.T) {
	for _, tc := range []struct{ sent, keys, pasted string }{
		{"ay\r", "ay\r", ""},
		{"a\x1b[Bb\x1bOAc", "abc", ""},
		{"\x1b[?2026;2$yn", "n", ""}, // what a terminal tells ends with a y
		{"\x1b]11;rgb:0000/0000/0000\x1b\\y\x1b]11;rgb:1/1/1\ay", "yy", ""},
		{"\x1bya", "a", ""}, // Alt-y
		{"a\x1b[200~y\r\x1bx\x1b[201~\r", "a\r", "y\rx"},
	} {
		var s sequence
		var keys, text string
		for i := range len(tc.sent) {
			switch s.kindOf(tc.sent[i]) {
			case key:
				keys += tc.sent[i : i+1]
			case pasted:
				text += tc.sent[i : i+1]
			}
		}
		if keys != tc.keys || text != tc.pasted {
			t.Errorf("%q: got keys %q and pasted %q, want %q and %q", tc.sent, keys, text, tc.keys, tc.pasted)
		}
	}
}
