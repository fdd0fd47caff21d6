// Package rules_test keeps the rules of the house that no compiler keeps: which
// room may enter which (this file), and what only one file may do (file_test.go).
// Each rule is a function over plain data, with a test that shows it catch an
// offender; house_test.go holds them against the whole module.
package rules_test

import (
	"slices"
	"strings"
	"testing"
)

// pkg is what `go list` tells of one package. Paths of ours are relative to the
// module: "source/imap". Those of others are as they are imported.
type pkg struct {
	path        string
	ours        bool
	standard    bool
	imports     []string // by the code itself
	testImports []string
	deps        []string // all imports, those of imports too
}

// room says which of our packages those that match from may import. "x/*" is
// everything below x at any depth.
type room struct {
	from string
	may  []string
}

// rooms are the walls of the house. The first row that matches counts.
var rooms = []room{
	{"transfer", nil},
	{"transfer/*", []string{"transfer"}},
	{"mapping", []string{"transfer"}},
	{"source", []string{"transfer", "source/*", "internal/*"}},
	{"source/*", []string{"transfer", "internal/*"}},
	{"dest", []string{"transfer", "dest/*", "internal/*"}},
	{"dest/*", []string{"transfer", "internal/*"}},
	{"internal/*", []string{"internal/*"}},
	{provers, []string{"internal/mailtest"}},
	{provers + "/*", []string{"transfer", "transfer/checkpoint", "mapping", "source", "dest", "internal/*", provers}},
	{"cmd/*", []string{"transfer", "transfer/checkpoint", "transfer/manifest", "mapping", "source", "dest", "internal/*", "examples/*", "examples"}},
	{"examples", nil},
	{"examples/*", nil},
}

// forTests are packages that only tests, and each other, may import.
var forTests = []string{"internal/mailtest", "internal/mailtest/*", "transfer/transfertest", provers, provers + "/*"}

// provers try the whole program from outside.
const provers = "cmd/mailhaul/proof"

func match(pattern, name string) bool {
	if below, ok := strings.CutSuffix(pattern, "/*"); ok {
		return strings.HasPrefix(name, below+"/")
	}
	return pattern == name
}

func matchAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, name) })
}

// onlyStandard: transfer's imports, and theirs, are the standard library's.
func onlyStandard(all map[string]pkg) (broken []string) {
	for _, dep := range all["transfer"].deps {
		if !all[dep].standard {
			broken = append(broken, "transfer imports "+dep)
		}
	}
	return broken
}

// walls: each package imports only what its row of rooms allows.
func walls(all map[string]pkg) (broken []string) {
	for _, p := range all {
		if !p.ours {
			continue
		}
		i := slices.IndexFunc(rooms, func(r room) bool { return match(r.from, p.path) })
		if i < 0 {
			broken = append(broken, p.path+" stands in no room")
			continue
		}
		for _, dep := range p.imports {
			if all[dep].ours && !matchAny(rooms[i].may, dep) {
				broken = append(broken, p.path+" imports "+dep)
			}
		}
	}
	return broken
}

// testWalls: tests may import what they like, but none of them cmd, and those
// of internal nothing outside internal.
func testWalls(all map[string]pkg) (broken []string) {
	for _, p := range all {
		for _, dep := range p.testImports {
			own := dep == p.path // an external test of the package itself
			leaves := match("internal/*", p.path) && !match("internal/*", dep)
			proof := dep == provers && match(provers+"/*", p.path)
			if p.ours && all[dep].ours && !own && !proof && (match("cmd/*", dep) || leaves) {
				broken = append(broken, p.path+"'s tests import "+dep)
			}
		}
	}
	return broken
}

// testsOnly: what is made for tests is in no program.
func testsOnly(all map[string]pkg) (broken []string) {
	for _, p := range all {
		for _, dep := range p.imports {
			if p.ours && matchAny(forTests, dep) && !matchAny(forTests, p.path) {
				broken = append(broken, p.path+" imports "+dep+" outside its tests")
			}
		}
	}
	return broken
}

// pure: mapping does no I/O.
func pure(all map[string]pkg) (broken []string) {
	for _, dep := range all["mapping"].imports {
		if slices.Contains([]string{"os", "io", "net", "context", "log", "bufio"}, strings.Split(dep, "/")[0]) {
			broken = append(broken, "mapping imports "+dep)
		}
	}
	return broken
}

// roomRules are the rules over packages.
var roomRules = []struct {
	name  string
	check func(map[string]pkg) []string
}{
	{"transfer imports the standard library only", onlyStandard},
	{"each room enters only those it may", walls},
	{"no test imports cmd, and internal's stay inside", testWalls},
	{"test code is for tests", testsOnly},
	{"mapping is pure", pure},
}

