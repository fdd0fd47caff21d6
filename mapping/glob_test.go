package mapping

import (
	"slices"
	"strings"
	"testing"
)

func TestGlob(t *testing.T) {
	tests := []struct {
		glob, path string
		is, takes  bool
	}{
		{"Spam", "Spam", true, true},
		{"Spam", "Spam/2015", false, true},
		{"Spam", "spam", false, false},
		{"Spam", "A/Spam", false, false},
		{"inbox", "INBOX", true, true},
		{"Inbox/a", "INBOX/a/b", false, true},
		{"a/inbox", "a/INBOX", false, false},
		{"*", "a", true, true},
		{"*", "a/b", false, true},
		{"a*c", "abc", true, true},
		{"a*c", "ac", true, true},
		{"a*a", "a", false, false},
		{"a*b*c", "a-b-b-c", true, true},
		{"Lists/*", "Lists", false, false},
		{"Lists/*", "Lists/a", true, true},
		{"Lists/*", "Lists/a/b", false, true},
		{"Lists/**", "Lists", false, false},
		{"Lists/**", "Lists/a/b", true, true},
		{"**", "a", true, true},
		{"**", "a/b/c", true, true},
		{"**/Old", "Old", true, true},
		{"**/Old", "a/b/Old", true, true},
		{"**/Old", "a/Old/b", false, true},
		{"a/**/z", "a/z", true, true},
		{"a/**/z", "a/b/c/z", true, true},
		{"a/**/z", "b/z", false, false},
		{"**/a/**/b", "a/a/x/b", true, true},
		{"[Gmail]", "[Gmail]/Sent Mail", false, true},
		{"Why?", "Whyx", false, false},
		{`a\*`, "ab", false, false},
		{`a\*`, "a*", true, true},
		{`\\\=\$`, `\=$`, true, true},
		{"Entwürfe", "Entwu\u0308rfe", true, true},
		{"Entwu\u0308*", "Entwürfe", true, true},
	}
	for _, tc := range tests {
		g, err := compile(tc.glob)
		if err != nil {
			t.Errorf("compile(%q): got error %v, want none", tc.glob, err)
			continue
		}
		path := strings.Split(tc.path, "/")
		if is, takes := g.is(path), g.takes(path); is != tc.is || takes != tc.takes {
			t.Errorf("glob %q on %q: got is %v, takes %v; want %v, %v", tc.glob, tc.path, is, takes, tc.is, tc.takes)
		}
	}
}

func TestGlobSlashInComponent(t *testing.T) {
	g, err := compile(`A\/B`)
	if err != nil {
		t.Fatal(err)
	}
	if !g.is([]string{"A/B"}) || g.is([]string{"A", "B"}) {
		t.Errorf("%q: got a match of two components or none of one, want one", g.text)
	}
}

func TestParsePair(t *testing.T) {
	tests := []struct {
		text string
		want Pair
		ok   bool
	}{
		{"a=b", Pair{"a", "b"}, true},
		{" a = b ", Pair{" a ", " b "}, true},
		{`a\=b=c`, Pair{"a=b", "c"}, true},
		{`a\\=c\*`, Pair{`a\\`, `c\*`}, true},
		{"Lists/*=Mail/$1", Pair{"Lists/*", "Mail/$1"}, true},
		{"a", Pair{}, false},
		{"=a", Pair{}, false},
		{"a=", Pair{}, false},
		{"a=b=c", Pair{}, false},
		{"", Pair{}, false},
		{"a=$2", Pair{}, false},
	}
	for _, tc := range tests {
		got, err := ParsePair(tc.text)
		if got != tc.want || (err == nil) != tc.ok {
			t.Errorf("ParsePair(%q): got %+v, error %v; want %+v, ok %v", tc.text, got, err, tc.want, tc.ok)
		}
	}
}

func FuzzGlob(f *testing.F) {
	for _, s := range [][2]string{{"a*b/**", "axb/c"}, {`\*\/`, "*/"}, {"**/**/x", "a/b/x"}, {"a*b=$1", "ab"}, {"é*", "e\u0301x"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		path := strings.Split(name, "/")
		if self, err := compile(strings.Trim(quote(path), `"`)); err == nil && (!self.literal || !self.is(path)) && !strings.Contains(name, `"`) {
			t.Errorf("quote(%q) does not match it", path)
		}
		if p, err := ParsePair(pattern); err == nil {
			if _, err := New(Rules{Map: []Pair{p}}); err != nil {
				t.Errorf("ParsePair(%q): got no error, New got %v", pattern, err)
			}
		}
		g, err := compile(pattern)
		if err != nil {
			return
		}
		caught, ok := g.match(path)
		if ok && len(caught) != g.stars {
			t.Errorf("glob %q on %q: got %d captures, want %d", pattern, name, len(caught), g.stars)
		}
		if ok && !g.takes(slices.Concat(path, []string{"below"})) {
			t.Errorf("glob %q takes %q but not what is below", pattern, name)
		}
	})
}
