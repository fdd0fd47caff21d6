package mapping

import (
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

// FuzzPair: a rule that is accepted can be used on any folder, and gives a path
// of components; a folder's own name as a rule moves just that folder.
func FuzzPair(f *testing.F) {
	f.Add("a*=b*", "axx/sub")
	f.Add(`Old/**=New`, "Old/a/b")
	f.Add(`*/*=$2/$1`, "x/y/z")
	f.Add(`a\=b=c`, "a=b")
	f.Fuzz(func(t *testing.T, text, name string) {
		path := strings.Split(name, "/")
		if p, err := ParsePair(text); err == nil {
			rs, err := compileRenames([]Pair{p})
			if err != nil {
				t.Fatalf("ParsePair(%q): got no error, then %v", text, err)
			}
			if to, by, ok := apply(rs, path); ok && (len(to) == 0 || by == "") {
				t.Errorf("%q on %q: got %q by %q", text, path, to, by)
			}
			if strings.ContainsAny(p.From+p.To, "\r\n\x00") {
				t.Errorf("ParsePair(%q): got a line end or NUL through", text)
			}
		}
		literal := strings.Trim(quote(path), `"`)
		p, err := ParsePair(literal + "=" + literal)
		if err != nil || strings.Contains(name, `"`) {
			return // a name that no rule can hold
		}
		rs, err := compileRenames([]Pair{p})
		if err != nil {
			t.Fatalf("%q: %v", literal, err)
		}
		if to, _, ok := apply(rs, path); !ok || !slices.Equal(to, path) {
			t.Errorf("%q on %q: got %q, %v, want the same", literal, path, to, ok)
		}
	})
}

// FuzzFlagRule: a rule gives a flag that servers can be given, or none; what it
// gives is given again, each flag once.
func FuzzFlagRule(f *testing.F) {
	f.Add("Junk=$Spam", "junk $Junk \\Seen \\seen")
	f.Add(`\Flagged=`, `\flagged a A`)
	f.Add("a=b", "\\Recent b a")
	f.Fuzz(func(t *testing.T, text, list string) {
		r, err := ParseFlagRule(text)
		if err == nil && r.To != "" && strings.ContainsAny(r.To, " \r\n\x00(){%*\"]") {
			t.Errorf("ParseFlagRule(%q): got flag %q", text, r.To)
		}
		rules := Rules{}
		if err == nil {
			rules.Flags = []FlagRule{r}
		}
		m := mustNew(t, rules)
		var flags []transfer.Flag
		for _, w := range strings.Fields(list) {
			flags = append(flags, transfer.Flag(w))
		}
		out, skip := m.Message(transfer.Message{Flags: flags})
		seen := map[string]bool{}
		for _, flag := range out.Flags {
			low := strings.ToLower(string(flag))
			if flag == "" || low == `\recent` || seen[low] {
				t.Fatalf("%q on %q: got %q", text, list, out.Flags)
			}
			seen[low] = true
		}
		if skip != "" || len(out.Flags) > len(flags) {
			t.Errorf("%q on %q: got %q, %q", text, list, out.Flags, skip)
		}
		if len(rules.Flags) > 0 {
			return // a rule may speak of what another one gave
		}
		if again, _ := m.Message(out); !slices.Equal(again.Flags, out.Flags) {
			t.Errorf("%q: got %q, then %q", list, out.Flags, again.Flags)
		}
	})
}

// FuzzLex: what is quoted stands for itself.
func FuzzLex(f *testing.F) {
	f.Add(`a\*b/$1`, true)
	f.Add("**/*", false)
	f.Fuzz(func(t *testing.T, text string, refs bool) {
		comps, err := lex(text, refs)
		if err != nil {
			return
		}
		var path []string
		for _, c := range comps {
			var b strings.Builder
			for _, p := range c {
				if p.ref == 0 && p.text == "" || p.ref != 0 && p.text != "" || p.ref > 9 {
					t.Fatalf("lex(%q): got piece %+v", text, p)
				}
				b.WriteString(p.text)
			}
			path = append(path, b.String())
		}
		if slices.Contains(path, "") {
			return // only references
		}
		again, err := lex(strings.Trim(quote(path), `"`), refs)
		if err != nil && !strings.Contains(text, `"`) {
			t.Fatalf("lex of %q: %v", quote(path), err)
		}
		for i := range again {
			for _, p := range again[i] {
				if p.ref != 0 && !strings.Contains(text, `"`) {
					t.Errorf("quote(%q): got a reference", path)
				}
			}
		}
	})
}
