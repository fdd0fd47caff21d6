package main

import "github.com/spf13/pflag"

// sameFlags are the flags that lead to the same job and into the same source.
func sameFlags() []string {
	return []string{
		"config", "state-dir", "source-password-command", "source-password-file",
		"ca-file", "pin", "allow-cleartext", "no-input",
	}
}

// said are those of them that were given, as they can be given again.
func said(flags *pflag.FlagSet) (args []string) {
	for _, name := range sameFlags() {
		f := flags.Lookup(name)
		if f == nil || !f.Changed {
			continue
		}
		if f.Value.Type() == "bool" && f.Value.String() == "true" {
			args = append(args, "--"+name)
			continue
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, value := range values {
			args = append(args, "--"+name+"="+value)
		}
	}
	return args
}

// reportCommand is the command that reports this job, with these flags. "" if a
// terminal could not show it as it is.
func (h *haul) reportCommand(w *world, flags ...string) string {
	return h.command(w, "report", flags...)
}
