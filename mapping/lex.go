package mapping

import (
	"errors"
	"fmt"
	"strings"
)

// star is the ref of a "*".
const star = -1

// piece is a stretch of literal text, or a reference: [star], or 1 to 9 for
// "$1" to "$9".
type piece struct {
	text string
	ref  int
}

// lex cuts a pattern into components and these into pieces. Only where refs
// are wanted "$1" is one.
func lex(s string, refs bool) ([][]piece, error) {
	if s == "" {
		return nil, errors.New("the name is empty")
	}
	if strings.ContainsAny(s, "\r\n\x00") {
		return nil, errors.New("a line end or NUL cannot be in a name")
	}
	comps := [][]piece{nil}
	add := func(p piece) { comps[len(comps)-1] = append(comps[len(comps)-1], p) }
	for i := 0; i < len(s); i++ {
		next := byte(0)
		if i+1 < len(s) {
			next = s[i+1]
		}
		switch {
		case s[i] == '\\':
			if next == 0 || !strings.ContainsRune(`*/\=$`, rune(next)) {
				return nil, errors.New(`a "\" stands before one of * / \ = $ only; write "\\" for itself`)
			}
			add(piece{text: s[i+1 : i+2]})
			i++
		case s[i] == '/':
			comps = append(comps, nil)
		case s[i] == '*':
			add(piece{ref: star})
		case s[i] == '$' && refs && '0' <= next && next <= '9':
			add(piece{ref: int(next - '0')})
			if next == '0' {
				return nil, errors.New(`there is no "$0"; write "\$0" for the text`)
			}
			i++
		default:
			add(piece{text: s[i : i+1]})
		}
	}
	for i, c := range comps {
		if len(c) == 0 {
			return nil, fmt.Errorf("component %d is empty: there is a slash too many", i+1)
		}
	}
	return comps, nil
}

// quote writes a path as a pattern that means just this path, fit for [ParsePair].
func quote(path []string) string {
	escape := strings.NewReplacer(`*`, `\*`, `/`, `\/`, `\`, `\\`, `=`, `\=`, `$`, `\$`)
	comps := make([]string, len(path))
	for i, c := range path {
		comps[i] = escape.Replace(c)
	}
	return `"` + strings.Join(comps, "/") + `"`
}
