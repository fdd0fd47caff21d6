package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion(w *world) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use: "version", Short: "Say which mailhaul this is", GroupID: "other", Args: noArgs,
		Long: `Say which mailhaul this is: its version, the revision that it was built from and
when that was made, and the Go that built it.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			info := buildInfo()
			if asJSON {
				writeLine(w.out, info)
				return nil
			}
			info.show(w.out)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one object on standard output")
	return cmd
}

// versionLine is what the Go tool wrote into the program.
type versionLine struct {
	Event    string `json:"event"`
	Version  string `json:"version"`
	Go       string `json:"go"`
	System   string `json:"system"`
	Revision string `json:"revision,omitempty"`
	Made     string `json:"made,omitempty"` // when the revision was
	Changed  bool   `json:"changed,omitempty"`
}

func buildInfo() versionLine {
	line := versionLine{Event: "version", Version: version(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return line
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			line.Revision = s.Value
		case "vcs.time":
			line.Made = s.Value
		case "vcs.modified":
			line.Changed = s.Value == "true"
		}
	}
	return line
}

func (v versionLine) show(w io.Writer) {
	fmt.Fprintf(w, "mailhaul %s (%s, %s)\n", v.Version, v.Go, v.System)
	if v.Revision == "" {
		return
	}
	changed := ""
	if v.Changed {
		changed = ", and changed since"
	}
	fmt.Fprintf(w, "built from %.12s of %s%s\n", v.Revision, v.Made, changed)
}

// version is what the Go tool wrote into the program.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
