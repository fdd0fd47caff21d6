package imapconn

import (
	"cmp"
	"maps"
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
	levels map[Name]bool // of the hierarchy, which hold no mail; never changed
}

// Clone is a tree of its own with the same folders.
func (t *Tree) Clone() *Tree {
	if t == nil {
		return nil
	}
	other := *t
	other.Folders = slices.Clone(t.Folders)
	other.byKey, other.byWire = maps.Clone(t.byKey), maps.Clone(t.byWire)
	return &other
}

// Lookup finds a folder by its path.
func (t *Tree) Lookup(path []string) (Folder, bool) {
	i, ok := t.byKey[Key(path)]
	if !ok {
		return Folder{}, false
	}
	return t.Folders[i], true
}

// Missing are the paths above this one that are not there, not even as levels that
// hold no mail.
func (t *Tree) Missing(path []string) (above [][]string) {
	for n := 1; n < len(path); n++ {
		wire, err := t.Wire(path[:n])
		if _, there := t.Lookup(path[:n]); err == nil && !there && !t.levels[wire] {
			above = append(above, slices.Clone(path[:n]))
		}
	}
	return above
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

// tree makes a Tree of what came.
func (l *listing) tree() *Tree {
	t := &Tree{byKey: make(map[string]int), byWire: make(map[Name]int), levels: make(map[Name]bool)}
	if len(l.personal) > 0 {
		t.Prefix, t.Delimiter = l.personal[0].prefix, l.personal[0].delim
	}
	for _, e := range l.entries {
		if t.Delimiter == "" && len(l.personal) == 0 {
			t.Delimiter = e.delim
		}
		if e.holdsMail() && !l.foreign(string(e.wire)) {
			t.add(e)
		} else if !e.holdsMail() {
			t.levels[e.wire] = true
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
