package mapping

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// glob is a compiled pattern for paths.
type glob struct {
	text    string
	parts   []part
	normal  []part // parts in NFC
	literal bool   // no wildcard in it
	stars   int    // how many "*" it captures
}

// part matches one component, or any number of them.
type part struct {
	texts []string // what stands before, between and after the "*"
	deep  bool     // "**": any number of components, also none
	quiet bool     // matches without capturing
}

func compile(text string) (glob, error) {
	comps, err := lex(text, false)
	if err != nil {
		return glob{}, fmt.Errorf("%q: %w", text, err)
	}
	g := glob{text: text, literal: true}
	for i, c := range comps {
		p, err := newPart(c)
		if err != nil {
			return glob{}, fmt.Errorf("%q: %w", text, err)
		}
		g.literal = g.literal && !p.deep && len(p.texts) == 1
		switch {
		case !p.deep:
			g.stars += len(p.texts) - 1
		case i == len(comps)-1: // at least one component
			g.parts = append(g.parts, part{texts: []string{"", ""}, quiet: true})
		}
		g.parts = append(g.parts, p)
	}
	g.normal = inNFC(g.parts)
	return g, nil
}

func newPart(c []piece) (part, error) {
	if len(c) == 2 && c[0].ref == star && c[1].ref == star {
		return part{deep: true}, nil
	}
	texts := []string{""}
	for i, p := range c {
		switch {
		case p.ref == star && i > 0 && c[i-1].ref == star:
			return part{}, errors.New(`"**" must stand alone between slashes`)
		case p.ref == star:
			texts = append(texts, "")
		default:
			texts[len(texts)-1] += p.text
		}
	}
	return part{texts: texts}, nil
}

func compileAll(what string, texts []string) ([]glob, error) {
	var gs []glob
	for _, text := range texts {
		g, err := compile(text)
		if err != nil {
			return nil, fmt.Errorf("%s %w", what, err)
		}
		gs = append(gs, g)
	}
	return gs, nil
}

// takes reports whether the glob names the folder or one above it.
func (g glob) takes(path []string) bool {
	for n := range path {
		if g.is(path[:n+1]) {
			return true
		}
	}
	return false
}

func anyTakes(gs []glob, path []string) bool {
	for _, g := range gs {
		if g.takes(path) {
			return true
		}
	}
	return false
}

// is reports whether the glob names that very folder.
func (g glob) is(path []string) bool {
	_, ok := g.match(path)
	return ok
}

// match answers what each "*" stands for. Names are compared to the letter
// first, then in NFC: a macOS file name is NFD, what the user typed is not.
func (g glob) match(path []string) ([]string, bool) {
	if caught, ok := matchPath(g.parts, path); ok {
		return caught, true
	}
	normal := make([]string, len(path))
	for i, c := range path {
		normal[i] = norm.NFC.String(c)
	}
	return matchPath(g.normal, normal)
}

// matchPath walks both in step. Where they differ it goes back to the last
// "**", the only one that matters, and lets it take one component more.
func matchPath(parts []part, path []string) ([]string, bool) {
	var caught []string
	i, j := 0, 0
	deep, next, kept := -1, 0, 0
	for i < len(parts) || j < len(path) {
		if i < len(parts) && parts[i].deep {
			deep, next, kept = i, j, len(caught)
			i++
			continue
		}
		if i < len(parts) && j < len(path) {
			if more, ok := parts[i].match(path[j], i == 0 && j == 0); ok {
				caught = append(caught, more...)
				i, j = i+1, j+1
				continue
			}
		}
		if deep < 0 || next == len(path) {
			return nil, false
		}
		next++
		i, j, caught = deep+1, next, caught[:kept]
	}
	return caught, true
}

// match matches one component; each "*" but the last takes as little as it can.
func (p part) match(name string, first bool) ([]string, bool) {
	if len(p.texts) == 1 {
		same := name == p.texts[0]
		return nil, same || first && isInboxName(name) && isInboxName(p.texts[0])
	}
	last := len(p.texts) - 1
	rest, ok := strings.CutPrefix(name, p.texts[0])
	if !ok {
		return nil, false
	}
	if rest, ok = strings.CutSuffix(rest, p.texts[last]); !ok {
		return nil, false
	}
	var caught []string
	for _, text := range p.texts[1:last] {
		before, after, ok := strings.Cut(rest, text)
		if !ok {
			return nil, false
		}
		caught, rest = append(caught, before), after
	}
	if p.quiet {
		return nil, true
	}
	return append(caught, rest), true
}

func inNFC(parts []part) []part {
	normal := make([]part, len(parts))
	for i, p := range parts {
		normal[i] = part{deep: p.deep, quiet: p.quiet}
		for _, text := range p.texts {
			normal[i].texts = append(normal[i].texts, norm.NFC.String(text))
		}
	}
	return normal
}
