package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

// complete tells the shells what can stand where: names of jobs, the folders that
// were seen of a job, the few words that a flag takes. No server is asked and
// nothing is said: what is not known is not completed.
func complete(w *world, root *cobra.Command) {
	for _, cmd := range root.Commands() {
		for flag, words := range map[string][]string{
			"progress": {"auto", "bar", "plain", "none"}, "log-format": {"text", "json"}, "compress": {"auto", "on", "off"},
			"format": {"text", "md", "json", "csv", "html"}, "level": {"headers", "bytes"},
		} {
			offer(cmd, flag, func(*cobra.Command, []string) []string { return words })
		}
		offer(cmd, "job", func(cmd *cobra.Command, _ []string) []string { return jobNames(w, cmd) })
		for _, flag := range []string{"folder", "exclude"} {
			offer(cmd, flag, func(cmd *cobra.Command, args []string) []string { return seenFolders(w, cmd, args) })
		}
		offer(cmd, "map", func(cmd *cobra.Command, args []string) (pairs []string) {
			for _, name := range seenFolders(w, cmd, args) {
				pairs = append(pairs, strings.ReplaceAll(name, "=", `\=`)+"=")
			}
			return pairs
		})
		switch name := cmd.Name(); {
		case name == "undo" || name == "status":
			cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
				names := slices.DeleteFunc(jobNames(w, cmd), func(name string) bool { return !strings.HasPrefix(name, begun) })
				if len(args) == 0 && len(names) > 0 { // a job stands alone
					return names, cobra.ShellCompDirectiveNoFileComp
				}
				return endpointForms(cmd, args, begun)
			}
		case name == "run":
			cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
				left := slices.DeleteFunc(jobNames(w, cmd), func(name string) bool { return slices.Contains(args, name) })
				return left, cobra.ShellCompDirectiveNoFileComp
			}
		case cmd.Flags().Lookup("source-password-file") != nil || name == "check":
			cmd.ValidArgsFunction = endpointForms
		}
	}
}

// offer completes the values of a flag, if the command has it.
func offer(cmd *cobra.Command, flag string, words func(*cobra.Command, []string) []string) {
	if cmd.Flags().Lookup(flag) == nil {
		return
	}
	_ = cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		directive := cobra.ShellCompDirectiveNoFileComp
		if flag == "map" {
			directive |= cobra.ShellCompDirectiveNoSpace
		}
		return words(cmd, args), directive
	}) // an error would be a second registration
}

// endpointForms completes the beginnings of endpoints, and leaves paths to the shell.
func endpointForms(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	if strings.Contains(begun, ":") {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return []string{"imaps://", "imap://", "pop3s://", "pop3://", "mbox:", "maildir:"}, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}

// jobNames are the jobs of the config file.
func jobNames(w *world, cmd *cobra.Command) (names []string) {
	l, err := w.layers(cmd.Flags(), nil)
	if err != nil {
		return nil
	}
	path, err := w.configPath(l.text("config"))
	if err != nil {
		return nil
	}
	c, err := w.readConfig(path)
	if err != nil {
		return nil
	}
	for _, j := range c.Jobs {
		names = append(names, j.Name)
	}
	return whole(names)
}

// seenFolders are the source folders of the job that is being written down, as the
// checkpoint has seen them.
func seenFolders(w *world, cmd *cobra.Command, args []string) (names []string) {
	h := begunHaul(w, cmd, args)
	if h == nil {
		return nil
	}
	job, err := h.job(func(transfer.Event) {}, func(string) {})
	if err != nil {
		return nil
	}
	s, err := checkpoint.Read(h.checkpoint(job).Path())
	if err != nil {
		return nil
	}
	for _, f := range s.Folders {
		names = append(names, f.From)
	}
	slices.Sort(names)
	return whole(slices.Compact(names))
}

// begunHaul is the job that the words so far name, nil if they do not. An address
// whose server would have to be looked for names none.
func begunHaul(w *world, cmd *cobra.Command, args []string) *haul {
	job := ""
	if f := cmd.Flags().Lookup("job"); f != nil {
		job = f.Value.String()
	}
	if cmd.Name() == "run" && len(args) > 0 {
		job = args[0]
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	switch {
	case job != "":
		hauls, err := haulsOf(ctx, w, cmd.Flags(), []string{job})
		if err != nil || len(hauls) == 0 {
			return nil
		}
		return hauls[0]
	case len(args) < 2 || slices.ContainsFunc(args, func(a string) bool { return !strings.Contains(a, ":") }):
		return nil
	}
	h, err := haulOf(ctx, w, cmd.Flags(), args)
	if err != nil {
		return nil
	}
	return h
}

// whole leaves out names that a shell could not take as they are.
func whole(names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool { return !fit(name) || name == "" })
}
