package mapping

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/transfer"
)

func day(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }

func flags(text string) []transfer.Flag {
	var fs []transfer.Flag
	for _, f := range strings.Fields(text) {
		fs = append(fs, transfer.Flag(f))
	}
	return fs
}

func TestSpellingsStay(t *testing.T) {
	in := transfer.Message{Flags: flags(`Forwarded NonJunk $Junk Junk \SEEN`)}
	out, _ := mustNew(t, Rules{}).Message(in)
	if want := flags(`Forwarded NonJunk $Junk Junk \Seen`); !slices.Equal(out.Flags, want) {
		t.Errorf("%q: got %q, want %q", in.Flags, out.Flags, want)
	}
}

func TestFlags(t *testing.T) {
	rules := []FlagRule{{"$Label1", "Important"}, {"junk", ""}, {`\Flagged`, "Starred"}, {"Later", `\flagged`}, {"X", "Junk"}}
	tests := []struct {
		name     string
		rules    []FlagRule
		in, want string
	}{
		{"none", nil, "", ""},
		{"to the letter", nil, `$Label1 lABEL NonSpam $MDNSent \Foo`, `$Label1 lABEL NonSpam $MDNSent \Foo`},
		{"system flags", nil, `\SEEN \answered \Draft`, `\Seen \Answered \Draft`},
		{"recent", nil, `\Seen \recent`, `\Seen`},
		{"forwarded", nil, "Forwarded", "$Forwarded"},
		{"forwarded already", nil, "$Forwarded", "$Forwarded"},
		{"junk", nil, "JUNK", "$Junk"},
		{"not junk", nil, "NonJunk", "$NotJunk"},
		{"not junk, all spellings", nil, "NotJunk $NonJunk $notjunk nonjunk", "$NotJunk"},
		{"twice", nil, "a A $Junk Junk", "a $Junk"},
		{"rules", rules, `$LABEL1 $Junk \Flagged Later`, `Important Starred \Flagged`},
		{"rules are not chained, their words stay", rules, "X Y", "Junk Y"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			in := transfer.Message{ID: "1", Flags: flags(tc.in), Size: 7}
			kept := slices.Clone(in.Flags)
			out, skip := mustNew(t, Rules{Flags: tc.rules, Unify: true}).Message(in)
			if !slices.Equal(out.Flags, flags(tc.want)) || skip != "" {
				t.Errorf("%s: got %q, skip %q; want %q", tc.in, out.Flags, skip, tc.want)
			}
			if !slices.Equal(in.Flags, kept) {
				t.Errorf("%s: got the message's own flags changed to %q, want them left", tc.in, in.Flags)
			}
			if out.Flags = in.Flags; !reflect.DeepEqual(out, in) {
				t.Errorf("got %+v, want %+v but for the flags", out, in)
			}
		})
	}
}

func TestSkip(t *testing.T) {
	rules := Rules{Since: day(2015), Before: day(2020).Add(90 * time.Minute), MaxSize: 100}
	tests := []struct {
		name string
		m    transfer.Message
		want string
	}{
		{"in", transfer.Message{Date: day(2017), Size: 100}, ""},
		{"no date", transfer.Message{Size: 1}, ""},
		{"at since", transfer.Message{Date: day(2015)}, ""},
		{"old", transfer.Message{Date: day(2015).Add(-time.Second)}, "older than 2015-01-01"},
		{"other zone", transfer.Message{Date: day(2015).In(time.FixedZone("", -3600))}, ""},
		{"new", transfer.Message{Date: rules.Before}, "not older than 2020-01-01T01:30:00Z"},
		{"large", transfer.Message{Size: 101}, "larger than 100 bytes"},
		{"size not known", transfer.Message{Size: -1}, ""},
	}
	for _, tc := range tests {
		if _, got := mustNew(t, rules).Message(tc.m); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestParseFlagRule(t *testing.T) {
	tests := []struct {
		text string
		want FlagRule
		ok   bool
	}{
		{"$Label1=Important", FlagRule{"$Label1", "Important"}, true},
		{"Junk=", FlagRule{"Junk", ""}, true},
		{`\Flagged=Starred`, FlagRule{`\Flagged`, "Starred"}, true},
		{`a\=b=c`, FlagRule{"a=b", "c"}, true},
		{"a", FlagRule{}, false},
		{`a=\Foo`, FlagRule{}, false},
		{"a=b c", FlagRule{}, false},
	}
	for _, tc := range tests {
		got, err := ParseFlagRule(tc.text)
		if got != tc.want || (err == nil) != tc.ok {
			t.Errorf("ParseFlagRule(%q): got %+v, error %v; want %+v, ok %v", tc.text, got, err, tc.want, tc.ok)
		}
	}
}

func TestFingerprint(t *testing.T) {
	print := func(r Rules) string {
		m, err := New(r)
		if err != nil {
			t.Fatal(err)
		}
		return m.Fingerprint()
	}
	base := Rules{MaxSize: 5, Flags: []FlagRule{{From: "a", To: "b"}}}
	if again := base; print(again) != print(base) {
		t.Error("equal rules have different fingerprints")
	}
	for _, other := range []Rules{{}, {MaxSize: 5}, {MaxSize: 6, Flags: base.Flags}, {MaxSize: 5, Flags: []FlagRule{{From: "a", To: "c"}}}} {
		if print(other) == print(base) {
			t.Errorf("%+v and %+v have the same fingerprint", other, base)
		}
	}
}
