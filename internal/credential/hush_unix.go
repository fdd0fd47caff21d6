//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package credential

import "golang.org/x/sys/unix"

// hush switches the echo of a terminal off.
func hush(fd int) error {
	state, err := unix.IoctlGetTermios(fd, getTerminal)
	if err != nil {
		return err
	}
	state.Lflag &^= unix.ECHO
	return unix.IoctlSetTermios(fd, setTerminal, state)
}
