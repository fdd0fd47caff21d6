package imapconn

import (
	"slices"
	"strconv"
)

// maxSet is how long a UID set may get, in bytes: servers take command lines of
// 8 KB (Gmail, Exchange).
const maxSet = 7000

// Set writes the longest piece of uids, in any order, that fits into a command
// line, and answers it with how many of uids it holds. Runs are compressed, and
// 0 is left out.
func Set(uids []uint32) (set string, n int) {
	sorted := uids
	if !slices.IsSorted(uids) {
		sorted = sortedCopy(uids)
	}
	text, whole := appendSet(nil, sorted)
	if whole {
		return string(text), len(uids)
	}
	n = len(uids)
	for !whole { // halve: a piece of an unsorted list has to be sorted by itself
		n /= 2
		text, whole = appendSet(text[:0], sortedCopy(uids[:n]))
	}
	return string(text), n
}

func sortedCopy(uids []uint32) []uint32 {
	uids = slices.Clone(uids)
	slices.Sort(uids)
	return uids
}

// appendSet writes sorted UIDs; whole tells whether all fitted.
func appendSet(dst []byte, uids []uint32) (set []byte, whole bool) {
	for len(uids) > 1 && uids[0] == 0 {
		uids = uids[1:]
	}
	for i := 0; i < len(uids); {
		if len(dst) > maxSet-24 {
			return dst, false
		}
		j := i + 1
		for j < len(uids) && uids[j]-uids[j-1] <= 1 {
			j++
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, uint64(uids[i]), 10)
		if uids[j-1] != uids[i] {
			dst = strconv.AppendUint(append(dst, ':'), uint64(uids[j-1]), 10)
		}
		i = j
	}
	return dst, true
}

// Span writes the range of UIDs from one to another; to 0 means to the end, as
// "*", which always names the last message, even one below from.
func Span(from, to uint32) string {
	set := strconv.AppendUint(nil, uint64(from), 10)
	if to == 0 {
		return string(append(set, ":*"...))
	}
	return string(strconv.AppendUint(append(set, ':'), uint64(to), 10))
}

// ParseUID reads a UID.
func ParseUID(s string) (uint32, bool) {
	n, ok := parseNumber32([]byte(s))
	return n, ok && n > 0
}
