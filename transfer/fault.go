package transfer

import (
	"errors"
	"fmt"
	"time"
)

// ErrVanished is the Err of a message that is gone from the source since it
// was listed.
var ErrVanished = errors.New("gone from the source")

// ErrHeld is what opening a checkpoint answers while another run holds it.
var ErrHeld = errors.New("another run holds this job")

// How far an error reaches is told by where it comes out (Fetched.Err and
// Receipt.Err one message, a method's error one folder, opening the run). What
// to do about it is told by marks: methods that any error in the chain may
// have. internal packages, which do not know this one, mark their errors too.

// Permanent reports whether trying again is of no use: some error in the chain
// has `Permanent() bool` and answers true.
func Permanent(err error) bool {
	var m interface{ Permanent() bool }
	return errors.As(err, &m) && m.Permanent()
}

// RetryAfter is how long the server asked us to stay away, 0 if it did not:
// `RetryAfter() time.Duration`.
func RetryAfter(err error) time.Duration {
	var m interface{ RetryAfter() time.Duration }
	if errors.As(err, &m) {
		return m.RetryAfter()
	}
	return 0
}

// SignInRefused reports whether a server would not let us in: `SignInRefused() bool`.
func SignInRefused(err error) bool {
	var m interface{ SignInRefused() bool }
	return errors.As(err, &m) && m.SignInRefused()
}

// Stalled reports whether a side fell silent, or this machine slept, so that
// nobody knows when the line broke: `Stalled() bool`.
func Stalled(err error) bool {
	var m interface{ Stalled() bool }
	return errors.As(err, &m) && m.Stalled()
}

// Missing reports whether a folder is not there (any more): `Missing() bool`.
func Missing(err error) bool {
	var m interface{ Missing() bool }
	return errors.As(err, &m) && m.Missing()
}

// Remade reports whether a folder is not the one any more that was listed, so that
// IDs have lost their meaning: `Remade() bool`.
func Remade(err error) bool {
	var m interface{ Remade() bool }
	return errors.As(err, &m) && m.Remade()
}

// Full reports whether the destination has no room left: `Full() bool`.
func Full(err error) bool {
	var m interface{ Full() bool }
	return errors.As(err, &m) && m.Full()
}

// Hint is what the user can do about it, in a sentence, "" if nobody knows:
// `Hint() string`.
func Hint(err error) string {
	var m interface{ Hint() string }
	if errors.As(err, &m) {
		return m.Hint()
	}
	return ""
}

// Side is which end of the move something is about.
type Side string

// The two sides.
const (
	AtSource Side = "source"
	AtDest   Side = "destination"
)

// SideError tells on which side an error happened. Name is the endpoint as
// the user wrote it, without any secret.
type SideError struct {
	Side Side
	Name string
	Err  error
}

func (e *SideError) Error() string { return fmt.Sprintf("%s %s: %v", e.Side, e.Name, e.Err) }

// Unwrap gives the cause.
func (e *SideError) Unwrap() error { return e.Err }
