package main

import (
	"os"
	"slices"
	"strings"

	"github.com/mailhaul/mailhaul/internal/credential"
)

// asker gets secrets at this program's terminal and from its environment, and
// starts other programs, which see none: not those of our own variables, nor of
// any that a config names, for whatever account.
func (w *world) asker(noInput bool) credential.Asker {
	return credential.Asker{
		NoInput: noInput, Terminal: w.in, Talk: w.talk, Line: w.line, Environ: w.environ,
		Hide: slices.Concat(w.named, w.namedByDefault()),
	}
}

// conceal takes from the process what programs that mailhaul starts do not see:
// libraries start programs, too, which inherit the environment of the process. It is
// called as soon as more is known of what is secret.
func (w *world) conceal() error {
	return w.asker(false).Conceal()
}

// namedByDefault are the variables that hold a secret by the config which is read
// when none is named: it tells of the user's accounts also where a command does
// without it. In a config that is not right, each variable counts whose name
// stands there in quotes.
func (w *world) namedByDefault() (names []string) {
	path, err := w.configPath(w.env(envName("config")))
	if err != nil {
		return nil
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil // a pipe can be read once, and is not ours
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	if c, err := parseConfig(text); err == nil {
		return c.secretVariables()
	}
	for _, pair := range w.environ {
		name, _, _ := strings.Cut(pair, "=")
		if strings.Contains(string(text), `"`+name+`"`) || strings.Contains(string(text), "'"+name+"'") {
			names = append(names, name)
		}
	}
	return names
}
