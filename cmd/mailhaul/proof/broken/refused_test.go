package broken_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// whim is a server's reason to refuse a message, and what becomes of it.
type whim struct {
	name  string
	flags []string // of the message in question
	body  string
	rule  func(a appended) string
	want  []string // its flags at the destination
	told  string   // words of a note about what was left out
	// refused are words of the refusal if it cannot arrive.
	refused string
}

// odd is in the body of the message that a server may dislike for its text.
const odd = "the odd one"

func whims() []whim {
	has := func(flag, words string) func(a appended) string {
		return func(a appended) string {
			if slices.Contains(a.flags, flag) {
				return words
			}
			return ""
		}
	}
	text := func(words string) func(a appended) string {
		return func(a appended) string {
			if bytes.Contains(a.raw, []byte(odd)) {
				return words
			}
			return ""
		}
	}
	return []whim{
		{name: "a keyword, with a code", flags: []string{"bad", "good", `\Seen`}, rule: has("bad", "NO [CANNOT] no"),
			want: []string{"good", `\Seen`}, told: `keyword "bad" dropped`},
		{name: "a keyword, in words", flags: []string{"bad", `\Seen`}, rule: has("bad", "NO Invalid keyword"),
			want: []string{`\Seen`}, told: `keyword "bad" dropped`},
		{name: "a keyword, BAD", flags: []string{"good", "bad"}, rule: has("bad", "BAD syntax error"),
			want: []string{"good"}, told: `keyword "bad" dropped`},
		{name: "all keywords", flags: []string{"one", "two", `\Seen`}, rule: func(a appended) string {
			if slices.ContainsFunc(a.flags, func(f string) bool { return f[0] != '\\' }) {
				return "NO [LIMIT] too many keywords"
			}
			return ""
		}, want: []string{`\Seen`}, told: "dropped"},
		{name: "a day without zero", rule: func(a appended) string { // Yandex
			if strings.HasPrefix(a.date, `" `) {
				return "BAD Command syntax error"
			}
			return ""
		}},
		{name: "a date", rule: func(a appended) string {
			if strings.Contains(a.date, "12:05:00") { // that of the odd one
				return "NO [CANNOT] Date out of range"
			}
			return ""
		}, refused: "Date out of range"},
		{name: "8-bit text", body: "Gr\xfc\xdfe", rule: text("NO Message contains non-ASCII data"),
			refused: "Message contains non-ASCII data"},
		{name: "NUL", body: "a\x00b", rule: text("NO Message contains NUL characters"), refused: "Message contains NUL characters"},
		{name: "BAD for a text", rule: text("BAD Message contains invalid header"), refused: "Message contains invalid header"},
		{name: "a text with odd flags", flags: []string{"one", "two"}, rule: text("BAD no"), refused: "BAD \"no\""},
		{name: "too big", rule: text("NO [TOOBIG] Maximum size exceeded"), refused: "[TOOBIG] Maximum size exceeded"},
		{name: "spam", rule: text("NO [NOPERM] spam\x1b[2J"), refused: "spam"},
	}
}

// TestRefused: what a server refuses is tried without what it may have meant,
// and else listed with its words; those beside it arrive.
func TestRefused(t *testing.T) {
	for _, w := range whims() {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			table := &table{}
			for i := range 5 {
				table.put(fmt.Sprintf("sound %d", i), "text\r\n")
			}
			m := table.put("odd one", odd+w.body+"\r\n")
			m.flags = w.flags
			for i := range 5 {
				table.put(fmt.Sprintf("sound %d", 6+i), "text\r\n")
			}
			p := &picky{rule: w.rule}
			from, _ := putRawIMAP(t, table.rows)
			home, to := t.TempDir(), p.open(t)
			o := haul(t, home, from, to)
			w.check(t, p, table.rows, o)
			kept := len(p.all())
			again := haul(t, home, from, to)
			if len(p.all()) != kept || again.summary.Copied != 0 || again.exit != o.exit || again.summary.Refused != o.summary.Refused {
				t.Errorf("the second run: got %d messages more, %v, want the same as %v", len(p.all())-kept, again, o)
			}
		})
	}
}

func (w whim) check(t *testing.T, p *picky, ms []message, o outcome) {
	t.Helper()
	for _, m := range ms {
		a, once := p.holds(m.raw)
		question := m.name == "odd one"
		switch {
		case once == (question && w.refused != ""):
			t.Errorf("%s: got it there once %v, %v", m.name, once, o)
		case !question && len(a.flags) > 0, question && once && !slices.Equal(a.flags, w.want):
			t.Errorf("%s: got flags %q, want %q", m.name, a.flags, w.want)
		case once && !strings.Contains(a.date, m.date.Format("2-Jan-2006 15:04:05 -0700")):
			t.Errorf("%s: got date %q, want %v", m.name, a.date, m.date)
		}
	}
	if !o.told(w.told) {
		t.Errorf("got notes %q, want one with %q", o.notes, w.told)
	}
	if w.refused == "" {
		if o.exit != 0 || len(o.refused) > 0 {
			t.Errorf("got %v, want all there", o)
		}
		return
	}
	if o.exit != 3 || len(o.refused) != 1 || !strings.Contains(o.refused[0].Text, w.refused) || o.refused[0].Subject != "odd one" {
		t.Errorf("got %v, want one refused with %q", o, w.refused)
	}
}
