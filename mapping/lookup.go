package mapping

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/mailhaul/mailhaul/transfer"
)

// all are the names of a language, each with its role.
func (l language) all(yield func(transfer.Role, string) bool) {
	for _, column := range [...]struct {
		role  transfer.Role
		names string
	}{
		{transfer.RoleSent, l.sent}, {transfer.RoleDrafts, l.drafts}, {transfer.RoleTrash, l.trash},
		{transfer.RoleJunk, l.junk}, {transfer.RoleArchive, l.archive},
	} {
		for name := range strings.SplitSeq(column.names, "|") {
			if !yield(column.role, name) {
				return
			}
		}
	}
}

// namedRole is a name in the table.
type namedRole struct {
	name string
	role transfer.Role
	rank int // of its language
}

// namesByRune are the names by how they begin, in the order of the table. Of most
// nothing else is ever looked at: to fold them all takes a millisecond, in each run.
var namesByRune = sync.OnceValue(func() map[rune][]namedRole {
	index := make(map[rune][]namedRole, manyBeginnings)
	for rank, l := range languages {
		for role, name := range l.all {
			r, _ := utf8.DecodeRuneInString(name)
			r = foldRune(r)
			index[r] = append(index[r], namedRole{name, role, rank})
		}
	}
	return index
})

// manyBeginnings are more than there are: a table that grows is made several times.
const manyBeginnings = 256

// lookUp answers the role that a name stands for, and how far down in the table its
// language is. The name is folded.
func lookUp(name string) (transfer.Role, int) {
	r, _ := utf8.DecodeRuneInString(name)
	for _, n := range namesByRune()[r] {
		if n.is(name) {
			return n.role, n.rank
		}
	}
	return "", 0
}

// is reports whether the name is folded what n's is.
func (n namedRole) is(folded string) bool {
	for _, r := range n.name { // in Unicode's composed form, as all in the table
		first, size := utf8.DecodeRuneInString(folded)
		if first != foldRune(r) { // at its end, too
			return false
		}
		folded = folded[size:]
	}
	return folded == ""
}

// foldRune is [fold] for one rune of a name in Unicode's composed form.
func foldRune(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }
