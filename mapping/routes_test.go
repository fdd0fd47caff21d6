package mapping

import (
	"flag"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/mailhaul/mailhaul/transfer"
)

var seeds = flag.Uint64("seeds", 3000, "how many random accounts each test of them makes")

// words are names that like to meet each other.
var words = []string{
	"INBOX", "Inbox", "Sent", "sent", "Sent 2", "Sent Items", "Gesendet", "Trash", "Papierkorb", "Spam", "Junk", "Archive",
	"a", "A", "a.b", "a/b", "a_b", "a_b 2", "a^b", "a\tb", " a", "a ", "", ".", "..", "_", "[Gmail]", "Café", "Cafe\u0301", "\xffx", "a\x00", "R&D", "a*b", "x",
}

func randomFolders(r *rand.Rand, most int) []transfer.Folder {
	var fs []transfer.Folder
	seen := map[string]bool{}
	for range r.IntN(most) {
		path := make([]string, 1+r.IntN(3))
		for i := range path {
			path[i] = words[r.IntN(len(words))]
		}
		f := transfer.Folder{Path: path}
		if r.IntN(4) == 0 {
			f.Role = roles[r.IntN(len(roles))]
		}
		if k := key(path); !seen[k] {
			seen[k] = true
			fs = append(fs, f)
		}
	}
	return fs
}

func randomSite(r *rand.Rand) transfer.Site {
	return transfer.Site{
		Folders:   randomFolders(r, 8),
		Delimiter: []string{"/", ".", "", "^"}[r.IntN(4)],
		Avoid:     []string{"", "", "^", "_ ", "^2 /"}[r.IntN(5)],
	}
}

// checkRoutes checks what holds for all routes; mapped tells which source
// folders a rule of the user's speaks of.
func checkRoutes(t *testing.T, from []transfer.Folder, site transfer.Site, routes []transfer.Route, mapped func(transfer.Folder) bool) {
	t.Helper()
	p := newPlan(site)
	there := siteNames(site.Folders)
	fits := func(path []string) bool {
		for n, c := range path {
			at := there[key(path[:n])][norm.NFC.String(c)]
			if !p.holds(c) && !slices.Contains(at, c) || site.Delimiter == "" && n > 0 && !slices.Contains(at, c) {
				return false
			}
		}
		return len(path) > 0
	}
	owner, spares := map[string]int{}, map[string]int{}
	for i, r := range routes {
		if r.Skip != "" {
			continue
		}
		if !fits(r.To.Path) {
			t.Errorf("%q goes to %q, which %+v cannot hold", from[i].Path, r.To.Path, site)
		}
		if !slices.Equal(r.To.Path, from[i].Path) && len(r.Notes) == 0 {
			t.Errorf("%q goes to %q: got no note, want one", from[i].Path, r.To.Path)
		}
		k := key(r.To.Path)
		if o, ok := owner[k]; ok {
			if !mapped(from[i]) && !mapped(from[o]) {
				t.Errorf("%q and %q meet in %q, want two folders; site %+v", from[o].Path, from[i].Path, r.To.Path, site)
			}
			if !strings.Contains(strings.Join(append(r.Notes, routes[o].Notes...), ""), "merged") {
				t.Errorf("%q and %q meet in %q: got no note, want one", from[o].Path, from[i].Path, r.To.Path)
			}
		}
		owner[k] = i
	}
	for i, r := range routes {
		if r.Spare.Path == nil {
			continue
		}
		s := folded(r.Spare.Path)
		if o, ok := spares[s]; ok && key(routes[o].To.Path) != key(r.To.Path) {
			t.Errorf("%q and %q have one spare %q, want two", from[o].Path, from[i].Path, r.Spare.Path)
		}
		spares[s] = i
		if slices.Equal(r.Spare.Path, r.To.Path) || isInbox(r.Spare.Path) || !fits(r.Spare.Path) {
			t.Errorf("%q to %q: got spare %q, want another that can be held", from[i].Path, r.To.Path, r.Spare.Path)
		}
		for o, other := range routes {
			if other.Skip == "" && folded(other.To.Path) == s {
				t.Errorf("%q has spare %q, but %q goes to %q", from[i].Path, r.Spare.Path, from[o].Path, other.To.Path)
			}
		}
	}
}

