package main

import (
	"regexp"
	"sync"
)

// pattern is a regular expression that is made when it is first used: few runs need
// one, and all would wait for it.
func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}
