package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/sasl"
	"github.com/mailhaul/mailhaul/transfer"
)

// usageError is a mistake in the command line or the config.
type usageError struct {
	err  error
	hint string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// Hint is what to do about it.
func (e *usageError) Hint() string { return e.hint }

func usagef(hint, format string, args ...any) error {
	return &usageError{err: fmt.Errorf(format, args...), hint: hint}
}

// seeHelp has a mistake without a hint lead to the help of the command that was typed.
func seeHelp(err error, cmd *cobra.Command) {
	var usage *usageError
	if errors.As(err, &usage) && hintOf(err) == "" {
		usage.hint = "see " + cmd.CommandPath() + " --help"
	}
}

// complain tells why it did not work, in at most three lines: what happened,
// what to do, what was changed.
func complain(w io.Writer, err error, code int) {
	var v *verdict
	if err == nil || errors.As(err, &v) {
		return
	}
	complainAfter(w, err, code, transfer.Report{})
}

// complainAfter is complain for a run that got somewhere.
func complainAfter(w io.Writer, err error, code int, r transfer.Report) {
	if code == exitInterrupted {
		fmt.Fprintf(w, "mailhaul: interrupted; the same command goes on from here, and copies nothing twice\n")
		fmt.Fprintf(w, "mailhaul: %s (exit %d)\n", effect(err, r), code)
		return
	}
	if err == nil {
		err = errors.New("not finished") // so that no exit code but 0 goes without a word
	}
	for i, one := range unjoin(err) {
		if i == 5 {
			fmt.Fprintf(w, "mailhaul: error: and %d more\n", len(unjoin(err))-i)
			break
		}
		fmt.Fprintf(w, "mailhaul: error: %s\n", Safe(wording(one)))
	}
	whereabouts(w, err)
	if hint := advice(err, code, r); hint != "" {
		fmt.Fprintf(w, "mailhaul: hint: %s\n", Safe(hint))
	}
	fmt.Fprintf(w, "mailhaul: %s (exit %d)\n", effect(err, r), code)
}

// wording is what an error says; a refused sign-in names side, host and user,
// and quotes the server.
func wording(err error) string {
	var side *transfer.SideError
	if !transfer.SignInRefused(err) || !errors.As(err, &side) {
		return err.Error()
	}
	e, bad := dial.ParseEndpoint(side.Name)
	if bad != nil {
		return err.Error()
	}
	var noWay *sasl.Error
	switch {
	case errors.As(err, &noWay) && side.Side == atServer:
		return noWay.Error()
	case errors.As(err, &noWay):
		return fmt.Sprintf("no sign-in at the %s: %s", side.Side, noWay)
	case side.Side == atServer:
		return fmt.Sprintf("%s refused the sign-in of %s: %s", hostPort(e), e.User, refusalWords(side.Err))
	}
	return fmt.Sprintf("%s refused the sign-in: %s (%s): %s", side.Side, hostPort(e), e.User, refusalWords(side.Err))
}

// closeWording is wording where side and server are named beside it.
func closeWording(err error) string {
	var side *transfer.SideError
	if !transfer.SignInRefused(err) && errors.As(err, &side) {
		return side.Err.Error()
	}
	return wording(err)
}

// refusalWords are the server's, in quotes.
func refusalWords(err error) string {
	var said interface{ ServerWords() string }
	if !errors.As(err, &said) {
		return err.Error() // ours
	}
	if words := said.ServerWords(); words != "" {
		return `"` + words + `"`
	}
	return err.Error()
}

// effect says what has become of the user's mail.
func effect(err error, r transfer.Report) string {
	if crashed(err) != nil {
		return crashEffect
	}
	var source *clearedError
	switch deleted := errors.As(err, &source); {
	case deleted && r.Tally.Copied > 0:
		return fmt.Sprintf("%s copied, which stay; %s", messages(r.Tally.Copied), source.effect())
	case deleted:
		return source.effect()
	}
	switch {
	case r.Tally.Copied > 0:
		return messages(r.Tally.Copied) + " copied, which stay; nothing else was changed"
	case len(r.Folders) > 0 || r.Tally.Messages > 0:
		return "no message was copied"
	}
	return "nothing was changed"
}

// unjoin takes apart what errors.Join put together.
func unjoin(err error) (all []error) {
	many, ok := err.(interface{ Unwrap() []error })
	if !ok || !strings.Contains(err.Error(), "\n") {
		return []error{err}
	}
	for _, one := range many.Unwrap() {
		all = append(all, unjoin(one)...)
	}
	return all
}
