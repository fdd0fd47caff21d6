package main

import (
	"fmt"
	"strings"

	"github.com/mailhaul/mailhaul/mapping"
	"github.com/mailhaul/mailhaul/transfer"
)

// folderWatch is the mapper of a haul. It notices what of the user's words about
// folders meets no folder, and which folders are at the destination.
type folderWatch struct {
	*mapping.Map
	rules  mapping.Rules
	left   int // sources whose folders are not known yet
	met    map[string]bool
	there  map[string]bool // names at the destination
	notes  []string
	tell   transfer.Watcher
	refuse func(error) // ends the run before anything is copied
}

func (h *haul) watchFolders(m *mapping.Map, tell transfer.Watcher) *folderWatch {
	return &folderWatch{
		Map: m, rules: h.rules, left: len(h.sources), tell: tell, refuse: func(error) {},
		met: map[string]bool{}, there: map[string]bool{"INBOX": true},
	}
}

// Routes is asked once for each source, before anything is copied.
func (v *folderWatch) Routes(folders []transfer.Folder, site transfer.Site) []transfer.Route {
	for _, f := range site.Folders {
		v.there[f.Name()] = true
	}
	for _, glob := range v.globs() {
		v.met[glob] = v.met[glob] || meets(glob, folders)
	}
	if v.left--; v.left == 0 {
		v.conclude()
	}
	return v.Map.Routes(folders, site)
}

func (v *folderWatch) globs() []string {
	all := append(append([]string{}, v.rules.Include...), v.rules.Exclude...)
	for _, pair := range v.rules.Map {
		all = append(all, pair.From)
	}
	return all
}

// meets reports whether a glob takes one of the folders: excluding it makes a
// difference.
func meets(glob string, folders []transfer.Folder) bool {
	plain, err := mapping.New(mapping.Rules{})
	without, bad := mapping.New(mapping.Rules{Exclude: []string{glob}})
	if err != nil || bad != nil {
		return true // not for us to judge
	}
	before, after := plain.Routes(folders, transfer.Site{}), without.Routes(folders, transfer.Site{})
	for i := range before {
		if before[i].Skip != after[i].Skip {
			return true
		}
	}
	return false
}

// conclude tells what met nothing, once all folders of all sources are known.
func (v *folderWatch) conclude() {
	if err := v.missing(); err != nil {
		v.refuse(err)
		return
	}
	note := func(flag, glob string) {
		if v.met[glob] {
			return
		}
		text := fmt.Sprintf("--%s %q matches no folder of the source", flag, glob)
		v.notes = append(v.notes, text)
		v.tell(transfer.Event{Kind: transfer.EventNote, Text: text})
	}
	for _, glob := range v.rules.Exclude {
		note("exclude", glob)
	}
	for _, pair := range v.rules.Map {
		note("map", pair.From)
	}
}

// missing is the error for folders that were asked for and that no source has.
func (v *folderWatch) missing() error {
	var names []string
	for _, glob := range v.rules.Include {
		if !v.met[glob] {
			names = append(names, fmt.Sprintf("%q", glob))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return usagef("mailhaul plan without --folder lists the folders there are; a GLOB matches the whole name, as in 'Lists/*'",
		"--folder %s matches no folder of the source", strings.Join(names, ", "))
}

// gone tells of folders whose mail an earlier run has copied and which are not
// at the destination any more.
func (v *folderWatch) gone(r transfer.Report) (notes []string) {
	filled := map[string]bool{}
	for _, f := range r.Folders {
		filled[f.To] = filled[f.To] || f.Tally.Copied+f.Tally.Adopted+f.Tally.Merged > 0
	}
	for _, f := range r.Folders {
		if f.Skip == "" && f.Tally.Present > 0 && !v.there[f.To] && !filled[f.To] {
			notes = append(notes, fmt.Sprintf("%s is not at the destination any more: %s of it, copied by an earlier run, %s not copied again",
				f.To, messages(f.Tally.Present), areOrIs(f.Tally.Present)))
		}
	}
	return notes
}

func areOrIs(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
