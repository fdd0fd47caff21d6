package imap

import (
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/imapconn"
	"github.com/mailhaul/mailhaul/transfer"
)

// FuzzFlags: what leaves is a system flag or an atom (RFC 3501 section 9), each
// once; whatever is left out or changed is told.
func FuzzFlags(f *testing.F) {
	f.Add("$Forwarded two\nwords \\Foo \\seen \\Seen a]b\"c ümlaut \\Recent", false)
	f.Add("\\ \\a\rb x\x00y (z) %*", true)
	f.Fuzz(func(t *testing.T, list string, keywords bool) {
		box := &imapconn.Box{Permanent: []string{`\Seen`}, AnyKeyword: keywords}
		d := &dest{box: box, flags: map[transfer.Flag]flagFate{}}
		var in []transfer.Flag
		for word := range strings.SplitSeq(list, " ") {
			in = append(in, transfer.Flag(word))
		}
		names, notes := d.flagsFor(in)
		seen := map[string]bool{}
		for _, name := range names {
			atom := strings.TrimPrefix(name, `\`)
			if atom == "" || strings.ContainsFunc(atom, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`(){%*"\]`, r) }) {
				t.Fatalf("%q: got flag %q", list, name)
			}
			if low := strings.ToLower(name); seen[low] {
				t.Fatalf("%q: got %q twice", list, name)
			} else {
				seen[low] = true
			}
		}
		for _, flag := range in {
			low := strings.ToLower(string(flag))
			if low != "" && low != `\recent` && !seen[low] && len(notes) == 0 {
				t.Errorf("%q: %q is gone without a word, got %q", list, flag, names)
			}
		}
		again, more := d.flagsFor(in)
		if strings.Join(again, " ") != strings.Join(names, " ") || len(more) != len(notes) {
			t.Errorf("%q: got %q, then %q", list, names, again)
		}
	})
}

// FuzzWireDate: a date that servers can hold is written so that it is read as the
// same instant; another one is moved and told.
func FuzzWireDate(f *testing.F) {
	f.Add(int64(0), 0, true)
	f.Add(int64(1420459200), 5*3600+1800, false)
	f.Add(int64(-2208988800), -43200, false)
	f.Add(int64(4102444800), 1172, true)
	f.Fuzz(func(t *testing.T, unix int64, east int, zero bool) {
		date := time.Unix(unix%(1<<40), 0).In(time.FixedZone("", east%(48*3600)))
		text, note := wireDate(date, zero)
		layout := ` "_2-Jan-2006 15:04:05 -0700"`
		got, err := time.Parse(layout, text)
		if zero && text[2] == ' ' {
			t.Errorf("%v: got %q, want a day of two digits", date, text)
		}
		if err != nil || strings.ContainsAny(text, "\r\n\x00") || len(text) != len(layout) {
			t.Fatalf("%v: got %q, %v", date, text, err)
		}
		if fits := !date.Before(earliest) && !date.After(latest); got.Equal(date) != fits || (note == "") != fits {
			t.Errorf("%v: got %q, note %q", date, text, note)
		}
		if got.Before(earliest) || got.After(latest) {
			t.Errorf("%v: got %q, which servers cannot hold", date, text)
		}
	})
}
