package mailtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// CompareOptions say what may differ. The zero value allows nothing.
type CompareOptions struct {
	// Canonical compares [Entry.Canonical] instead of the bytes.
	Canonical bool
	// Closed compares [Entry.Closed]: POP3 and mbox cannot tell whether there
	// was a final line end.
	Closed       bool
	IgnoreFlags  bool
	IgnoreDates  bool
	IgnoreOrder  bool
	IgnoreEmpty  bool // folders without a message need not be on both sides
	IgnoreFolder bool // all mail is compared as if it were in one folder
}

// most is how many differences of one kind are told for one folder.
const most = 10

// Compare tells how got differs from want, in words, one difference a line:
// nothing if they are the same. Messages are counted as a multiset of SHA-256
// per folder; dates are compared as instants, to the second.
func Compare(want, got Snapshot, o CompareOptions) []string {
	if o.IgnoreFolder {
		want, got, o.IgnoreOrder = merge(want), merge(got), true
	}
	var diffs []string
	for _, key := range slices.Sorted(maps.Keys(both(want, got))) {
		wanted, inWant := want[key]
		found, inGot := got[key]
		name := strings.ReplaceAll(key, "\x00", " / ")
		if inWant != inGot && !(o.IgnoreEmpty && len(wanted)+len(found) == 0) {
			diffs = append(diffs, fmt.Sprintf("folder %q: got %s, want %s", name, there(inGot), there(inWant)))
		}
		for _, d := range o.folder(wanted, found) {
			diffs = append(diffs, fmt.Sprintf("folder %q: %s", name, d))
		}
	}
	return diffs
}

func there(yes bool) string {
	if yes {
		return "a folder"
	}
	return "none"
}

func merge(s Snapshot) Snapshot {
	var all []Entry
	for _, key := range slices.Sorted(maps.Keys(s)) {
		all = append(all, s[key]...)
	}
	return Snapshot{"all folders": all}
}

func both(a, b Snapshot) map[string]bool {
	keys := map[string]bool{}
	for k := range a {
		keys[k] = true
	}
	for k := range b {
		keys[k] = true
	}
	return keys
}

// digest is what makes two messages the same.
func (o CompareOptions) digest(e Entry) [32]byte {
	switch {
	case o.Closed:
		return e.Closed
	case o.Canonical:
		return e.Canonical
	default:
		return e.SHA256
	}
}

func (o CompareOptions) folder(want, got []Entry) []string {
	wanted, found := o.group(want), o.group(got)
	var missing, surplus, altered []string
	for _, digest := range o.distinct(want, got) {
		w, g := wanted[digest], found[digest]
		if n := len(w) - len(g); n > 0 {
			missing = append(missing, fmt.Sprintf("missing %d of %d: %s", n, len(w), tell(w[0])))
		} else if n < 0 {
			surplus = append(surplus, fmt.Sprintf("surplus %d over %d: %s", -n, len(w), tell(g[0])))
		} else if d := o.marks(w, g); d != "" {
			altered = append(altered, fmt.Sprintf("%s: %s", tell(w[0]), d))
		}
	}
	diffs := slices.Concat(some(missing), some(surplus), some(altered))
	if len(missing)+len(surplus) == 0 && !o.IgnoreOrder {
		diffs = append(diffs, o.order(want, got)...)
	}
	return diffs
}

func (o CompareOptions) group(entries []Entry) map[[32]byte][]Entry {
	groups := map[[32]byte][]Entry{}
	for _, e := range entries {
		groups[o.digest(e)] = append(groups[o.digest(e)], e)
	}
	return groups
}

// distinct are the digests of both sides as they come.
func (o CompareOptions) distinct(want, got []Entry) [][32]byte {
	seen := map[[32]byte]bool{}
	var list [][32]byte
	for _, e := range slices.Concat(want, got) {
		if d := o.digest(e); !seen[d] {
			seen[d] = true
			list = append(list, d)
		}
	}
	return list
}

// marks compares flags and dates of equal messages, as multisets too.
func (o CompareOptions) marks(want, got []Entry) string {
	sorted := func(entries []Entry) []string {
		var marks []string
		for _, e := range entries {
			mark := ""
			if !o.IgnoreFlags {
				mark = fmt.Sprintf("flags (%s) ", strings.Join(e.Flags, " "))
			}
			if !o.IgnoreDates {
				mark += "date " + e.Date.UTC().Format("2006-01-02 15:04:05")
			}
			marks = append(marks, mark)
		}
		slices.Sort(marks)
		return marks
	}
	w, g := sorted(want), sorted(got)
	if slices.Equal(w, g) {
		return ""
	}
	return fmt.Sprintf("got %s, want %s", strings.Join(g, "; "), strings.Join(w, "; "))
}

// order tells the first message out of place.
func (o CompareOptions) order(want, got []Entry) []string {
	for i := range want {
		if o.digest(want[i]) != o.digest(got[i]) {
			return []string{fmt.Sprintf("order: number %d is %s, want %s", i+1, tell(got[i]), tell(want[i]))}
		}
	}
	return nil
}

func tell(e Entry) string {
	return fmt.Sprintf("message UID %d, %d bytes, SHA-256 %x", e.UID, e.Size, e.SHA256[:4])
}

func some(lines []string) []string {
	if len(lines) <= most {
		return lines
	}
	return append(lines[:most:most], fmt.Sprintf("and %d more like the last", len(lines)-most))
}
