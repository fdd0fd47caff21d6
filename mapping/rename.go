package mapping

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Pair is a rule that moves a folder, and what is below it, from one name to
// another. From is a glob; each "*" in it is captured, and stands in To as "*"
// (the first for the first, and so on) or as "$1" to "$9". "**" in From is
// matched and not captured. To has "/" between components and the escapes of
// globs.
type Pair struct{ From, To string }

// ParsePair reads FROM=TO. A "=" within a name is written `\=`.
func ParsePair(s string) (Pair, error) {
	from, to, err := cutPair(s)
	if err != nil {
		return Pair{}, err
	}
	if to == "" {
		return Pair{}, fmt.Errorf("%q has nothing after the =; to leave a folder out, exclude it", s)
	}
	p := Pair{from, to}
	if _, err := compileRename(p); err != nil {
		return Pair{}, err
	}
	return p, nil
}

// cutPair cuts at the only "=" that has no "\" before it.
func cutPair(s string) (from, to string, err error) {
	var sides [2]strings.Builder
	n := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			if s[i+1] != '=' {
				sides[n].WriteByte('\\')
			}
			i++
			sides[n].WriteByte(s[i])
		case s[i] == '=' && n == 1:
			return "", "", fmt.Errorf(`%q has more than one =; write \= within a name`, s)
		case s[i] == '=':
			n = 1
		default:
			sides[n].WriteByte(s[i])
		}
	}
	if n == 0 {
		return "", "", fmt.Errorf("%q is not of the form FROM=TO", s)
	}
	if sides[0].Len() == 0 {
		return "", "", fmt.Errorf("%q has nothing before the =", s)
	}
	return sides[0].String(), sides[1].String(), nil
}

// rename is a compiled [Pair].
type rename struct {
	from glob
	to   [][]piece // refs are numbered from 1
	text string
}

func compileRenames(pairs []Pair) ([]rename, error) {
	var rs []rename
	for i, p := range pairs {
		if slices.ContainsFunc(pairs[:i], func(q Pair) bool { return q.From == p.From }) {
			return nil, fmt.Errorf("map %q: there are two rules for it", p.From)
		}
		r, err := compileRename(p)
		if err != nil {
			return nil, err
		}
		rs = append(rs, r)
	}
	return rs, nil
}

func compileRename(p Pair) (rename, error) {
	from, err := compile(p.From)
	if err != nil {
		return rename{}, fmt.Errorf("map %w", err)
	}
	to, err := lex(p.To, true)
	if err == nil {
		err = number(to, from.stars)
	}
	if err != nil {
		return rename{}, fmt.Errorf("map %q to %q: %w", p.From, p.To, err)
	}
	return rename{from, to, p.From + "=" + p.To}, nil
}

// number gives each "*" its number and checks that there is something for
// each reference to stand for.
func number(comps [][]piece, stars int) error {
	n := 0
	for _, c := range comps {
		for i := range c {
			if c[i].ref == star && i > 0 && c[i-1].ref > 0 && c[i-1].text == "*" {
				return errors.New(`"**" cannot be in the new name: sub-folders move with their folder`)
			}
			if c[i].ref == star {
				n++
				c[i] = piece{ref: n, text: "*"}
			}
			if c[i].ref > stars {
				return fmt.Errorf(`the new name asks for the "*" number %d, the old one has %d; write "\*" or "\$" for the text`, c[i].ref, stars)
			}
		}
	}
	return nil
}

// expand puts the captures in their places.
func (r rename) expand(caught []string) []string {
	path := make([]string, len(r.to))
	for i, c := range r.to {
		for _, p := range c {
			if p.ref > 0 {
				path[i] += caught[p.ref-1]
			} else {
				path[i] += p.text
			}
		}
	}
	return path
}

// apply answers where the first of the rules that speak of the folder, or of
// the deepest folder above it that any speaks of, puts it.
func apply(rs []rename, path []string) (to []string, by string, ok bool) {
	for n := len(path); n > 0; n-- {
		for _, r := range rs {
			if caught, ok := r.from.match(path[:n]); ok {
				return append(r.expand(caught), path[n:]...), r.text, true
			}
		}
	}
	return nil, "", false
}
