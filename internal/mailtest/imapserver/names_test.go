package imapserver

import (
	"testing"
	"unicode/utf8"
)

func TestNames(t *testing.T) {
	for text, name := range map[string]string{
		"plain": "plain", "R&D": "R&-D", "Entwürfe": "Entw&APw-rfe", "日本語": "&ZeVnLIqe-", "a\x01": "a&AAE-",
	} {
		if got := encodeName(text); got != name {
			t.Errorf("%q: got %q, want %q", text, got, name)
		}
		if got := decodeName(name); got != text {
			t.Errorf("%q: got %q, want %q", name, got, text)
		}
	}
	for _, none := range []string{"R&D", "&", "&A-", "caf\xe9"} {
		if got := decodeName(none); got != none {
			t.Errorf("%q: got %q, want it as it is", none, got)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, tc := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "a/b", true}, {"%", "a/b", false}, {"%", "a", true}, {"a/%", "a/b", true}, {"a*", "b", false}, {"", "", true}, {"INBOX", "INBOX", true},
	} {
		if got := matches(tc.pattern, tc.name, "/"); got != tc.want {
			t.Errorf("%q, %q: got %v, want %v", tc.pattern, tc.name, got, tc.want)
		}
	}
}

func FuzzNames(f *testing.F) {
	f.Add("R&D/日本語")
	f.Fuzz(func(t *testing.T, text string) {
		decodeName(text)
		if !utf8.ValidString(text) {
			return
		}
		if got := decodeName(encodeName(text)); got != text {
			t.Errorf("%q: got %q back", text, got)
		}
	})
}

func FuzzCommand(f *testing.F) {
	f.Add(`a UID FETCH 1:*,3 (UID BODY.PEEK[HEADER.FIELDS (DATE)])`)
	f.Add(`a APPEND "x\"" (\Seen) "1-Jan-2000" {12+}`)
	f.Fuzz(func(t *testing.T, line string) {
		announcement(line)
		c := &command{args: split(nil, line)}
		c.understand()
		items, _ := list(c.rest())
		texts(items)
	})
}