func TestRoomRulesCatchOffenders(t *testing.T) {
	const lib = "github.com/emersion/go-imap/v2"
	tests := []struct {
		check       func(map[string]pkg) []string
		from        string
		imports     string // of the code itself, separated by blanks
		testImports string
		broken      string
	}{
		{check: onlyStandard, from: "transfer", imports: "context time"},
		{check: onlyStandard, from: "transfer", imports: "time " + lib, broken: "transfer imports " + lib},
		{check: onlyStandard, from: "transfer", imports: "mapping", broken: "transfer imports mapping"},
		{check: onlyStandard, from: "transfer/checkpoint", imports: lib},

		{check: walls, from: "source/imap", imports: "transfer internal/dial os " + lib},
		{check: walls, from: "source/imap", imports: "source/pop3", broken: "source/imap imports source/pop3"},
		{check: walls, from: "source/imap", imports: "dest/imap", broken: "source/imap imports dest/imap"},
		{check: walls, from: "source/imap", imports: "source", broken: "source/imap imports source"},
		{check: walls, from: "source/imap", imports: "mapping", broken: "source/imap imports mapping"},
		{check: walls, from: "source", imports: "source/imap transfer internal/dial"},
		{check: walls, from: "source", imports: "dest/imap", broken: "source imports dest/imap"},
		{check: walls, from: "dest/imap", imports: "transfer/checkpoint", broken: "dest/imap imports transfer/checkpoint"},
		{check: walls, from: "mapping", imports: "internal/dial", broken: "mapping imports internal/dial"},
		{check: walls, from: "internal/dial", imports: "internal/provider"},
		{check: walls, from: "internal/dial", imports: "transfer", broken: "internal/dial imports transfer"},
		{check: walls, from: "cmd/mailhaul", imports: "source dest mapping transfer transfer/checkpoint internal/dial"},
		{check: walls, from: "cmd/mailhaul", imports: "source/imap", broken: "cmd/mailhaul imports source/imap"},
		{check: walls, from: "transfer/checkpoint", imports: "cmd/mailhaul", broken: "transfer/checkpoint imports cmd/mailhaul"},
		{check: walls, from: "util", broken: "util stands in no room"},

		{check: testWalls, from: "source/imap", testImports: "internal/mailtest transfer/transfertest"},
		{check: testWalls, from: "source/imap", testImports: "cmd/mailhaul", broken: "source/imap's tests import cmd/mailhaul"},
		{check: testWalls, from: "cmd/mailhaul", testImports: "cmd/mailhaul"},
		{check: testWalls, from: "internal/dial", testImports: "transfer", broken: "internal/dial's tests import transfer"},

		{check: testsOnly, from: "source/imap", testImports: "internal/mailtest"},
		{check: testsOnly, from: "source/imap", imports: "internal/mailtest", broken: "source/imap imports internal/mailtest outside its tests"},
		{check: testsOnly, from: "cmd/mailhaul", imports: "transfer/transfertest", broken: "cmd/mailhaul imports transfer/transfertest outside its tests"},

		{check: pure, from: "mapping", imports: "strings time"},
		{check: pure, from: "mapping", imports: "net/url", broken: "mapping imports net/url"},
		{check: pure, from: "mapping", imports: "context", broken: "mapping imports context"},
	}
	for _, tc := range tests {
		all := map[string]pkg{}
		imports, testImports := strings.Fields(tc.imports), strings.Fields(tc.testImports)
		for _, dep := range slices.Concat(imports, testImports) {
			first, _, _ := strings.Cut(dep, "/")
			ours := slices.Contains([]string{"transfer", "mapping", "source", "dest", "internal", "cmd"}, first)
			all[dep] = pkg{path: dep, standard: !ours && dep != lib, ours: ours}
		}
		all[tc.from] = pkg{path: tc.from, ours: true, imports: imports, testImports: testImports, deps: imports}
		got := strings.Join(tc.check(all), "; ")
		if got != tc.broken {
			t.Errorf("%s imports %q, its tests %q: got %q, want %q", tc.from, tc.imports, tc.testImports, got, tc.broken)
		}
	}
}

// report fails the test with each broken rule.
func report(t *testing.T, rule string, broken []string) {
	t.Helper()
	slices.Sort(broken)
	for _, b := range slices.Compact(broken) {
		t.Errorf("rule broken: %s: %s", rule, b)
	}
}
