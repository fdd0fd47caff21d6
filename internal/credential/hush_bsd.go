//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package credential

import "golang.org/x/sys/unix"

const (
	getTerminal = unix.TIOCGETA
	setTerminal = unix.TIOCSETA
)
