//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package keyboard

import "errors"

// take has no such mode here: who asks must do with what the terminal library has.
func take(int) (restore func(), err error) { return nil, errors.ErrUnsupported }

func forget(int) error { return errors.ErrUnsupported }
