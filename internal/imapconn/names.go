package imapconn

import (
	"errors"
	"fmt"
	"strings"
)

// errName marks names that a server's hierarchy cannot hold.
var errName = errors.New("a name that this server cannot hold")

// path decodes a name as the server spells it: the personal prefix taken off,
// one component a level. Components that are no modified UTF-7 ("R&D") stay as
// they are.
func (t *Tree) path(wire, delim string) []string {
	rest := wire
	if t.Prefix != "" && len(wire) > len(t.Prefix) && strings.EqualFold(wire[:len(t.Prefix)], t.Prefix) {
		rest = wire[len(t.Prefix):]
	}
	path := t.split(rest, delim, decodeUTF7)
	if strings.EqualFold(path[0], "INBOX") {
		if len(path) == 1 && rest != wire { // INBOX.INBOX is not INBOX
			return []string{"INBOX", path[0]}
		}
		path[0] = "INBOX"
	}
	return path
}

// split cuts a name into components and decodes each.
func (t *Tree) split(name, delim string, decode func(string) (string, error)) []string {
	parts := []string{name}
	if delim != "" {
		parts = strings.Split(strings.TrimSuffix(name, delim), delim)
	}
	for i, part := range parts {
		text, err := decode(part)
		if err != nil {
			text = readable(part)
		}
		parts[i] = text
	}
	return parts
}

// Key is an identity of a path.
func Key(path []string) string { return strings.Join(path, "\x00") }

// Wire is how the server spells the folder: as it listed it, else as a new
// folder's name has to be.
func (t *Tree) Wire(path []string) (Name, error) {
	if i, ok := t.byKey[Key(path)]; ok {
		return t.Folders[i].Wire, nil
	}
	if len(path) == 0 {
		return "", fmt.Errorf("%w: it is empty", errName)
	}
	if len(path) == 1 && path[0] == "INBOX" {
		return "INBOX", nil
	}
	if t.Delimiter == "" && len(path) > 1 {
		return "", fmt.Errorf("%w: %q, because it knows no folders within folders", errName, strings.Join(path, "/"))
	}
	parts := make([]string, len(path))
	for i, part := range path {
		if part == "" || (t.Delimiter != "" && strings.Contains(part, t.Delimiter)) {
			return "", fmt.Errorf("%w: %q, because %q separates folders there", errName, part, t.Delimiter)
		}
		parts[i] = encodeUTF7(part)
	}
	return Name(t.Prefix + strings.Join(parts, t.Delimiter)), nil
}
