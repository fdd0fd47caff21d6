package imapconn

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Folder is one that can hold messages.
type Folder struct {
	Wire Name     // the very bytes of its name, unquoted
	Path []string // decoded, see [Tree]
	Role string   // the special use without backslash in lower case, "inbox" for INBOX, "" for none
	Status
}

// Tree is the user's own folders: those of other users and shared ones are left
// out. Paths are decoded components without the prefix of the personal
// namespace; INBOX is INBOX in any case.
type Tree struct {
	Folders   []Folder
	Delimiter string // "" is a flat tree
	Prefix    string // what the names of new folders begin with

	byKey  map[string]int
	byWire map[Name]int
}

// Lookup finds a folder by its path.
func (t *Tree) Lookup(path []string) (Folder, bool) {
	i, ok := t.byKey[Key(path)]
	if !ok {
		return Folder{}, false
	}
	return t.Folders[i], true
}

// Variant is a folder whose path differs from this one by case only. A server
// that tells no case apart takes the one for the other.
func (t *Tree) Variant(path []string) (Folder, bool) {
	if _, exact := t.Lookup(path); exact {
		return Folder{}, false
	}
	for _, f := range t.Folders {
		if strings.EqualFold(Key(f.Path), Key(path)) {
			return f, true
		}
	}
	return Folder{}, false
}

// Learn takes in a folder that was made meanwhile.
func (t *Tree) Learn(f Folder) {
	key := Key(f.Path)
	if _, known := t.byKey[key]; !known {
		t.byKey[key], t.byWire[f.Wire] = len(t.Folders), len(t.Folders)
		t.Folders = append(t.Folders, f)
	}
}

// listing gathers the replies.
type listing struct {
	entries  []entry
	status   map[Name]Status
	ask      bool // for status
	personal []namespace
	others   []namespace
	bytes    int // what the names take, see maxListing
}

// weigh counts a name that is to be kept.
func (l *listing) weigh(name []byte, levels int) error {
	l.bytes += len(name) + perLevel*levels
	switch {
	case len(name) > maxName:
		return tooMuch("a folder name of %d bytes", len(name))
	case len(l.entries) >= maxFolders, len(l.status) >= maxFolders:
		return tooMuch("more than %d folders", maxFolders)
	case l.bytes > maxListing:
		return tooMuch("folder names of more than %d bytes", maxListing)
	}
	return nil
}

type entry struct {
	wire  Name
	delim string
	attrs []string
}

