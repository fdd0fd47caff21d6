package imap

import (
	"fmt"
	"strings"

	"github.com/mailhaul/mailhaul/transfer"
)

// flagFate is what becomes of a flag in a folder.
type flagFate struct {
	name string // "" drops it
	note string // "" if it stays as it is
}

// flagsFor translates flags for the selected folder: what it cannot keep is
// dropped, keywords are made valid, each change is noted.
func (d *dest) flagsFor(flags []transfer.Flag) (names, notes []string) {
	for _, f := range flags {
		fate, known := d.flags[f]
		if !known {
			fate = d.judge(f)
			d.flags[f] = fate
		}
		if fate.note != "" {
			notes = append(notes, fate.note)
		}
		if fate.name != "" && !contains(names, fate.name) {
			names = append(names, fate.name)
		}
	}
	return names, notes
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// judge decides about a flag that is new here.
func (d *dest) judge(f transfer.Flag) flagFate {
	name := string(f)
	if strings.EqualFold(name, `\Recent`) || name == "" {
		return flagFate{}
	}
	if strings.HasPrefix(name, `\`) {
		if clean(name[1:]) != name[1:] || len(name) == 1 || !d.box.Allows(name) {
			return flagFate{note: fmt.Sprintf("flag %s dropped: the destination does not keep it", name)}
		}
		return flagFate{name: name}
	}
	valid := clean(name)
	if !d.box.Allows(valid) {
		return flagFate{note: fmt.Sprintf("keyword %q dropped: the destination keeps no new keywords", name)}
	}
	if valid != name {
		return flagFate{name: valid, note: fmt.Sprintf("keyword %q became %q: the destination cannot hold it as it is", name, valid)}
	}
	return flagFate{name: name}
}

// clean makes an atom of a keyword, RFC 3501 section 9.
func clean(name string) string {
	return strings.Map(func(c rune) rune {
		if c <= ' ' || c > '~' || strings.ContainsRune(`(){%*"\]`, c) {
			return '_'
		}
		return c
	}, name)
}

// ban remembers that the server refuses a flag.
func (d *dest) ban(name string) string {
	note := fmt.Sprintf("keyword %q dropped: the destination refuses it", name)
	if strings.HasPrefix(name, `\`) {
		note = fmt.Sprintf("flag %s dropped: the destination refuses it", name)
	}
	for f, fate := range d.flags {
		if fate.name == name {
			d.flags[f] = flagFate{note: note}
		}
	}
	return note
}
