package broken_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// flagged is a row: flags as the source has them, as they arrive, and words of
// the note if they differ.
type flagged struct {
	name string
	in   []string
	want []string
	told string
}

func flags() []flagged {
	long := strings.Repeat("x", 200) // Dovecot: NO [CANNOT] Keyword length too long
	var many []string
	for i := range 24 { // with those below more than the 26 a Maildir's names can hold
		many = append(many, fmt.Sprintf("many%02d", i))
	}
	same := func(name string, in ...string) flagged { return flagged{name, in, in, ""} }
	return []flagged{
		same("none"),
		same("all system flags", `\Answered`, `\Deleted`, `\Draft`, `\Flagged`, `\Seen`),
		{"system flags in any case", []string{`\SEEN`, `\flagged`, `\Seen`}, []string{`\Flagged`, `\Seen`}, ""},
		same("registered keywords", "$Forwarded", "$Junk", "$MDNSent", "$NotJunk", "$Phishing", "$SubmitPending"),
		same("old spellings", "Forwarded", "Junk", "NonJunk", "NotJunk"),
		same("odd but valid", "!", "#$&'+,-./:;<=>?@[^_`|}~", "0", "NIL"),
		same("many", many...),
		{"recent", []string{`\Recent`, `\Seen`}, []string{`\Seen`}, ""},
		{"bracket", []string{"a]b", "]"}, []string{"_", "a_b"}, `"a]b" became "a_b"`},
		{"quotes", []string{`qu"o"te`}, []string{"qu_o_te"}, "became"},
		{"percent and star", []string{"100%", "st*r"}, []string{"100_", "st_r"}, "became"},
		{"8-bit", []string{"gr\xfc\xdfe", "grün"}, []string{"gr__e", "gr_n"}, "became"},
		{"unknown system flag", []string{`\Foo`, `\Seen`}, []string{`\Seen`}, `flag \Foo dropped`},
		{"200 characters", []string{"beside", long}, []string{"beside"}, "dropped: the destination refuses it"},
	}
}

func TestFlags(t *testing.T) {
	all := dests(t)
	for _, s := range sources() {
		if s.name != "raw IMAP" && s.name != "Maildir" {
			continue
		}
		var ms []message
		want := map[[32]byte]flagged{}
		for i, row := range flags() {
			m := message{name: row.name, date: noon.AddDate(0, 0, i), flags: row.in}
			if s.name == "Maildir" && !maildirHolds(row) {
				continue
			}
			m.raw = []byte(head(row.name, m.date) + "\r\ntext\r\n")
			ms, want[sha256.Sum256(m.raw)] = append(ms, m), row
		}
		for _, d := range all {
			t.Run(s.name+" to "+d.name, func(t *testing.T) {
				t.Parallel()
				from, _ := s.put(t, ms)
				to, look := d.open(t)
				home := t.TempDir()
				o := haul(t, home, from, to)
				there := look()
				if len(there) != len(ms) || o.exit != 0 {
					t.Fatalf("got %d messages, %v, want %d", len(there), o, len(ms))
				}
				for _, h := range there {
					row := want[h.plain]
					if slices.Equal(h.flags, row.in) {
						continue // a server that takes them as they are
					}
					if !slices.Equal(h.flags, row.want) {
						t.Errorf("%s: got %q, want %q", row.name, h.flags, row.want)
					}
					if !o.told(row.told) {
						t.Errorf("%s: got notes %q, want one with %q", row.name, o.notes, row.told)
					}
				}
				checkAgain(t, o, haul(t, home, from, to), there, look())
			})
		}
	}
}

// maildirHolds: a Maildir has letters for five flags and 26 keywords, of which
// "many" takes most.
func maildirHolds(row flagged) bool {
	return row.name == "none" || row.name == "all system flags" || row.name == "many" || row.name == "percent and star"
}
