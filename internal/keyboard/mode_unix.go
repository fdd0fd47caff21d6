//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package keyboard

import "golang.org/x/sys/unix"

// take has a terminal give each key at once and show none. Its output, Ctrl-C and
// what Enter means stay as they are, so that lines can be written meanwhile, and what
// was typed before means the same; Ctrl-Z and Ctrl-\ would leave it in this mode.
func take(fd int) (restore func(), err error) {
	before, err := unix.IoctlGetTermios(fd, getTerminal)
	if err != nil {
		return nil, err
	}
	mode := *before
	mode.Lflag &^= unix.ICANON | unix.ECHO | unix.ECHONL | unix.IEXTEN
	mode.Lflag |= unix.ISIG
	mode.Iflag &^= unix.IXON | unix.INLCR | unix.IGNCR
	mode.Iflag |= unix.ICRNL
	mode.Oflag |= unix.OPOST | unix.ONLCR
	mode.Cc[unix.VMIN], mode.Cc[unix.VTIME] = 1, 0
	mode.Cc[unix.VSUSP], mode.Cc[unix.VQUIT] = none, none
	if err := unix.IoctlSetTermios(fd, setTerminal, &mode); err != nil {
		return nil, err
	}
	return func() { _ = unix.IoctlSetTermios(fd, setTerminal, before) }, nil
}

// forget drops what was typed and not read.
func forget(fd int) error {
	mode, err := unix.IoctlGetTermios(fd, getTerminal)
	if err != nil {
		return err
	}
	return unix.IoctlSetTermios(fd, setAnew, mode)
}