// Folders lists the folders, sorted by path, INBOX first. With their Status it
// takes one round trip where the server knows LIST-STATUS (RFC 5819), else two.
func (c *Conn) Folders(ctx context.Context, status bool) (*Tree, error) {
	l := &listing{status: make(map[Name]Status), ask: status}
	var tree *Tree
	err := c.Within(ctx, func() error {
		if err := c.list(l); err != nil {
			return fmt.Errorf("listing folders: %w", err)
		}
		tree = l.tree()
		if !status {
			return nil
		}
		if err := c.askStatus(l, tree); err != nil {
			return fmt.Errorf("looking at folders: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range tree.Folders {
		f := &tree.Folders[i]
		if s, ok := l.status[f.Wire]; ok {
			f.Status = s
		}
	}
	return tree, nil
}

// list asks for names and namespaces in one write. A server that refuses what
// it has offered is asked in the plain form.
func (c *Conn) list(l *listing) error {
	var ns *Pending
	if c.Caps.Has("NAMESPACE") {
		ns = c.queue(l.takeNamespace, "NAMESPACE")
	}
	p := c.queue(l.take, `LIST "" "*"`, c.returnOptions(l.ask))
	err := c.Wait(p)
	var refused *Error
	if errors.As(err, &refused) && c.failed() == nil && c.returnOptions(l.ask) != "" {
		l.entries = nil
		err = c.Wait(c.queue(l.take, `LIST "" "*"`))
	}
	if err != nil {
		return err
	}
	if ns != nil {
		if err := c.Wait(ns); err != nil && c.failed() != nil {
			return err
		}
	}
	return c.listInbox(l)
}

// listInbox looks for INBOX where the list leaves it out: there is one as a
// rule, RFC 3501 section 5.1, and its mail must not be forgotten.
func (c *Conn) listInbox(l *listing) error {
	e := entry{wire: "INBOX"}
	for _, other := range l.entries {
		if other.wire == e.wire {
			return nil
		}
		e.delim = other.delim
	}
	p := c.queue(l.take, "STATUS ", e.wire, " "+c.statusItems())
	if err := c.Wait(p); err != nil {
		if c.failed() != nil {
			return err
		}
		return nil // there is none
	}
	l.entries = append(l.entries, e)
	return nil
}

// returnOptions is what LIST shall tell besides names, RFC 5258 and 5819.
func (c *Conn) returnOptions(status bool) string {
	if !c.Caps.Has("LIST-EXTENDED") {
		return ""
	}
	options := "CHILDREN"
	if c.Caps.Has("SPECIAL-USE") {
		options = "SPECIAL-USE " + options
	}
	if status && c.Caps.Has("LIST-STATUS") {
		options += " STATUS " + c.statusItems()
	}
	return " RETURN (" + options + ")"
}

// take reads LIST and STATUS replies.
func (l *listing) take(r *reader, _ uint32, kind string, _ *Reply) (bool, error) {
	switch kind {
	case "STATUS":
		return true, l.takeStatus(r)
	case "LIST", "XLIST":
	default:
		return false, nil
	}
	attrs, _, err := r.flags(nil, maxFlags)
	if err != nil {
		return true, err
	}
	delim, isNil, err := r.str()
	if err != nil {
		return true, err
	}
	e := entry{attrs: attrs}
	if !isNil {
		e.delim = string(delim[:min(len(delim), 1)])
	}
	name, err := r.lastName()
	if err != nil {
		return true, err
	}
	levels := 1
	if e.delim != "" {
		levels += strings.Count(string(name), e.delim)
	}
	if err := l.weigh(name, levels+len(attrs)); err != nil {
		return true, err
	}
	e.wire = inboxName(name)
	l.entries = append(l.entries, e)
	return true, nil
}

// tree makes a Tree of what came.
func (l *listing) tree() *Tree {
	t := &Tree{byKey: make(map[string]int), byWire: make(map[Name]int)}
	if len(l.personal) > 0 {
		t.Prefix, t.Delimiter = l.personal[0].prefix, l.personal[0].delim
	}
	for _, e := range l.entries {
		if t.Delimiter == "" && len(l.personal) == 0 {
			t.Delimiter = e.delim
		}
		if e.holdsMail() && !l.foreign(string(e.wire)) {
			t.add(e)
		}
	}
	slices.SortStableFunc(t.Folders, func(a, b Folder) int {
		if inbox := cmp.Compare(len(b.Role)*isInbox(b), len(a.Role)*isInbox(a)); inbox != 0 {
			return inbox
		}
		return slices.Compare(a.Path, b.Path)
	})
	for i, f := range t.Folders {
		t.byKey[Key(f.Path)], t.byWire[f.Wire] = i, i
	}
	return t
}

func isInbox(f Folder) int {
	if f.Role == "inbox" {
		return 1
	}
	return 0
}

// add takes a folder in, once. Two names that decode to the same path are kept
// apart by leaving the later one as the server spells it.
func (t *Tree) add(e entry) {
	if _, twice := t.byWire[e.wire]; twice || len(e.wire) == 0 {
		return
	}
	f := Folder{Wire: e.wire, Path: t.path(string(e.wire), e.delim), Role: e.role(), Status: Status{Messages: -1, Size: -1}}
	if len(f.Path) == 1 && f.Path[0] == "INBOX" {
		f.Role = "inbox"
	} else if f.Role == "inbox" {
		f.Role = ""
	}
	if _, taken := t.byKey[Key(f.Path)]; taken {
		f.Path = t.split(string(e.wire), e.delim, func(s string) (string, error) { return readable(s), nil })
	}
	if _, taken := t.byKey[Key(f.Path)]; taken {
		return
	}
	t.byKey[Key(f.Path)], t.byWire[f.Wire] = 0, 0
	t.Folders = append(t.Folders, f)
}

// holdsMail tells folders from mere levels of the hierarchy.
func (e entry) holdsMail() bool {
	for _, a := range e.attrs {
		if strings.EqualFold(a, `\Noselect`) || strings.EqualFold(a, `\NonExistent`) {
			return false
		}
	}
	return true
}

// roles holds the attributes of RFC 6154 and 8457, and of Gmail's older XLIST.
var roles = map[string]string{
	`\all`: "all", `\archive`: "archive", `\drafts`: "drafts", `\flagged`: "flagged", `\junk`: "junk",
	`\sent`: "sent", `\trash`: "trash", `\important`: "important",
	`\allmail`: "all", `\starred`: "flagged", `\spam`: "junk", `\inbox`: "inbox",
}

func (e entry) role() string {
	for _, a := range e.attrs {
		if role := roles[strings.ToLower(a)]; role != "" {
			return role
		}
	}
	return ""
}
