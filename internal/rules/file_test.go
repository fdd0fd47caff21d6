package rules_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// file is one Go file that is no test. Its path is relative to the module.
type file struct {
	path  string
	tree  *ast.File
	names map[string]string // what a package is called here -> its import path
}

func parse(name string, src any) (file, error) {
	tree, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
	if err != nil {
		return file{}, err
	}
	f := file{path: name, tree: tree, names: map[string]string{}}
	for _, spec := range tree.Imports {
		target, _ := strconv.Unquote(spec.Path.Value)
		called := path.Base(target)
		if spec.Name != nil {
			called = spec.Name.Name
		}
		f.names[called] = target
	}
	return f, nil
}

// imports are the packages that the file names, blank ones too.
func (f file) imports() []string {
	var list []string
	for _, spec := range f.tree.Imports {
		target, _ := strconv.Unquote(spec.Path.Value)
		list = append(list, target)
	}
	return list
}

// uses are the names of other packages in the file: "os.Exit".
func (f file) uses() []string {
	var list []string
	ast.Inspect(f.tree, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && f.names[x.Name] != "" {
				list = append(list, f.names[x.Name]+"."+sel.Sel.Name)
			}
		}
		return true
	})
	return list
}

// home is where alone something may stand: files or folders ("cmd/").
type home []string

func (h home) holds(name string) bool {
	return slices.ContainsFunc(h, func(place string) bool {
		return place == name || strings.HasSuffix(place, "/") && strings.HasPrefix(name, place)
	})
}

// libraries are imports, by their beginning, that have one home.
var libraries = []struct {
	prefix string
	home   home
}{
	{"github.com/spf13/viper", home{"cmd/mailhaul/config.go"}},
	{"github.com/schollz/progressbar", home{"cmd/mailhaul/bar.go"}},
	{"modernc.org/sqlite", home{"transfer/checkpoint/"}},
	{"database/sql", home{"transfer/checkpoint/"}},
	{module + "/source/", home{"source/source.go"}},
	{module + "/dest/", home{"dest/dest.go"}},
}

// deeds are uses of the standard library that have one home.
var deeds = []struct {
	names []string
	home  home
}{
	{[]string{"os.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln"}, home{"cmd/mailhaul/main.go", "cmd/mailhaul/proof/bench/main.go"}},
	{[]string{"os.Stdout", "os.Stderr", "fmt.Print", "fmt.Printf", "fmt.Println"}, home{"cmd/"}},
	{[]string{"time.Sleep"}, home{"transfer/retry.go"}},
	{[]string{"os/exec.Command", "os/exec.CommandContext", "os.StartProcess", "syscall.ForkExec", "syscall.Exec"},
		home{"internal/credential/child.go", "internal/mailtest/", "cmd/mailhaul/proof/"}}, // it keeps our secrets out
}

// libraryHomes: a library is imported only where it lives.
func libraryHomes(f file) (broken []string) {
	for _, target := range f.imports() {
		for _, l := range libraries {
			if strings.HasPrefix(target, l.prefix) && !l.home.holds(f.path) {
				broken = append(broken, f.path+" imports "+target)
			}
		}
	}
	return broken
}

// deedHomes: what ends the program, prints, sleeps or starts another program does it
// at home.
func deedHomes(f file) (broken []string) {
	for _, use := range f.uses() {
		for _, d := range deeds {
			if slices.Contains(d.names, use) && !d.home.holds(f.path) {
				broken = append(broken, f.path+" uses "+use)
			}
		}
	}
	return broken
}

// noInit: nothing happens before main. The SQLite driver alone registers
// itself; embed is blank because the compiler wants it so.
func noInit(f file) (broken []string) {
	for _, decl := range f.tree.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			broken = append(broken, f.path+" has an init")
		}
	}
	for _, spec := range f.tree.Imports {
		target, _ := strconv.Unquote(spec.Path.Value)
		driver := target == "modernc.org/sqlite" && home{"transfer/checkpoint/"}.holds(f.path)
		if spec.Name != nil && spec.Name.Name == "_" && !driver && target != "embed" {
			broken = append(broken, f.path+" imports "+target+" blank")
		}
	}
	return broken
}

// goroutines: the flow starts them in two files only, the mapper none. sync.WaitGroup.Go
// is one way to start them.
func goroutines(f file) (broken []string) {
	if dir := path.Dir(f.path); dir != "transfer" && dir != "mapping" || (home{"transfer/lane.go", "transfer/event.go"}).holds(f.path) {
		return nil
	}
	ast.Inspect(f.tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			broken = append(broken, f.path+" starts a goroutine")
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Go" {
				broken = append(broken, f.path+" starts a goroutine")
			}
		}
		return true
	})
	return broken
}

// fileRules are the rules over files that are no tests.
var fileRules = []struct {
	name  string
	check func(file) []string
}{
	{"a library has one home", libraryHomes},
	{"exit, output, sleep and other programs have one home", deedHomes},
	{"no init and no blank import", noInit},
	{"goroutines of the flow have one home", goroutines},
}

