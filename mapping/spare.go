package mapping

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/mailhaul/mailhaul/transfer"
)

// spareLength is how many bytes of modified UTF-7 a component of a spare name
// has at most: less than the 255 that file systems take, whatever comes on top.
const spareLength = 200

// spares gives each route whose folder is yet to be made a name that hardly
// any server refuses, if it differs, and one that differs by more than case.
// It depends on no more of the destination than it must, so that a later pass
// comes to the same name.
func (p *plan) spares(routes []transfer.Route) {
	s := sparer{plan: p, exact: make(map[string]bool), alike: make(map[string]bool), used: make(map[string]bool)}
	for _, f := range p.site.Folders {
		s.exact[key(f.Path)] = true
		s.alike[folded(f.Path)] = true
	}
	var missing []*trip
	again := make(map[string]bool) // by key: a folder that went there needs no other name
	twin := make(map[string]bool)  // by key: another folder differs by case only
	for _, t := range p.trips {
		if k := key(t.to); !s.exact[k] {
			missing = append(missing, t)
			twin[k] = s.alike[folded(t.to)]
		} else {
			s.used[folded(t.to)] = true
		}
		if t.again {
			again[key(t.to)] = true
		}
	}
	first := make(map[string]string)
	slices.SortStableFunc(missing, func(a, b *trip) int {
		if again[key(a.to)] == again[key(b.to)] {
			return 0
		}
		if again[key(a.to)] {
			return -1
		}
		return 1
	})
	for _, t := range missing {
		k, f := key(t.to), folded(t.to)
		if owner, ok := first[f]; ok && owner != k {
			twin[k] = true
		} else {
			first[f] = k
		}
		s.used[f] = true
	}
	chosen := make(map[string][]string)
	for _, t := range missing {
		k := key(t.to)
		if _, ok := chosen[k]; !ok && !again[k] {
			chosen[k] = s.choose(t, twin[k])
		}
		if spare := chosen[k]; spare != nil {
			routes[t.index].Spare = transfer.Folder{Path: spare, Role: routes[t.index].To.Role, Count: -1, Bytes: -1}
		}
	}
}

// sparer chooses spare names. exact and alike are what is there, by key and
// folded key; used is what routes and other spares have, by folded key.
type sparer struct {
	*plan
	exact, alike, used map[string]bool
}

func (s sparer) choose(t *trip, twin bool) []string {
	if isInbox(t.to) {
		return nil
	}
	spare := s.safe(t.to)
	if !twin && slices.Equal(spare, t.to) {
		if !t.behind {
			return nil
		}
		// Gmail refuses folders below its own: then the old place will do.
		if spare = s.safe(t.own); slices.Equal(spare, t.to) {
			return nil
		}
	}
	last := len(spare) - 1
	base := spare[last]
	own := func() bool { return slices.Equal(spare, t.from.Went) }
	for n := 2; !s.free(spare) || s.shut[key(spare)] != nil && !own(); n++ {
		suffix := s.suffix(n)
		spare[last] = cut(base, spareLength-len(suffix)) + suffix
	}
	s.used[folded(spare)] = true
	return spare
}

// free reports whether nobody else has the name or one like it. One that is
// there already is what an earlier pass made.
func (s sparer) free(path []string) bool {
	f := folded(path)
	return !s.used[f] && (s.exact[key(path)] || !s.alike[f])
}

// safe answers the path in characters and lengths that hardly any server
// refuses. INBOX is never met by it.
func (s sparer) safe(path []string) []string {
	in := s.standIn()
	out := make([]string, len(path))
	for i, name := range path {
		if i == 0 && isInboxName(name) {
			out[i] = "INBOX"
			continue
		}
		name = strings.Map(func(c rune) rune {
			if strings.ContainsRune(`%*"\/.`, c) {
				return []rune(in)[0]
			}
			return c
		}, strings.TrimFunc(s.clean(name), unicode.IsSpace))
		if strings.HasPrefix(name, "~") || strings.HasPrefix(name, "#") {
			name = in + name[1:] // a home folder, a namespace: RFC 9051, section 5.1.2.1
		}
		if name == "" {
			name = in
		}
		name = strings.TrimRightFunc(cut(name, spareLength), unicode.IsSpace)
		if i == 0 && isInboxName(name) {
			name += in
		}
		out[i] = name
	}
	return out
}

// cut answers as much of the name as fits into so many bytes of modified UTF-7.
func cut(name string, limit int) string {
	end := 0
	for i, c := range name {
		next := i + utf8.RuneLen(c)
		if utf7Len(name[:next]) > limit {
			break
		}
		end = next
	}
	return name[:end]
}

// utf7Len is the length of the name in modified UTF-7: RFC 3501, section 5.1.3.
func utf7Len(name string) int {
	n, units := 0, 0
	shift := func() {
		if units > 0 {
			n += 2 + (units*16+5)/6
			units = 0
		}
	}
	for _, c := range name {
		switch {
		case c == '&':
			shift()
			n += 2
		case ' ' <= c && c <= '~':
			shift()
			n++
		default:
			units += utf16.RuneLen(c)
		}
	}
	shift()
	return n
}
