package cut

import (
	"fmt"
	"strings"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// compareMerged expects each Message-ID once in a folder, in any of the forms
// that the source has of it, and the others as often as they are.
func compareMerged(mails []mailtest.Mail, seen mailtest.Snapshot) (diffs []string) {
	type place struct{ folder, id string }
	want, forms := map[place]int{}, map[string]place{}
	for i, m := range mails {
		folder := mailtest.Key(m.Folder...)
		e := mailtest.FromMails(mails[i : i+1])[folder][0]
		p := place{folder, messageID(m.Bytes)}
		if p.id == "" {
			p.id = fmt.Sprintf("%x", e.Canonical)
			want[p]++
		} else {
			want[p] = 1
		}
		forms[form(folder, e)] = p
	}
	for folder, entries := range seen {
		for _, e := range entries {
			p, known := forms[form(folder, e)]
			if !known {
				diffs = append(diffs, fmt.Sprintf("folder %q: altered %d", folder, e.UID))
				continue
			}
			want[p]--
		}
	}
	for p, n := range want {
		if n > 0 {
			diffs = append(diffs, fmt.Sprintf("folder %q: missing %d of %s", p.folder, n, p.id))
		} else if n < 0 {
			diffs = append(diffs, fmt.Sprintf("folder %q: surplus %d of %s", p.folder, -n, p.id))
		}
	}
	return diffs
}

func form(folder string, e mailtest.Entry) string {
	return fmt.Sprintf("%s %x %q %d", folder, e.Canonical, e.Flags, e.Date.Unix())
}

func messageID(text []byte) string {
	_, rest, found := strings.Cut(string(text), "Message-ID: ")
	if !found {
		return ""
	}
	id, _, _ := strings.Cut(rest, "\r\n")
	return id
}