func TestFileRulesCatchOffenders(t *testing.T) {
	const imports = module + "/source/imap"
	tests := []struct {
		check  func(file) []string
		path   string
		src    string
		broken string
	}{
		{libraryHomes, "cmd/mailhaul/config.go", `import "github.com/spf13/viper"`, ""},
		{libraryHomes, "cmd/mailhaul/copy.go", `import "github.com/spf13/viper"`, "cmd/mailhaul/copy.go imports github.com/spf13/viper"},
		{libraryHomes, "cmd/mailhaul/bar.go", `import "github.com/schollz/progressbar/v3"`, ""},
		{libraryHomes, "transfer/event.go", `import p "github.com/schollz/progressbar/v3"`, "transfer/event.go imports github.com/schollz/progressbar/v3"},
		{libraryHomes, "transfer/checkpoint/open.go", `import _ "modernc.org/sqlite"`, ""},
		{libraryHomes, "transfer/run.go", `import "database/sql"`, "transfer/run.go imports database/sql"},
		{libraryHomes, "source/source.go", `import "` + imports + `"`, ""},
		{libraryHomes, "cmd/mailhaul/copy.go", `import "` + imports + `"`, "cmd/mailhaul/copy.go imports " + imports},
		{libraryHomes, "dest/dest.go", `import "` + imports + `"`, "dest/dest.go imports " + imports},

		{deedHomes, "cmd/mailhaul/main.go", `import "os"; func f() { os.Exit(1) }`, ""},
		{deedHomes, "cmd/mailhaul/copy.go", `import "os"; func f() { os.Exit(1) }`, "cmd/mailhaul/copy.go uses os.Exit"},
		{deedHomes, "cmd/mailhaul/proof/bench/rig.go", `import "os"; func f() { os.Exit(1) }`, "cmd/mailhaul/proof/bench/rig.go uses os.Exit"},
		{deedHomes, "cmd/mailhaul/copy.go", `import sys "os"; func f() { sys.Exit(1) }`, "cmd/mailhaul/copy.go uses os.Exit"},
		{deedHomes, "cmd/mailhaul/copy.go", `import "log"; func f() { log.Fatal(1) }`, "cmd/mailhaul/copy.go uses log.Fatal"},
		{deedHomes, "cmd/mailhaul/copy.go", `import "os"; var out = os.Stdout`, ""},
		{deedHomes, "transfer/run.go", `import "os"; var out = os.Stderr`, "transfer/run.go uses os.Stderr"},
		{deedHomes, "mapping/x.go", `import "fmt"; func f() { fmt.Println() }`, "mapping/x.go uses fmt.Println"},
		{deedHomes, "transfer/retry.go", `import "time"; func f() { time.Sleep(1) }`, ""},
		{deedHomes, "dest/imap/append.go", `import "time"; func f() { time.Sleep(1) }`, "dest/imap/append.go uses time.Sleep"},
		{deedHomes, "internal/credential/child.go", `import "os/exec"; var c = exec.Command("x")`, ""},
		{deedHomes, "cmd/mailhaul/browser.go", `import "os/exec"; var c = exec.Command("x")`, "cmd/mailhaul/browser.go uses os/exec.Command"},

		{noInit, "source/source.go", `func f() {}; type T struct{}; func (T) init() {}`, ""},
		{noInit, "source/source.go", `func init() {}`, "source/source.go has an init"},
		{noInit, "source/source.go", `import _ "net/http/pprof"`, "source/source.go imports net/http/pprof blank"},
		{noInit, "transfer/checkpoint/open.go", `import _ "modernc.org/sqlite"`, ""},
		{noInit, "cmd/mailhaul/demo.go", `import _ "modernc.org/sqlite"`, "cmd/mailhaul/demo.go imports modernc.org/sqlite blank"},
		{noInit, "cmd/mailhaul/demo.go", `import _ "embed"`, ""},

		{goroutines, "transfer/lane.go", `func f() { go f() }`, ""},
		{goroutines, "transfer/event.go", `func f() { go f() }`, ""},
		{goroutines, "transfer/run.go", `func f() { go f() }`, "transfer/run.go starts a goroutine"},
		{goroutines, "transfer/run.go", `import "sync"; func f() { var g sync.WaitGroup; g.Go(f) }`, "transfer/run.go starts a goroutine"},
		{goroutines, "mapping/mapping.go", `func f() { go f() }`, "mapping/mapping.go starts a goroutine"},
		{goroutines, "dest/imap/append.go", `func f() { go f() }`, ""},
	}
	for _, tc := range tests {
		f, err := parse(tc.path, "package x\n"+tc.src)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(tc.check(f), "; "); got != tc.broken {
			t.Errorf("%s: %s: got %q, want %q", tc.path, tc.src, got, tc.broken)
		}
	}
}
