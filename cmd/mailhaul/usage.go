package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// usage writes how a command is called: cobra's own, with commands and flags in
// groups, in the order in which people need them.
func usage(cmd *cobra.Command) error {
	w := cmd.OutOrStderr()
	line := cmd.UseLine()
	if cmd.HasAvailableSubCommands() {
		line = cmd.CommandPath() + " COMMAND"
	}
	fmt.Fprintf(w, "Usage:\n  %s\n", line)
	if cmd.HasExample() {
		fmt.Fprintf(w, "\nExamples:\n%s\n", cmd.Example)
	}
	if cmd.HasAvailableSubCommands() {
		commandGroups(w, cmd)
		fmt.Fprintf(w, "\nAll about a command: %s COMMAND --help\n", cmd.CommandPath())
		return nil
	}
	flagGroups(w, cmd.Flags())
	return nil
}

func commandGroups(w io.Writer, cmd *cobra.Command) {
	list := func(title string, wanted func(*cobra.Command) bool) {
		fmt.Fprintf(w, "\n%s\n", title)
		for _, c := range cmd.Commands() {
			if wanted(c) {
				fmt.Fprintf(w, "  %-12s %s\n", c.Name(), c.Short)
			}
		}
	}
	for _, g := range cmd.Groups() {
		list(g.Title, func(c *cobra.Command) bool { return c.GroupID == g.ID && !c.Hidden })
	}
	if cmd.HasParent() {
		list("Commands:", func(c *cobra.Command) bool { return c.GroupID == "" && !c.Hidden })
		return
	}
	list(`Topics, see "mailhaul help TOPIC":`, (*cobra.Command).IsAdditionalHelpTopicCommand)
}

// groupMark is the annotation of a flag that names its group.
const groupMark = "group"

// group declares flags that stand together in the help.
func group(f *pflag.FlagSet, title string, declare func(*pflag.FlagSet)) {
	part := pflag.NewFlagSet(title, pflag.ContinueOnError)
	part.SortFlags = false
	declare(part)
	part.VisitAll(func(flag *pflag.Flag) {
		flag.Annotations = map[string][]string{groupMark: {title}}
		if flag.Value.Type() == "string" {
			flag.DefValue = "" // the text says it
		}
	})
	f.SortFlags = false
	f.AddFlagSet(part)
}

func flagGroups(w io.Writer, flags *pflag.FlagSet) {
	var titles []string
	parts := map[string]*pflag.FlagSet{}
	flags.VisitAll(func(flag *pflag.Flag) {
		title := "More:"
		if mark := flag.Annotations[groupMark]; len(mark) > 0 {
			title = mark[0]
		}
		if parts[title] == nil {
			parts[title] = pflag.NewFlagSet(title, pflag.ContinueOnError)
			parts[title].SortFlags = false
			titles = append(titles, title)
		}
		parts[title].AddFlag(flag)
	})
	for _, title := range titles {
		if parts[title].HasAvailableFlags() {
			fmt.Fprintf(w, "\n%s\n%s\n", title, strings.TrimRight(parts[title].FlagUsages(), "\n"))
		}
	}
}
