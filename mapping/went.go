package mapping

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/mailhaul/mailhaul/transfer"
)

// history is what earlier runs made of the names.
type history struct {
	// shut are the paths of folders that do not go there now, but whose mail of
	// an earlier run is there; by key.
	shut map[string][]string
	// heads are the places of folders that have no Went themselves, since they
	// held no mail, but have one below them; by key of the source path.
	heads map[string][]string
	// held is how the destination held what the user's rules ask for; by key.
	held map[string][]string
}

func newHistory() history {
	return history{make(map[string][]string), make(map[string][]string), make(map[string][]string)}
}

// reserve keeps all others out of where the folder went.
func (p *plan) reserve(f transfer.Folder) {
	if len(f.Went) > 0 {
		p.shut[key(f.Went)] = f.Went
		p.take(f.Went)
	}
}

// isShut reports whether no other folder may go there unless a rule says so.
func (p *plan) isShut(path []string) bool {
	k := key(path)
	return p.shut[k] != nil || slices.ContainsFunc(p.met[k], func(o *trip) bool { return !o.open })
}

// byWent settles the folders that were carried before: where they went, they
// go again. Those above them that held no mail then stay above them.
func (p *plan) byWent() {
	for _, t := range p.trips {
		switch went := t.from.Went; {
		case len(went) == 0 || slices.Equal(t.want, went):
		case !t.mapped:
			t.again = true
			p.settle(t, went, "as in an earlier run")
			learn(p.heads, t.from.Path, went, len(went)-1, p.named)
		case p.there[key(went)].Path != nil:
			p.reserve(t.from)
		}
	}
	for _, t := range p.trips {
		if head := p.heads[key(t.from.Path)]; t.want == nil && head != nil && !p.isShut(head) {
			p.settle(t, head, "as in an earlier run")
		}
	}
}

// learnRules notes how the destination held what the rules ask for.
func (p *plan) learnRules(rs []rename) {
	for _, t := range p.trips {
		if to, _, ok := apply(rs, t.from.Path); ok {
			learn(p.held, p.fit(to), t.from.Went, len(t.from.Went), p.changed)
		}
	}
}

// asHeld is the path as the destination held it in an earlier run.
func (p *plan) asHeld(path []string) []string {
	for n := len(path); n > 0; n-- {
		if held := p.held[key(path[:n])]; held != nil {
			return slices.Concat(held, path[n:])
		}
	}
	return path
}

// learn notes for the first most components where each path above stood, as
// long as one name can have become the other.
func learn(places map[string][]string, from, went []string, most int, became func(from, went string) bool) {
	if len(from) != len(went) {
		return
	}
	for n := range most {
		if !became(from[n], went[n]) {
			return
		}
		k := key(from[:n+1])
		if places[k] == nil && !slices.Equal(from[:n+1], went[:n+1]) {
			places[k] = went[:n+1]
		}
	}
}

// changed reports whether the name can have become the other one because the
// destination cannot hold it.
func (p *plan) changed(name, other string) bool {
	if p.holds(name) {
		return norm.NFC.String(name) == norm.NFC.String(other)
	}
	return name == other || p.numbered(p.clean(name), other)
}

// named is changed, or made another because the name was used.
func (p *plan) named(name, other string) bool {
	return p.changed(name, other) || p.numbered(name, other)
}

// numbered reports whether the other name is the name with or without one of
// the endings that tell equal names apart.
func (p *plan) numbered(name, other string) bool {
	if len(other) < len(name) || !strings.EqualFold(other[:len(name)], name) {
		return false
	}
	end := other[len(name):]
	digits, spaced := strings.CutPrefix(end, " ")
	return end == "" || strings.Trim(end, p.standIn()) == "" || spaced && digits != "" && strings.Trim(digits, "0123456789") == ""
}
