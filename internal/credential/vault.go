package credential

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/zalando/go-keyring"
)

// Vault keeps secrets from one run to the next: in the desktop's keyring, or,
// where there is none, in a folder of files that nobody else may read.
type Vault struct {
	// Keyring tells to ask the keyring, see [Asker.HasKeyring].
	Keyring bool
	// Dir is made when it is needed; "" keeps nothing in files.
	Dir string
}

// Keep keeps a secret under a name, and tells where, for people. What was there
// under that name is replaced.
func (v Vault) Keep(name string, s Secret) (where string, err error) {
	if v.Keyring {
		if err = keyring.Set(Service, name, s.Reveal()); err == nil {
			return "the keyring", v.removeFile(name)
		}
	}
	if v.Dir == "" {
		return "", fmt.Errorf("there is no place for it: %w", errors.Join(err, ErrNotKept))
	}
	return v.path(name), v.write(name, s)
}

// write puts the secret into a file, whole or not at all.
func (v Vault) write(name string, s Secret) error {
	if err := os.MkdirAll(v.Dir, 0o700); err != nil {
		return fmt.Errorf("making the folder of secrets: %w", err)
	}
	f, err := os.CreateTemp(v.Dir, ".new-*") // mode 0600
	if err != nil {
		return fmt.Errorf("keeping a secret: %w", err)
	}
	_, err = f.WriteString(s.Reveal() + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), v.path(name))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keeping a secret: %w", err), os.Remove(f.Name()))
	}
	return nil
}

// Get answers what is kept under a name, and an error with [ErrNotKept] if there
// is nothing. A file that others may read is refused.
func (v Vault) Get(name string) (Secret, error) {
	var why error
	if v.Keyring {
		text, err := keyring.Get(Service, name)
		if err == nil && text != "" {
			return New(text), nil
		}
		if !errors.Is(err, keyring.ErrNotFound) {
			why = err
		}
	}
	if v.Dir == "" {
		return Secret{}, errors.Join(ErrNotKept, why)
	}
	text, err := fromFile(v.path(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Secret{}, errors.Join(ErrNotKept, why)
	case err != nil:
		return Secret{}, err
	}
	return New(text), nil
}

// Forget removes what is kept under a name, and reports whether there was any.
func (v Vault) Forget(name string) (found bool, err error) {
	if v.Keyring {
		err = keyring.Delete(Service, name)
		if found = err == nil; errors.Is(err, keyring.ErrNotFound) {
			err = nil
		}
	}
	if v.Dir == "" {
		return found, err
	}
	if _, bad := os.Stat(v.path(name)); bad == nil {
		found = true
	}
	return found, errors.Join(err, v.removeFile(name))
}

func (v Vault) removeFile(name string) error {
	if v.Dir == "" {
		return nil
	}
	if err := os.Remove(v.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing a kept secret: %w", err)
	}
	return nil
}

func (v Vault) path(name string) string { return filepath.Join(v.Dir, url.QueryEscape(name)) }
