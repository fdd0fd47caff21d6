package mbox

import (
	"fmt"
	"strconv"
)

// sentences tells the findings to people.
func (f findings) sentences(name string) []string {
	var out []string
	say := func(n int, one, many string, more ...any) {
		switch {
		case n == 1:
			out = append(out, name+": 1 "+fmt.Sprintf(one, more...))
		case n > 1:
			out = append(out, name+": "+grouped(int64(n))+" "+fmt.Sprintf(many, more...))
		}
	}
	say(f.doubts,
		"line looks like the start of a message but stands inside one; it was kept as text (at byte %s)",
		"lines look like the start of a message but stand inside one; they were kept as text (first at byte %s)",
		grouped(f.firstDoubt))
	say(f.inside,
		"line that looks like the start of a message stands inside one by its Content-Length; it was kept as text",
		"lines that look like the start of a message stand inside one by its Content-Length; they were kept as text")
	say(f.unused,
		"message claims by its Content-Length to hold the ones after it; this was not believed",
		"messages claim by their Content-Length to hold the ones after them; this was not believed")
	say(f.bodily,
		"message has no header",
		"messages have no header")
	say(f.cramped,
		"message begins without a blank line before it, as Thunderbird writes them",
		"messages begin without a blank line before them, as Thunderbird writes them")
	say(f.expunged,
		"message was left out: it is deleted in Thunderbird, and the folder is not compacted yet",
		"messages were left out: they are deleted in Thunderbird, and the folder is not compacted yet")
	say(f.pseudo,
		"message was left out: it is no mail but internal data of UW-IMAP or Pine",
		"messages were left out: they are no mail but internal data of UW-IMAP or Pine")
	return out
}

// grouped writes 12345 as 12,345.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
