package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// A repeated flag's values are taken as they stand; an empty one is a mistake, or none
// for one of several sources.
func TestListFlag(t *testing.T) {
	for _, tc := range []struct {
		args []string
		want []string
		bad  string
	}{
		{nil, nil, ""},
		{[]string{"--pin=a,b", "--pin", "two\nlines", "--pin=\"q\""}, []string{"a,b", "two\nlines", "\"q\""}, ""},
		{[]string{"--pin", "a", "--pin", ""}, nil, "--pin"},
		{[]string{"--auth", "a", "--auth", ""}, []string{"a", ""}, ""},
		{[]string{"--auth", ""}, nil, ""},
	} {
		f := pflag.NewFlagSet("test", pflag.ContinueOnError)
		listOf(f, "pin", "")
		listOfEach(f, "auth", "")
		err := f.Parse(tc.args)
		if tc.bad != "" {
			if err == nil || !strings.Contains(err.Error(), tc.bad) || !strings.Contains(err.Error(), "an empty value") {
				t.Errorf("%q: got %v, want an error that names the flag", tc.args, err)
			}
			continue
		}
		l, bad := (&world{}).layers(f, nil)
		if got := append(l.list("pin"), l.list("auth")...); err != nil || bad != nil || !slices.Equal(got, tc.want) {
			t.Errorf("%q: got %q, %v, %v, want %q", tc.args, got, err, bad, tc.want)
		}
	}
}
