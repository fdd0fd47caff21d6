package rules_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	module = "github.com/mailhaul/mailhaul"
	root   = "../.." // of the module, from here
)

func TestRooms(t *testing.T) {
	all := list(t)
	for _, r := range roomRules {
		report(t, r.name, r.check(all))
	}
}

func TestFiles(t *testing.T) {
	all := files(t)
	for _, r := range fileRules {
		var broken []string
		for _, f := range all {
			broken = append(broken, r.check(f)...)
		}
		report(t, r.name, broken)
	}
}

// list asks the go command for our packages and all that they import.
func list(t *testing.T) map[string]pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Standard,Imports,TestImports,XTestImports,Deps", "./...")
	cmd.Dir = root
	var problem strings.Builder
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &problem)
	}
	all := map[string]pkg{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath                               string
			Standard                                 bool
			Imports, TestImports, XTestImports, Deps []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		name := short(p.ImportPath)
		all[name] = pkg{
			path: name, ours: name != p.ImportPath, standard: p.Standard,
			imports: shorten(p.Imports), deps: shorten(p.Deps),
			testImports: shorten(slices.Concat(p.TestImports, p.XTestImports)),
		}
	}
	for _, must := range []string{"transfer", "mapping", "source", "dest", "cmd/mailhaul", "internal/rules"} {
		if !all[must].ours {
			t.Errorf("got no package %s from go list", must)
		}
	}
	return all
}

func short(importPath string) string { return strings.TrimPrefix(importPath, module+"/") }

func shorten(importPaths []string) []string {
	out := make([]string, len(importPaths))
	for i, p := range importPaths {
		out[i] = short(p)
	}
	return out
}

// files reads every Go file of the module that is no test, for whichever system
// it is.
func files(t *testing.T) []file {
	t.Helper()
	var all []file
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(entry.Name(), ".") && name != root
		if entry.IsDir() && (hidden || entry.Name() == "testdata") {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		f, err := parse(filepath.ToSlash(relative), src)
		all = append(all, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Errorf("got %d files of the module, want all of them", len(all))
	}
	return all
}
