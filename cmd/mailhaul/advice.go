package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/provider"
	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/checkpoint"
)

const goesOn = "run the same command again: it goes on where it stopped"

// advice is what to do about an error: its own hint, or what this machine's
// files or the exit code suggest. r is how far the run got.
func advice(err error, code int, r transfer.Report) string {
	if crashed(err) != nil {
		return crashAdvice
	}
	if hint := knownAdvice(err); hint != "" {
		return hint
	}
	if hint := hintOf(err); hint != "" && !brokeOff(err, r) {
		return hint
	}
	if hint := fileAdvice(err); hint != "" {
		return hint
	}
	switch code {
	case exitUsage:
		return "see mailhaul copy --help"
	case exitSignIn:
		return "check user and password; many providers take no account password here but an app password, made on their web pages"
	case exitTemporary:
		return "run the same command again later: it goes on where it stopped"
	case exitFull:
		return "make room at the destination, then " + goesOn
	case exitHeld:
		return "wait for the other run to end, or see what it does: mailhaul status"
	case exitLimit:
		return goesOn
	case exitRefused:
		hint := "the refused stay at the source; the same command tries them again"
		if len(r.Refusals) > 0 {
			hint += "; mailhaul report --refused names each, and with --export saves them as files"
		}
		return hint
	}
	return ""
}

// knownAdvice is about what a known provider says, "" if it is none.
func knownAdvice(err error) string {
	var side *transfer.SideError
	if !errors.As(err, &side) {
		return ""
	}
	e, bad := dial.ParseEndpoint(side.Name)
	if bad != nil || e.Host == "" {
		return ""
	}
	return provider.Presets().Hint(e.Host, e.User, side.Err.Error(), transfer.SignInRefused(err))
}

// brokeOff reports that a server which we had worked with is out of reach now:
// its port and name were right.
func brokeOff(err error, r transfer.Report) bool {
	var e *dial.Error
	if !errors.As(err, &e) || r.Tally.Copied+r.Tally.Adopted == 0 {
		return false
	}
	switch e.Kind {
	case dial.Refused, dial.Unreachable, dial.Timeout, dial.Lost, dial.Asleep:
		return true
	}
	return false
}

// fileAdvice is about this machine's files, "" if err is not.
func fileAdvice(err error) string {
	var file *fs.PathError
	switch named := errors.As(err, &file); {
	case !named && noRoom(err):
		return "make room where it is written to, then " + goesOn
	case !named:
		return ""
	}
	switch {
	case noRoom(err) && strings.HasPrefix(file.Path, filepath.Clean(os.TempDir())+string(filepath.Separator)):
		return fmt.Sprintf("large messages wait in %s: make room there, or set TMPDIR to a folder on a larger disk; then %s", os.TempDir(), goesOn)
	case noRoom(err):
		return fmt.Sprintf("make room on the disk of %s, then %s", file.Path, goesOn)
	case errors.Is(err, fs.ErrNotExist):
		return "check the path; a relative one counts from the folder that you are in"
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("%s is not open to you: change its permissions, or run mailhaul as the user it belongs to", file.Path)
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR):
		return "check the path: a file stands where a folder should be, or a folder where a file should be"
	}
	return ""
}

func noRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// stateFault is why the checkpoint could not be opened, naming its path once.
type stateFault struct {
	text, hint string
	err        error
}

func (e *stateFault) Error() string { return e.text }
func (e *stateFault) Unwrap() error { return e.err }

// Hint is what to do about it, "" where the cause knows better.
func (e *stateFault) Hint() string { return e.hint }

func stateError(err error) error {
	var fault *checkpoint.Fault
	var file *fs.PathError
	if !errors.As(err, &fault) || !errors.As(err, &file) {
		return err
	}
	e := &stateFault{text: fmt.Sprintf("%s %s: %v", fault.Doing, fault.Path, file.Err), err: err}
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		e.hint = "a file stands where this folder should be: name another folder with --state-dir"
	case noRoom(err):
		e.hint = "make room on that disk, or name a folder on another one with --state-dir; then run the same command again"
	}
	return e
}
