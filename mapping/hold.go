package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/mailhaul/mailhaul/transfer"
)

// hold turns what the folders want into what the destination can hold, level
// by level, so that a folder and those below it change together. Different
// wishes never become one name.
func (p *plan) hold() {
	root := &level{}
	for _, t := range p.trips {
		at := root
		for _, c := range t.want {
			at = at.below(c)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(p.shut)) {
		at := root
		for _, c := range p.shut[k] {
			at = at.below(c)
		}
	}
	h := holder{plan: p, beside: siteNames(p.site.Folders)}
	h.name(root)
	for _, t := range p.trips {
		at := root
		for _, c := range t.want {
			at = at.below(c)
			if at.why != "" {
				t.why = append(t.why, at.why)
				t.altered = t.altered || at.altered
			}
		}
		t.to = at.path
	}
}

// level is one component of the wanted paths, and what is below it.
type level struct {
	want    string
	path    []string // at the destination
	why     string   // how its name was changed
	altered bool     // since it cannot be held
	subs    []*level
	find    map[string]*level
}

func (l *level) below(name string) *level {
	if sub := l.find[name]; sub != nil {
		return sub
	}
	if l.find == nil {
		l.find = make(map[string]*level)
	}
	sub := &level{want: name}
	l.find[name] = sub
	l.subs = append(l.subs, sub)
	return sub
}

// holder names the levels. beside holds the names that are at the
// destination, by the key of what they are below and their NFC.
type holder struct {
	*plan
	beside map[string]map[string][]string
}

func siteNames(folders []transfer.Folder) map[string]map[string][]string {
	beside := map[string]map[string][]string{"": {"INBOX": {"INBOX"}}}
	for _, f := range folders {
		for n, name := range f.Path {
			at, normal := key(f.Path[:n]), norm.NFC.String(name)
			if beside[at] == nil {
				beside[at] = make(map[string][]string)
			}
			if !slices.Contains(beside[at][normal], name) {
				beside[at][normal] = append(beside[at][normal], name)
			}
		}
	}
	return beside
}

// name gives each folder below the level its name: first to those that keep
// it, then to those that are there in another Unicode form, then to those
// that must change.
func (h holder) name(l *level) {
	there := h.beside[key(l.path)]
	given, used := map[string]bool{}, map[string]bool{} // to the letter, and folded
	var other, change []*level
	give := func(sub *level, name string) {
		sub.path = append(slices.Clone(l.path), name)
		given[name], used[fold(name)] = true, true
	}
	for _, sub := range l.subs {
		forms := there[norm.NFC.String(sub.want)]
		switch {
		case slices.Contains(forms, sub.want):
			give(sub, sub.want)
		case len(forms) > 0:
			other = append(other, sub)
		case h.holds(sub.want):
			give(sub, sub.want)
		default:
			change = append(change, sub)
		}
	}
	for _, sub := range other {
		forms := slices.Sorted(slices.Values(there[norm.NFC.String(sub.want)]))
		free := slices.IndexFunc(forms, func(form string) bool { return !given[form] })
		switch {
		case free >= 0:
			sub.why = "it is there in another Unicode form"
			give(sub, forms[free])
		case h.holds(sub.want):
			give(sub, sub.want)
		default:
			change = append(change, sub)
		}
	}
	if len(l.path) == 0 {
		used[fold("INBOX")] = true
	}
	for _, sub := range change {
		sub.why, sub.altered = "the destination cannot hold "+h.offence(sub.want), true
		give(sub, h.unused(h.clean(sub.want), used))
	}
	for _, sub := range l.subs {
		h.name(sub)
	}
}

// unused is the name, or the first of "name 2", "name 3"... that is not used
// and can be held.
func (p *plan) unused(name string, used map[string]bool) string {
	next := name
	for n := 2; used[fold(next)]; n++ {
		next = name + p.suffix(n)
	}
	return next
}

// suffix tells equal names apart.
func (p *plan) suffix(n int) string {
	if s := " " + strconv.Itoa(n); p.holds(s) {
		return s
	}
	return strings.Repeat(p.standIn(), n-1)
}

// holds reports whether the destination can hold the name of one component.
func (p *plan) holds(name string) bool {
	return name != "" && name != "." && name != ".." && utf8.ValidString(name) &&
		!strings.ContainsFunc(name, p.refused) &&
		(p.site.Delimiter == "" || !strings.Contains(name, p.site.Delimiter))
}

// refused reports whether no name can hold the character: control characters,
// and the line separators that RFC 5198 section 2 rules out.
func (p *plan) refused(c rune) bool {
	return unicode.IsControl(c) || c == '\u2028' || c == '\u2029' || strings.ContainsRune(p.site.Avoid, c)
}

// clean answers the name with all that cannot be held replaced.
func (p *plan) clean(name string) string {
	in := p.standIn()
	if name == "" || name == "." || name == ".." {
		return strings.Repeat(in, max(1, len(name)))
	}
	if p.site.Delimiter != "" {
		name = strings.ReplaceAll(name, p.site.Delimiter, in)
	}
	var b strings.Builder
	for i, c := range name {
		if p.refused(c) || c == utf8.RuneError && !strings.HasPrefix(name[i:], string(c)) {
			b.WriteString(in)
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}

// standIn stands for what cannot be held: "_", or the first after it that the
// destination does not refuse itself.
func (p *plan) standIn() string {
	for _, c := range "_-~+=abcdefghijklmnopqrstuvwxyz0123456789" {
		if !strings.ContainsRune(p.site.Delimiter+p.site.Avoid, c) {
			return string(c)
		}
	}
	return "_"
}

// offence tells what in the name cannot be held.
func (p *plan) offence(name string) string {
	switch {
	case name == "":
		return "an empty name"
	case name == "." || name == "..":
		return fmt.Sprintf("the name %q", name)
	case p.site.Delimiter != "" && strings.Contains(name, p.site.Delimiter):
		return fmt.Sprintf("%q in a name", p.site.Delimiter)
	}
	if i := strings.IndexFunc(name, p.refused); i >= 0 {
		c, _ := utf8.DecodeRuneInString(name[i:])
		return fmt.Sprintf("%q in a name", string(c))
	}
	return "bytes that are no UTF-8"
}
