package mailtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// account is one signed-in connection of go-imap's client, and how the server
// writes folder names.
type account struct {
	*imapclient.Client
	delimiter string
	prefix    string
}

// dial signs in over plain IMAP with [Password].
func dial(addr, user string) (*account, error) {
	c, err := imapclient.DialInsecure(addr, nil)
	if err != nil {
		return nil, err
	}
	a := &account{Client: c}
	if err := c.Login(user, Password).Wait(); err != nil {
		c.Close()
		return nil, fmt.Errorf("sign in as %s: %w", user, err)
	}
	if err := a.learn(); err != nil {
		c.Close()
		return nil, err
	}
	return a, nil
}

// Capabilities are what a server says it can do, once the user has signed in.
func Capabilities(addr, user string) ([]string, error) {
	a, err := dial(addr, user)
	if err != nil {
		return nil, err
	}
	defer a.close()
	var list []string
	for name := range a.Caps() {
		list = append(list, string(name))
	}
	slices.Sort(list)
	return list, nil
}

// learn asks for the delimiter and the prefix of the user's own folders.
func (a *account) learn() error {
	root, err := a.List("", "", nil).Collect()
	if err != nil {
		return fmt.Errorf("list the root: %w", err)
	}
	if len(root) == 1 && root[0].Delim != 0 {
		a.delimiter = string(root[0].Delim)
	}
	if !a.Caps().Has(imap.CapNamespace) {
		return nil
	}
	data, err := a.Namespace().Wait()
	if err != nil {
		return fmt.Errorf("namespace: %w", err)
	}
	if len(data.Personal) > 0 {
		a.prefix = data.Personal[0].Prefix
	}
	return nil
}

// name is the folder as the server writes it.
func (a *account) name(path []string) (string, error) {
	if len(path) == 1 && path[0] == "INBOX" {
		return "INBOX", nil
	}
	for _, part := range path {
		if a.delimiter == "" && len(path) > 1 || a.delimiter != "" && strings.Contains(part, a.delimiter) {
			return "", fmt.Errorf("folder %q cannot be where the delimiter is %q", path, a.delimiter)
		}
	}
	return a.prefix + strings.Join(path, a.delimiter), nil
}

// path is the other way round.
func (a *account) path(name string) []string {
	if strings.EqualFold(name, "INBOX") {
		return []string{"INBOX"}
	}
	name = strings.TrimPrefix(name, a.prefix)
	if a.delimiter == "" {
		return []string{name}
	}
	return strings.Split(name, a.delimiter)
}

// close signs out; it is too late for errors to matter.
func (a *account) close() {
	_ = a.Logout().Wait()
	_ = a.Close()
}
