package main

import (
	"context"
	"errors"
	"io/fs"

	"github.com/mailhaul/mailhaul/internal/credential"
	"github.com/mailhaul/mailhaul/internal/oauth"
	"github.com/mailhaul/mailhaul/transfer"
)

// The exit codes. The table of the README and of "mailhaul help exit-codes"
// are the same.
const (
	exitDone        = 0   // all there
	exitError       = 1   // another error
	exitUsage       = 2   // wrong usage or config
	exitRefused     = 3   // done, but some messages were refused or the destination is not exact
	exitSignIn      = 4   // could not sign in
	exitTemporary   = 5   // temporary trouble: run again, it resumes
	exitFull        = 6   // destination full or over quota
	exitLimit       = 8   // a --max-* limit was reached
	exitDiffers     = 9   // verify found differences
	exitHeld        = 11  // another run holds this job
	exitInterrupted = 130 // interrupted, checkpoint saved
)

// exitCode is the one place where what happened becomes a number.
func exitCode(ctx context.Context, err error) int {
	var usage *usageError
	var secret *credential.Error
	var verdict *verdict
	var fault *oauth.Fault
	switch {
	case err == nil:
		return exitDone
	case crashed(err) != nil:
		return exitError
	case errors.As(err, &verdict):
		return verdict.code
	case errors.As(err, &usage):
		return exitUsage
	case ctx.Err() != nil:
		return exitInterrupted
	case errors.Is(err, transfer.ErrHeld):
		return exitHeld
	case transfer.SignInRefused(err), errors.As(err, &secret):
		return exitSignIn
	case transfer.Full(err):
		return exitFull
	case transfer.Permanent(err), ownFault(err):
		return exitError
	case atAServer(err), errors.As(err, &fault): // which passes, as it is not permanent
		return exitTemporary
	}
	return exitError
}

// ownFault reports what this machine's files answered: asking again is of no use.
func ownFault(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
}

func atAServer(err error) bool {
	var side *transfer.SideError
	return errors.As(err, &side)
}

// reportCode is the exit code of a run that came to its end without an error
// of its own.
func reportCode(r transfer.Report) int {
	code := exitDone
	if r.Tally.Refused+len(r.Flaws) > 0 {
		code = exitRefused
	}
	for _, f := range r.Folders {
		if f.Err != nil {
			code = worse(code, folderCode(f.Err))
		}
	}
	if r.Limited {
		return worse(code, exitLimit)
	}
	return code
}

// folderCode is that of a folder that could not be finished.
func folderCode(err error) int {
	switch {
	case transfer.Full(err):
		return exitFull
	case transfer.Permanent(err) && atDest(err):
		return exitRefused // with all its messages
	case transfer.Permanent(err), ownFault(err):
		return exitError
	}
	return exitTemporary
}

func atDest(err error) bool {
	var side *transfer.SideError
	return errors.As(err, &side) && side.Side == transfer.AtDest
}

// worse picks of two codes the one that the user has to know about first: what
// goes away by itself matters less than what does not.
func worse(a, b int) int {
	for _, code := range []int{exitInterrupted, exitUsage, exitSignIn, exitHeld, exitFull, exitError, exitTemporary, exitLimit, exitDiffers, exitRefused} {
		if a == code || b == code {
			return code
		}
	}
	return exitDone
}

// verdict is an error about which all has been said already.
type verdict struct{ code int }

func (v *verdict) Error() string { return "see above" }

// judged is nil for 0.
func judged(code int) error {
	if code == exitDone {
		return nil
	}
	return &verdict{code}
}
