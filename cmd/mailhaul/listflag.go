package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// listFlag is a flag that can be given several times; each value is taken as it
// stands. Unlike the one of pflag it does not write itself as CSV whenever viper looks
// at it, which took a good part of the start.
type listFlag struct {
	values []string
	blank  bool // an empty value means something: none, for one of several sources
}

var _ pflag.SliceValue = (*listFlag)(nil)

// listOf declares one.
func listOf(f *pflag.FlagSet, name, usage string) { f.Var(&listFlag{}, name, usage) }

// listOfEach declares one that has a value for each source, or none.
func listOfEach(f *pflag.FlagSet, name, usage string) { f.Var(&listFlag{blank: true}, name, usage) }

// String implements [pflag.Value]: one value a line, as in a variable.
func (l *listFlag) String() string { return strings.Join(l.values, "\n") }

// Type implements [pflag.Value].
func (l *listFlag) Type() string { return "list" }

// Set implements [pflag.Value]: it adds one.
func (l *listFlag) Set(value string) error { return l.Append(value) }

// Append implements [pflag.SliceValue]. An empty value is most likely a variable of the
// shell that is not set.
func (l *listFlag) Append(value string) error {
	if value == "" && !l.blank {
		return errors.New("an empty value")
	}
	l.values = append(l.values, value)
	return nil
}

// Replace implements [pflag.SliceValue].
func (l *listFlag) Replace(values []string) error {
	l.values = slices.Clone(values)
	return nil
}

// GetSlice implements [pflag.SliceValue].
func (l *listFlag) GetSlice() []string { return slices.Clone(l.values) }
