package mapping

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

// wentFolders reads "Sent Items:sent > Sent" as a folder that went to Sent.
func wentFolders(texts ...string) []transfer.Folder {
	var fs []transfer.Folder
	for _, text := range texts {
		from, went, ok := strings.Cut(text, " > ")
		f := folders(from)[0]
		if ok {
			f.Went = strings.Split(went, "/")
		}
		fs = append(fs, f)
	}
	return fs
}

func TestRoutesKeepToWhereFoldersWent(t *testing.T) {
	tests := []struct {
		name      string
		rules     Rules
		from      []string
		site      []string
		delimiter string
		want      []string
	}{
		{"a role's name of our own making", Rules{}, []string{"Sent Items > Sent Items", "Spam > Spam", "Sent", "Bulk Mail"},
			[]string{"INBOX", "Sent Items", "Spam"}, "/", []string{"Sent Items", "Spam", "Sent", "Bulk Mail"}},
		{"the same, the new ones first", Rules{}, []string{"Sent", "Bulk Mail", "Sent Items > Sent Items", "Spam > Spam"},
			[]string{"INBOX", "Sent Items:sent", "Spam:junk"}, "/", []string{"Sent", "Bulk Mail", "Sent Items", "Spam"}},
		{"a new attribute takes no role away", Rules{}, []string{"Foo:sent", "Sent Items > Sent Items"},
			[]string{"Sent Items"}, "/", []string{"Foo", "Sent Items"}},
		{"a name that was changed", Rules{}, []string{"c.d > c_d", "c_d"}, []string{"c_d"}, ".", []string{"c_d", "c_d 2"}},
		{"the same, the new one first", Rules{}, []string{"c_d", "c_d/x", "c.d > c_d", "c.d/y"}, []string{"c_d"}, ".",
			[]string{"c_d 2", "c_d 2/x", "c_d", "c_d/y"}},
		{"the holder of the role", Rules{}, []string{"Foo > Sent", "Foo/a > Sent/a", "Foo/b", "Sent"}, dovecot, "/",
			[]string{"Sent", "Sent/a", "Sent/b", "Sent 2"}},
		{"a role after another's mail is there", Rules{}, []string{"Alt > Sent", "Foo:sent"}, dovecot, "/", []string{"Sent", "Foo"}},
		{"a role after a rule's mail is there", Rules{Map: []Pair{{"Alt", "Sent"}}}, []string{"Alt > Sent", "Foo:sent"}, dovecot, "/",
			[]string{"Sent", "Sent"}},
		{"a role that went elsewhere, and its folder is nobody's", Rules{}, []string{"Sent > Sent 2", "Foo:sent"},
			append([]string{"Sent 2"}, dovecot...), "/", []string{"Sent 2", "Sent"}},
		{"roles are off now", Rules{NoRoles: true}, []string{"Foo:sent > Sent", "Sent"}, dovecot, "/", []string{"Sent", "Sent 2"}},
		{"the folder is gone", Rules{}, []string{"c.d > c_d", "c_d"}, nil, ".", []string{"c_d", "c_d 2"}},
		{"a rule decides", Rules{Map: []Pair{{"a", "Work"}}}, []string{"a > a", "a/x > a/x"}, []string{"a", "a/x"}, "/",
			[]string{"Work", "Work/x"}},
		{"where a rule took it from is shut", Rules{Map: []Pair{{"c.d", "e"}}}, []string{"c.d > c_d", "c_d"}, []string{"c_d"}, ".",
			[]string{"e", "c_d 2"}},
		{"a rule's name that was changed", Rules{Map: []Pair{{"x", "c.d"}, {"y", "c.d"}}}, []string{"x > c_d", "c_d", "y", "x/a"}, []string{"c_d"}, ".",
			[]string{"c_d", "c_d 2", "c_d", "c_d/a"}},
		{"left out, and still there", Rules{Exclude: []string{"c.d"}}, []string{"c.d > c_d", "c_d"}, []string{"c_d"}, ".",
			[]string{"-", "c_d 2"}},
		{"left out, and others change", Rules{Exclude: []string{"x"}}, []string{"x > c_d", "c.d"}, []string{"c_d"}, ".",
			[]string{"-", "c_d 2"}},
		{"merged earlier", Rules{}, []string{"a > Work", "b > Work", "Work"}, []string{"Work"}, "/", []string{"Work", "Work", "Work 2"}},
		{"no mail above", Rules{}, []string{"c.d", "c.d/x > c_d/x", "c.d/y", "c_d"}, []string{"c_d", "c_d/x"}, ".",
			[]string{"c_d", "c_d/x", "c_d/y", "c_d 2"}},
		{"nothing above", Rules{}, []string{"c.d/x > c_d/x", "c.d/y"}, []string{"c_d", "c_d/x"}, ".", []string{"c_d/x", "c_d/y"}},
		{"no mail above, and the name was used", Rules{}, []string{"Sent", "Sent/x > Sent 2/x", "Sent/y", "Foo:sent > Sent"},
			append([]string{"Sent 2/x"}, dovecot...), "/", []string{"Sent 2", "Sent 2/x", "Sent 2/y", "Sent"}},
		{"what an old rule moved leads nobody", Rules{}, []string{"a", "a/x > Work/x", "a/y"}, []string{"Work/x"}, "/",
			[]string{"a", "Work/x", "a/y"}},
		{"those that stay lead nobody away", Rules{}, []string{"Foo:sent", "Foo/a > Foo/a", "Foo/a/b"}, append([]string{"Foo/a"}, dovecot...), "/",
			[]string{"Sent", "Foo/a", "Foo/a/b"}},
		{"inboxes", Rules{}, []string{"inbox > INBOX 2", "inbox/a", "INBOX > INBOX", "INBOX/a"}, []string{"INBOX 2"}, "/",
			[]string{"INBOX 2", "INBOX 2/a", "INBOX", "INBOX/a"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			site := transfer.Site{Folders: folders(tc.site...), Delimiter: tc.delimiter}
			routes := mustNew(t, tc.rules).Routes(wentFolders(tc.from...), site)
			if got := brief(routes); !slices.Equal(got, tc.want) {
				t.Errorf("Routes(%q): got %q, want %q", tc.from, got, tc.want)
			}
		})
	}
}

