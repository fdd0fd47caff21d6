// Package credential says where secrets come from, and keeps them from
// getting anywhere else.
//
//  1. A [Way] names one place a secret may come from: an environment variable,
//     a command, a file, the keyring of the desktop, or the person at the
//     keyboard.
//  2. [Asker.Get] goes that way and gives a [Secret].
//  3. A Secret prints as *** in every verb, in JSON and in logs; only
//     [Secret.Reveal] gives the text.
//  4. Other programs are started by [Asker.Program], which keeps all of them out
//     of the environment.
//
// Nothing here reads a secret from the command line's arguments, where other
// users of the machine could see it, and no error repeats one.
package credential

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// Service is the name under which passwords are kept in the keyring.
const Service = "mailhaul"

// limit is the longest secret that is read, in bytes: an OAuth token may have
// some thousand.
const limit = 64 << 10

// Way is one place a secret may come from: exactly one field is set.
type Way struct {
	Env     string // the name of a variable of the environment
	Command string // run by the shell; the first line of its output is the secret
	File    string // a path; its first line is the secret, and nobody else may read it
	Keyring bool   // the desktop's keyring, service [Service]
	Prompt  bool   // asked at the terminal, without echo
}

// ErrNoInput is the Err of an [Error] when somebody would have to be asked
// and nobody can be.
var ErrNoInput = errors.New("nobody can be asked for it here")

// ErrEmpty is the Err when there is a place for it, and nothing in it.
var ErrEmpty = errors.New("it is empty")

// Error is a secret that could not be had. Nothing in it is secret.
type Error struct {
	What   string // "" is a password
	Whose  string // the account, as the user knows it
	Err    error
	Advice string // what to do, "" if nobody knows
}

func (e *Error) Error() string {
	what := cmp.Or(e.What, "password")
	if e.Whose != "" {
		what += " of " + e.Whose
	}
	return fmt.Sprintf("%s: %v", what, e.Err)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint is what the user can do about it.
func (e *Error) Hint() string { return e.Advice }

// Permanent reports true: the same question gets the same answer.
func (e *Error) Permanent() bool { return true }

// Asker gets secrets, and starts programs that see none. The zero value asks
// nobody and has an empty environment.
type Asker struct {
	// NoInput forbids to ask the person at the keyboard.
	NoInput bool
	// Terminal is where a person types, Talk where the question is shown.
	Terminal *os.File
	Talk     io.Writer
	// Line reads a line without echo, where somebody else reads the terminal; nil has
	// it read from Terminal. io.EOF is that nobody answers.
	Line func(context.Context) (string, error)
	// Environ is the environment; programs get it without the variables that Hide
	// and our own names say are secret, and without the users of proxies.
	Environ []string
	// Hide names variables that hold secrets, besides our own.
	Hide []string
	// Advice ends the error when nobody can be asked: which variable or flag helps.
	Advice string
	// Label is the account where people read it; "" is whose of [Asker.Get].
	Label string
	// What is asked for; "" is a password.
	What string
}

// Get goes one way. whose is the account for people and for the keyring:
// user@host. It blocks while a person types or a command runs, until ctx ends.
func (a Asker) Get(ctx context.Context, way Way, whose string) (Secret, error) {
	text, err := a.get(ctx, way, whose)
	if err == nil && text == "" {
		err = ErrEmpty
	}
	if err != nil {
		var known *Error
		if errors.As(err, &known) {
			known.What, known.Whose = a.What, a.label(whose)
			return Secret{}, err
		}
		return Secret{}, &Error{What: a.What, Whose: a.label(whose), Err: err, Advice: a.advice(way, err)}
	}
	return New(text), nil
}

// what is asked for.
func (a Asker) what() string { return cmp.Or(a.What, "password") }

// label is the account for people.
func (a Asker) label(whose string) string {
	if a.Label == "" {
		return whose
	}
	return a.Label
}

func (a Asker) get(ctx context.Context, way Way, whose string) (string, error) {
	switch {
	case way.Env != "":
		return a.fromEnv(way.Env)
	case way.Command != "":
		return a.fromCommand(ctx, way.Command)
	case way.File != "":
		return fromFile(way.File)
	case way.Keyring:
		return fromKeyring(whose)
	case way.Prompt:
		return a.fromPrompt(ctx, whose)
	}
	return "", errors.New("nothing says where it comes from")
}

// advice is what to do about the place that gave none.
func (a Asker) advice(way Way, err error) string {
	switch {
	case errors.Is(err, ErrNoInput):
		return a.Advice
	case way.Env != "":
		return "set " + way.Env + " and export it, so that mailhaul sees it"
	case way.Command != "":
		return "run the command by itself: it must print the " + a.what() + " as its first line and end with exit status 0"
	case errors.Is(err, fs.ErrNotExist):
		return "check the path of the password file; a relative one counts from the folder that you are in"
	case errors.Is(err, fs.ErrPermission):
		return "the password file must be yours: chown and chmod 600 " + way.File
	case way.File != "":
		return "write the password into the first line of " + way.File
	case way.Prompt:
		return "type the password and Enter; " + a.Advice
	}
	return ""
}

func (a Asker) fromEnv(name string) (string, error) {
	text, ok := a.lookup(name)
	if !ok || text == "" {
		return "", fmt.Errorf("the environment variable %s is not set", name)
	}
	return text, nil
}

func (a Asker) lookup(name string) (string, bool) {
	for _, pair := range a.Environ {
		if key, value, ok := strings.Cut(pair, "="); ok && key == name {
			return value, true
		}
	}
	return "", false
}

// firstLine is the text up to the first line end.
func firstLine(text []byte) string {
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSuffix(line, "\r")
}