func TestRandomFolders(t *testing.T) {
	rules := []Rules{{}, {NoRoles: true}, {Map: []Pair{{"a", "Work"}, {"Sent*", "x/*"}}}}
	for seed := range *seeds {
		r := rand.New(rand.NewPCG(seed, 2))
		from, site, rule := randomFolders(r, 20), randomSite(r), rules[r.IntN(len(rules))]
		m := mustNew(t, rule)
		routes := m.Routes(from, site)
		checkRoutes(t, from, site, routes, func(f transfer.Folder) bool { _, _, ok := apply(m.renames, f.Path); return ok })
		checkLetters(t, m, from, site, routes)
		if again := m.Routes(from, site); !reflect.DeepEqual(routes, again) {
			t.Errorf("got %+v at first, then %+v, want the same", routes, again)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// checkLetters checks that a name that can be held stays if no rule speaks of
// it: no role and no INBOX is at work, above neither, and no other Unicode form
// is there.
func checkLetters(t *testing.T, m *Map, from []transfer.Folder, site transfer.Site, routes []transfer.Route) {
	t.Helper()
	p, there := newPlan(site), siteNames(site.Folders)
	homes := make(map[string]bool)
	for _, role := range roles {
		homes[key(p.home(role, nil))] = true
	}
	touched := func(path []string) bool {
		for n := 1; n <= len(path); n++ {
			for _, f := range from {
				if named, _ := nameRole(f.Path); slices.Equal(f.Path, path[:n]) && (f.Role != "" || named != "") && !m.noRoles {
					return true
				}
			}
			if homes[key(path[:n])] && !m.noRoles {
				return true
			}
			for form, names := range there[key(path[:n-1])] {
				if fold(form) == fold(path[n-1]) && !slices.Contains(names, path[n-1]) {
					return true
				}
			}
			if !p.holds(path[n-1]) {
				return true
			}
		}
		_, _, ok := apply(m.renames, path)
		return ok || isInboxName(path[0]) || site.Delimiter == ""
	}
	for i, r := range routes {
		if r.Skip == "" && !touched(from[i].Path) && !slices.Equal(r.To.Path, from[i].Path) {
			t.Errorf("%q goes to %q (%q), want it to the letter; site %+v", from[i].Path, r.To.Path, r.Notes, site)
		}
	}
}

// A second pass finds what the first one made, whichever names the
// destination took.
func TestSecondPassFindsTheFirst(t *testing.T) {
	for seed := range *seeds {
		r := rand.New(rand.NewPCG(seed, 3))
		from, site := randomFolders(r, 12), transfer.Site{Delimiter: "/"}
		refuses := r.IntN(2) == 0
		m := mustNew(t, Rules{NoRoles: refuses})
		first := m.Routes(from, site)
		made := map[int][]string{}
		for i, route := range first {
			to := route.To
			if refuses && route.Spare.Path != nil {
				to = route.Spare
			}
			if route.Skip == "" {
				made[i] = to.Path
				site.Folders = append(site.Folders, to)
			}
		}
		for i, route := range m.Routes(from, site) {
			if route.Skip == "" && !slices.Equal(route.To.Path, made[i]) && !slices.Equal(route.Spare.Path, made[i]) {
				t.Fatalf("seed %d: %q: got %q or %q, want %q as the first pass made", seed, from[i].Path, route.To.Path, route.Spare.Path, made[i])
			}
		}
	}
}

func FuzzRoutes(f *testing.F) {
	f.Add("INBOX\nSent Items\na.b\na_b\na.b/c", "Sent\na_b", ".", "^")
	f.Add("Inbox\ninbox\n\n.\n..", "", "", "/")
	f.Add("a b\nCafe\u0301", "Café", "/", "_ 23")
	f.Fuzz(func(t *testing.T, source, dest, delimiter, avoid string) {
		if len(source)+len(dest)+len(avoid) > 2000 || len(delimiter) > 1 {
			t.Skip("larger than it needs to be")
		}
		from := folders(unique(source)...)
		site := transfer.Site{Delimiter: delimiter, Avoid: avoid}
		if dest != "" {
			site.Folders = folders(unique(dest)...)
		}
		routes := mustNew(t, Rules{}).Routes(from, site)
		p := newPlan(site)
		if !p.holds(p.standIn()) {
			return // no name can be held there
		}
		checkRoutes(t, from, site, routes, func(transfer.Folder) bool { return false })
	})
}

func unique(text string) []string {
	var lines []string
	seen := map[string]bool{}
	for line := range strings.SplitSeq(text, "\n") {
		name, _, _ := strings.Cut(line, ":")
		if !seen[name] {
			seen[name] = true
			lines = append(lines, line)
		}
	}
	return lines
}
