package main

import (
	"github.com/spf13/cobra"
)

// maker makes the command of that name.
type maker struct {
	name string
	make func(*world) *cobra.Command
}

// makers are those of all that does something.
func makers() []maker {
	return []maker{
		{"copy", newCopy}, {"run", newRun}, {"undo", newUndo}, {"demo", newDemo}, {"plan", newPlan},
		{"verify", newVerify}, {"manifest", newManifest}, {"check", newCheck}, {"discover", newDiscover},
		{"login", newLogin}, {"status", newStatus}, {"report", newReport}, {"version", newVersion},
		{"setup", newSetup}, {"schema", newSchema},
	}
}

// addCommands adds what the command line begins with, else all there is: making
// every command with its flags takes a run as long as the server takes to greet.
func addCommands(w *world, root *cobra.Command) {
	for _, m := range makers() {
		if len(w.args) > 1 && w.args[1] == m.name {
			root.AddCommand(m.make(w))
			return
		}
	}
	for _, m := range makers() {
		root.AddCommand(m.make(w))
	}
	root.AddCommand(newMan(w, root))
	root.AddCommand(topics()...)
}
