package main

import (
	"slices"
	"strings"
)

// again is the command that goes on from where this run ended: the one that was
// given, all its flags included. Passwords are never among them. "" if it cannot
// be written as it was given.
func (w *world) again() string { return printable(w.args) }

// instead is the command that does what was only looked at: plan becomes copy,
// or run where job names a job, and --dry-run is left out. "" if the arguments
// do not tell for sure.
func (w *world) instead(job string) string {
	if len(w.args) < 2 {
		return ""
	}
	args := slices.DeleteFunc(slices.Clone(w.args), func(a string) bool {
		return a == "--dry-run" || strings.HasPrefix(a, "--dry-run=")
	})
	switch {
	case args[1] == "copy":
		return printable(args)
	case args[1] != "plan":
		return ""
	case job == "":
		args[1] = "copy"
		return printable(args)
	}
	args[1] = "run"
	for i, a := range args {
		switch {
		case a == "--job":
			return printable(append(slices.Delete(args, i, i+2), job))
		case a == "--job="+job:
			return printable(append(slices.Delete(args, i, i+1), job))
		}
	}
	return ""
}

// compared is the command that compares the sides of a copy or a plan, with all its
// flags; "" if it cannot be written so.
func (w *world) compared(h *haul) string {
	if h.name != "" {
		return h.command(w, "verify")
	}
	if len(w.args) < 2 || w.args[1] != "copy" && w.args[1] != "plan" {
		return ""
	}
	known := newVerify(w).Flags()
	for _, a := range w.args[2:] {
		name, _, _ := strings.Cut(a, "=")
		if flag, ok := strings.CutPrefix(name, "--"); ok && known.Lookup(flag) == nil {
			return ""
		}
	}
	args := slices.Clone(w.args)
	args[1] = "verify"
	return printable(args)
}

// beSure names that command, if there is one.
func beSure(command string) string {
	if command == "" {
		return ""
	}
	return "To be sure, compare both sides message by message:\n  " + command + "\n"
}

// printable quotes args, unless a terminal could not show them as they are.
func printable(args []string) string {
	text := quoteAll(args)
	if !fit(text) {
		return ""
	}
	return text
}

// quoteAll writes arguments so that a shell takes them as they are.
func quoteAll(args []string) string {
	quoted := slices.Clone(args)
	for i, a := range quoted {
		if a == "" || strings.Trim(a, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-") != "" {
			quoted[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
