package main

import (
	"bytes"
	"slices"
	"testing"

	"github.com/spf13/cobra"
)

// TestCommandsAlone: a command that is made without the others is the same, and
// every one is found by its name.
func TestCommandsAlone(t *testing.T) {
	about := func(w *world, name string) (string, *cobra.Command) {
		root := newRoot(w)
		cmd, _, err := root.Find([]string{name})
		if err != nil || cmd == root {
			t.Fatalf("%s is not found: %v", name, err)
		}
		var out bytes.Buffer
		cmd.SetOut(&out)
		cmd.SetErr(&out)
		if err := cmd.Help(); err != nil {
			t.Fatal(err)
		}
		return out.String(), root
	}
	for _, m := range makers() {
		alone, root := about(&world{args: []string{"mailhaul", m.name}}, m.name)
		if all := root.Commands(); len(all) != 1 || all[0].Name() != m.name {
			t.Errorf("%s alone: got %d commands, the first is %s", m.name, len(all), all[0].Name())
		}
		if among, _ := about(&world{args: []string{"mailhaul"}}, m.name); among != alone {
			t.Errorf("%s: its help is another one alone:\n%s", m.name, alone)
		}
	}
	all := newRoot(&world{args: []string{"mailhaul", "--help"}})
	for _, name := range []string{"man", "exit-codes", "copy"} {
		if !slices.ContainsFunc(all.Commands(), func(c *cobra.Command) bool { return c.Name() == name }) {
			t.Errorf("mailhaul --help: there is no %s", name)
		}
	}
}
