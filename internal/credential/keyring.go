package credential

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/zalando/go-keyring"
)

// HasKeyring reports whether this machine is likely to have a keyring that
// answers: on Linux and the BSDs it needs a desktop's message bus, and asking
// without one would try to start it.
func (a Asker) HasKeyring() bool {
	switch runtime.GOOS {
	case "windows", "darwin":
		return true
	}
	bus, _ := a.lookup("DBUS_SESSION_BUS_ADDRESS")
	return bus != ""
}

// ErrNotKept is the Err when the keyring holds no password of that account.
var ErrNotKept = errors.New("the keyring holds none")

func fromKeyring(whose string) (string, error) {
	text, err := keyring.Get(Service, whose)
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return "", &Error{Err: ErrNotKept,
			Advice: fmt.Sprintf("keep it there under the service %q and the name %q, or choose another way: mailhaul help config", Service, whose)}
	case err != nil:
		return "", &Error{Err: fmt.Errorf("the keyring does not answer: %w", err),
			Advice: "a machine without a desktop has no keyring: use a password command, a file or an environment variable"}
	}
	return text, nil
}
