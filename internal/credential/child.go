package credential

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
)

// Program is another program with its arguments, not started yet. It gets our
// environment without any secret; no other place of mailhaul starts a program.
func (a Asker) Program(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Env = a.harmless()
	return c
}

// Shell is a [Asker.Program] of which the user has written the command line.
func (a Asker) Shell(ctx context.Context, line string) *exec.Cmd {
	if runtime.GOOS == "windows" {
		return a.Program(ctx, "cmd", "/c", line)
	}
	return a.Program(ctx, "sh", "-c", line)
}

// Conceal takes from this process what a [Asker.Program] does not get. Libraries
// start programs, which inherit all that the process has: go-keyring does, on macOS.
// What Environ has of other origin stays.
func (a Asker) Conceal() error {
	var errs []error
	for _, pair := range a.Environ {
		name, value, _ := strings.Cut(pair, "=")
		switch kept, ok := a.harmlessPair(pair); {
		case os.Getenv(name) != value:
		case !ok:
			errs = append(errs, os.Unsetenv(name))
		case kept != pair:
			errs = append(errs, os.Setenv(name, strings.TrimPrefix(kept, name+"=")))
		}
	}
	return errors.Join(errs...)
}

// harmless is our environment without secrets: never nil, for which a program
// would get the whole of it.
func (a Asker) harmless() []string {
	environ := make([]string, 0, len(a.Environ))
	for _, pair := range a.Environ {
		if kept, ok := a.harmlessPair(pair); ok {
			environ = append(environ, kept)
		}
	}
	return environ
}

// harmlessPair is what may be known of a variable; ok is false for nothing.
func (a Asker) harmlessPair(pair string) (kept string, ok bool) {
	name, value, _ := strings.Cut(pair, "=")
	switch {
	case ownSecret(name), slices.Contains(a.Hide, name):
		return "", false
	case strings.HasSuffix(strings.ToUpper(name), "PROXY"):
		return name + "=" + withoutUser(value), true
	}
	return pair, true
}

// ownSecret reports that a variable tells us a secret, or where one is.
func ownSecret(name string) bool {
	return strings.HasPrefix(name, "MAILHAUL_") && slices.ContainsFunc([]string{"PASSWORD", "TOKEN", "SECRET"},
		func(word string) bool { return strings.Contains(name, word) })
}

// withoutUser is the address of a proxy without user and password, either of
// which may be the secret. A program that needs the proxy still knows of it, and
// what it cannot use it does not go around. The text need not be a good URL: all
// that could be meant as user or password goes.
func withoutUser(proxy string) string {
	scheme, rest, ok := strings.Cut(proxy, "://")
	if !ok {
		scheme, rest = "", proxy
	} else {
		scheme += "://"
	}
	return scheme + rest[strings.LastIndex(rest, "@")+1:]
}
