package mapping

import (
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// isInboxName reports whether a first component is INBOX: RFC 9051, section 5.1.
func isInboxName(name string) bool { return strings.EqualFold(name, "INBOX") }

func isInbox(path []string) bool { return len(path) == 1 && isInboxName(path[0]) }

// key is an identity of the path. Unlike [transfer.Folder.Key] it holds for
// names with a NUL too, which are yet to be changed.
func key(path []string) string {
	var b strings.Builder
	for _, c := range path {
		b.WriteString(strconv.Itoa(len(c)))
		b.WriteByte(':')
		b.WriteString(c)
	}
	return b.String()
}

// fold makes names equal that differ by case or Unicode form only. Upper case
// comes first for letters with two lower forms (σ, ς).
func fold(name string) string {
	if ascii(name) {
		return strings.ToLower(name)
	}
	return strings.Map(foldRune, norm.NFC.String(name))
}

// ascii reports whether the name is plain, as most are: those are folded in a tenth of
// the time.
func ascii(name string) bool {
	for i := range len(name) {
		if name[i] >= 0x80 {
			return false
		}
	}
	return true
}

func folded(path []string) string {
	same := make([]string, len(path))
	for i, c := range path {
		same[i] = fold(c)
	}
	return key(same)
}
