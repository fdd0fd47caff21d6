//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package keyboard

import "golang.org/x/sys/unix"

const (
	getTerminal = unix.TIOCGETA
	setTerminal = unix.TIOCSETA
	setAnew     = unix.TIOCSETAF // forgets what was typed
	none        = 0xff           // no key does that
)
