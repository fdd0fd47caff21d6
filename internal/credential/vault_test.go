package credential

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"
)

func TestVault(t *testing.T) {
	unixOnly(t)
	keyring.MockInit()
	dir := filepath.Join(t.TempDir(), "secrets")
	for _, v := range []Vault{{Dir: dir}, {Keyring: true, Dir: dir}, {Keyring: true}} {
		if _, err := v.Get("anna@host"); !errors.Is(err, ErrNotKept) {
			t.Fatalf("%+v: got %v, want %v", v, err, ErrNotKept)
		}
		for _, text := range []string{"first", "second"} {
			where, err := v.Keep("anna@host", New(text))
			if err != nil || strings.Contains(where, text) {
				t.Fatalf("%+v: got %q, %v", v, where, err)
			}
			if got, err := v.Get("anna@host"); err != nil || got.Reveal() != text {
				t.Errorf("%+v: got %q, %v, want %q", v, got.Reveal(), err, text)
			}
		}
		if found, err := v.Forget("anna@host"); !found || err != nil {
			t.Errorf("%+v: got %v, %v, want it forgotten", v, found, err)
		}
		if found, err := v.Forget("anna@host"); found || err != nil {
			t.Errorf("%+v: got %v, %v, want nothing to forget", v, found, err)
		}
	}
}

// A file is the owner's alone, and refused once it is not.
func TestVaultFile(t *testing.T) {
	unixOnly(t)
	v := Vault{Dir: filepath.Join(t.TempDir(), "a", "secrets")}
	path, err := v.Keep("../up/anna@host", New("s"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, v.Dir: 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want || filepath.Dir(path) != v.Dir {
			t.Errorf("%s: got %v, %v, want mode %o within %s", name, info.Mode(), err, want, v.Dir)
		}
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Get("../up/anna@host"); err == nil || !strings.Contains(err.Error(), "others may read") {
		t.Errorf("got %v, want a file that others read refused", err)
	}
}

// A machine whose keyring does not answer uses files.
func TestVaultWithoutKeyring(t *testing.T) {
	unixOnly(t)
	keyring.MockInitWithError(errors.New("no bus"))
	t.Cleanup(keyring.MockInit)
	v := Vault{Keyring: true, Dir: t.TempDir()}
	where, err := v.Keep("anna@host", New("text"))
	if got, bad := v.Get("anna@host"); err != nil || bad != nil || got.Reveal() != "text" || !strings.HasPrefix(where, v.Dir) {
		t.Errorf("got %q in %q, %v, %v", got.Reveal(), where, err, bad)
	}
	if _, err := (Vault{Keyring: true}).Keep("anna@host", New("text")); err == nil || strings.Contains(err.Error(), "text") {
		t.Errorf("got %v, want an error without the secret", err)
	}
}