func TestWentNotes(t *testing.T) {
	tests := []struct {
		name  string
		rules Rules
		from  []string
		want  [][]string
	}{
		{"to the letter", Rules{}, []string{"a > a"}, [][]string{nil}},
		{"changed", Rules{}, []string{"c.d > c_d", "c_d"}, [][]string{
			{`"c.d" goes to "c_d": as in an earlier run`},
			{`"c_d" goes to "c_d 2": "c.d" goes to "c_d"`}}},
		{"merged", Rules{}, []string{"a > b", "b > b"}, [][]string{
			{`"a" goes to "b": as in an earlier run`, `"a" is merged into "b" with "b"`},
			{`"b" is merged into "b" with "a"`}}},
		{"a rule decides", Rules{Map: []Pair{{"a", "Work"}}}, []string{"a > a"}, [][]string{
			{`"a" goes to "Work": mapped by "a=Work"`, `"a" went to "a" in an earlier run: what was carried then stays there`}}},
		{"a rule agrees", Rules{Map: []Pair{{"a", "Work"}}}, []string{"a > Work"}, [][]string{
			{`"a" goes to "Work": mapped by "a=Work"`}}},
		{"a rule's spare name", Rules{Map: []Pair{{"a", `x\*`}}}, []string{"a > x_"}, [][]string{
			{`"a" goes to "x*": mapped by "a=x\\*"`}}},
		{"left out", Rules{Exclude: []string{"a"}}, []string{"a > Sent Items", "Sent Items"}, [][]string{nil,
			{`"Sent Items" goes to "Sent Items 2": "Sent Items" has mail that another folder brought in an earlier run`}}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			site := transfer.Site{Delimiter: ".", Folders: folders("c_d", "a", "b", "x_", "Sent Items")}
			for i, r := range mustNew(t, tc.rules).Routes(wentFolders(tc.from...), site) {
				if !slices.Equal(r.Notes, tc.want[i]) {
					t.Errorf("%q: got notes %q, want %q", tc.from[i], r.Notes, tc.want[i])
				}
			}
		})
	}
}

func TestWentRole(t *testing.T) {
	tests := []struct {
		name string
		from []string
		site []string
		want []transfer.Role
	}{
		{"the holder keeps it", []string{"Sent Items > Sent Items", "Sent"}, []string{"Sent Items"}, []transfer.Role{"sent", ""}},
		{"the holder's folder is gone", []string{"Sent Items > Sent Items", "Sent"}, nil, []transfer.Role{"sent", ""}},
		{"it went elsewhere", []string{"Foo:sent > Foo"}, []string{"Foo", "Sent:sent"}, []transfer.Role{""}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			var got []transfer.Role
			for _, r := range mustNew(t, Rules{}).Routes(wentFolders(tc.from...), transfer.Site{Delimiter: "/", Folders: folders(tc.site...)}) {
				got = append(got, r.To.Role)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("%q: got roles %q, want %q", tc.from, got, tc.want)
			}
		})
	}
}

