package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const manLong = `Write the manual pages. Without DIR that of mailhaul itself goes to standard
output; with DIR all go there: mailhaul.1, one for each command as mailhaul-copy.1,
one for each topic as mailhaul-mapping.7.`

const manExample = `  mailhaul man | man -l -
  mailhaul man ~/.local/share/man/man1`

func newMan(w *world, root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "man [DIR]", Short: "Write the manual pages", GroupID: "other", Long: manLong, Example: manExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				manPage(w.out, root)
				return nil
			case 1:
				return writeManual(root, args[0])
			}
			return usagef("see mailhaul man --help", "mailhaul man takes one DIR")
		},
	}
}

// writeManual writes all pages into a folder, which is made if it is missing.
func writeManual(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the folder for the manual: %w", err)
	}
	for _, cmd := range append([]*cobra.Command{root}, root.Commands()...) {
		if cmd.Hidden {
			continue
		}
		var page bytes.Buffer
		manPage(&page, cmd)
		name := fmt.Sprintf("%s.%d", manName(cmd), manSection(cmd))
		if err := os.WriteFile(filepath.Join(dir, name), page.Bytes(), 0o644); err != nil {
			return fmt.Errorf("write the manual: %w", err)
		}
	}
	return nil
}

func manName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manSection is 1 for commands, 7 for topics.
func manSection(cmd *cobra.Command) int {
	if cmd.IsAdditionalHelpTopicCommand() {
		return 7
	}
	return 1
}

// manPage writes one page in the form of man(7).
func manPage(w io.Writer, cmd *cobra.Command) {
	cmd.InitDefaultHelpFlag()
	fmt.Fprintf(w, ".TH %s %d \"\" \"mailhaul %s\" \"mailhaul\"\n", roff(strings.ToUpper(manName(cmd))), manSection(cmd), roff(version()))
	fmt.Fprintf(w, ".SH NAME\n%s \\- %s\n", roff(manName(cmd)), roff(cmd.Short))
	if manSection(cmd) == 7 {
		fmt.Fprintf(w, ".SH DESCRIPTION\n")
		verbatim(w, cmd.Long)
		return
	}
	line := cmd.UseLine()
	if cmd.HasAvailableSubCommands() {
		line = cmd.CommandPath() + " COMMAND"
	}
	fmt.Fprintf(w, ".SH SYNOPSIS\n.B %s\n.SH DESCRIPTION\n", roff(line))
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	verbatim(w, text)
	if cmd.HasAvailableSubCommands() {
		manCommands(w, cmd)
	} else {
		manFlags(w, cmd.Flags())
	}
	if cmd.HasExample() {
		fmt.Fprintf(w, ".SH EXAMPLES\n")
		verbatim(w, cmd.Example)
	}
	if !cmd.HasParent() {
		fmt.Fprintf(w, ".SH EXIT STATUS\n")
		verbatim(w, strings.TrimPrefix(helpExitCodes, "Exit codes\n\n"))
	}
	seeAlso(w, cmd)
}

func manCommands(w io.Writer, cmd *cobra.Command) {
	fmt.Fprintf(w, ".SH COMMANDS\n")
	for _, sub := range cmd.Commands() {
		if !sub.Hidden && !sub.IsAdditionalHelpTopicCommand() {
			fmt.Fprintf(w, ".TP\n.BR %s (1)\n%s\n", roff(manName(sub)), roff(sub.Short))
		}
	}
}

// manFlags writes the flags in their groups.
func manFlags(w io.Writer, flags *pflag.FlagSet) {
	fmt.Fprintf(w, ".SH OPTIONS\n")
	group := ""
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		if mark := f.Annotations[groupMark]; len(mark) > 0 && mark[0] != group {
			group = mark[0]
			fmt.Fprintf(w, ".SS %s\n", roff(strings.TrimSuffix(group, ":")))
		}
		value, text := pflag.UnquoteUsage(f)
		name := "\\-\\-" + roff(f.Name)
		if f.Shorthand != "" {
			name = "\\-" + roff(f.Shorthand) + ", " + name
		}
		if value != "" && f.Value.Type() != "bool" && f.Value.Type() != "count" {
			name += " " + roff(value)
		}
		fmt.Fprintf(w, ".TP\n\\fB%s\\fR\n%s\n", name, roff(text))
	})
}

func seeAlso(w io.Writer, cmd *cobra.Command) {
	root := cmd.Root()
	var names []string
	if cmd.HasParent() {
		names = append(names, ".BR mailhaul (1)")
	}
	for _, other := range root.Commands() {
		if other.IsAdditionalHelpTopicCommand() && !other.Hidden {
			names = append(names, fmt.Sprintf(".BR %s (7)", roff(manName(other))))
		}
	}
	fmt.Fprintf(w, ".SH SEE ALSO\n%s\n", strings.Join(names, ",\n"))
}

// verbatim keeps the lines as they are: the help is laid out already.
func verbatim(w io.Writer, text string) {
	fmt.Fprintf(w, ".nf\n")
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		fmt.Fprintln(w, roff(line))
	}
	fmt.Fprintf(w, ".fi\n")
}

// roff is text in which nothing is a request or an escape: groff_char(7). A hyphen
// is one that can be copied.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\(rs`, "-", `\-`, "`", "\\(ga", "^", `\(ha`, "~", `\(ti`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}
