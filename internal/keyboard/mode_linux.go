package keyboard

import "golang.org/x/sys/unix"

const (
	getTerminal = unix.TCGETS
	setTerminal = unix.TCSETS
	setAnew     = unix.TCSETSF // forgets what was typed
	none        = 0            // no key does that
)