func TestWentHasNoSpare(t *testing.T) {
	from := wentFolders("a*b > a*b", "work", "Work > Work")
	routes := mustNew(t, Rules{}).Routes(from, transfer.Site{Delimiter: "/"})
	for i, want := range []string{"", "work 2", ""} {
		if got := strings.Join(routes[i].Spare.Path, "/"); got != want {
			t.Errorf("%q: got spare %q, want %q", from[i].Path, got, want)
		}
	}
}

// What the source gets later changes no route, whichever names the
// destination took, and whichever folders it lost meanwhile.
func TestLaterFoldersChangeNoRoute(t *testing.T) {
	rules := []Rules{{}, {}, {NoRoles: true}, {Map: []Pair{{"a", "Work"}, {"Sent*", "x.y/*"}}}}
	for seed := range *seeds {
		r := rand.New(rand.NewPCG(seed, 4))
		from, site, m := randomFolders(r, 20), randomSite(r), mustNew(t, rules[r.IntN(len(rules))])
		if p := newPlan(site); !p.holds(p.standIn()) {
			continue
		}
		refuses, loses := r.IntN(3) == 0, r.IntN(3) == 0
		var early []transfer.Folder
		var places []int
		for i, f := range from {
			if r.IntN(2) == 0 {
				early, places = append(early, f), append(places, i)
			}
		}
		for i, route := range m.Routes(early, site) {
			if route.Skip != "" {
				continue
			}
			if refuses && route.Spare.Path != nil {
				route.To = route.Spare
			}
			if r.IntN(5) > 0 { // else it held no mail
				from[places[i]].Went = route.To.Path
			}
			if !loses || r.IntN(3) > 0 {
				site.Folders = append(site.Folders, route.To)
			}
		}
		routes := m.Routes(from, site)
		checkWent(t, m, from, site, routes)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// checkWent checks that folders go where they went and that two meet only by
// a rule, or where both had been.
func checkWent(t *testing.T, m *Map, from []transfer.Folder, site transfer.Site, routes []transfer.Route) {
	t.Helper()
	ruled := func(f transfer.Folder) bool { _, _, ok := apply(m.renames, f.Path); return ok }
	owner := make(map[string]int)
	for i, r := range routes {
		if r.Skip != "" {
			continue
		}
		went := from[i].Went
		if went != nil && !slices.Equal(r.To.Path, went) && !(ruled(from[i]) && slices.Equal(r.Spare.Path, went)) {
			t.Errorf("%q: got %q, want %q as before; site %+v, notes %q", from[i].Path, r.To.Path, went, site, r.Notes)
		}
		if went != nil && !ruled(from[i]) && r.Spare.Path != nil {
			t.Errorf("%q: got spare %q, want none", from[i].Path, r.Spare.Path)
		}
		if o, ok := owner[key(r.To.Path)]; ok && !ruled(from[i]) && !ruled(from[o]) {
			t.Errorf("%q and %q meet in %q, want two folders; site %+v", from[o].Path, from[i].Path, r.To.Path, site)
		}
		owner[key(r.To.Path)] = i
	}
}

func FuzzLaterFolders(f *testing.F) {
	f.Add("Sent Items\nSpam", "Sent\nBulk Mail", "Trash", "/", "")
	f.Add("c.d\nc.d/x", "c_d\nc.d/y", "", ".", "^")
	f.Add("Cafe\u0301\ninbox", "Café\nINBOX", "Café", "/", "")
	f.Fuzz(func(t *testing.T, early, late, dest, delimiter, avoid string) {
		if len(early)+len(late)+len(dest)+len(avoid) > 2000 || len(delimiter) > 1 {
			t.Skip("larger than it needs to be")
		}
		site := transfer.Site{Delimiter: delimiter, Avoid: avoid, Folders: folders(unique(dest)...)}
		if p := newPlan(site); !p.holds(p.standIn()) {
			return // no name can be held there
		}
		m := mustNew(t, Rules{})
		from := folders(unique(early + "\n" + late)...)
		first := from[:len(unique(early))]
		for i, route := range m.Routes(slices.Clone(first), site) {
			if route.Skip == "" {
				first[i].Went = route.To.Path
				site.Folders = append(site.Folders, route.To)
			}
		}
		checkWent(t, m, from, site, m.Routes(from, site))
	})
}
