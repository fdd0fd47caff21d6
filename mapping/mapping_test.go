package mapping

import (
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

// folders reads "Sent Items:sent" as a folder with a role; "/" parts components.
func folders(texts ...string) []transfer.Folder {
	var fs []transfer.Folder
	for _, text := range texts {
		name, role, _ := strings.Cut(text, ":")
		fs = append(fs, transfer.Folder{Path: strings.Split(name, "/"), Role: transfer.Role(role)})
	}
	return fs
}

func mustNew(t testing.TB, r Rules) *Map {
	t.Helper()
	m, err := New(r)
	if err != nil {
		t.Fatalf("New(%+v): got error %v, want none", r, err)
	}
	return m
}

// brief is what the tables look at: where to, or "-" for a folder left out.
func brief(routes []transfer.Route) []string {
	var out []string
	for _, r := range routes {
		if r.Skip != "" {
			out = append(out, "-")
			continue
		}
		out = append(out, strings.Join(r.To.Path, "/"))
	}
	return out
}

var dovecot = []string{"INBOX", "Sent:sent", "Drafts:drafts", "Trash:trash", "Junk:junk"}

func TestRoutes(t *testing.T) {
	tests := []struct {
		name      string
		rules     Rules
		from      []string
		site      []string
		delimiter string
		avoid     string
		want      []string
	}{
		{"to the letter", Rules{}, []string{"INBOX", "Work/2015", " R&D ", "a*b%", "Ünïcode", "work/2015"}, nil, "/", "",
			[]string{"INBOX", "Work/2015", " R&D ", "a*b%", "Ünïcode", "work/2015"}},
		{"inbox in any case", Rules{}, []string{"Inbox", "Inbox/Lists", "Old/Inbox"}, nil, "/", "",
			[]string{"INBOX", "INBOX/Lists", "Old/Inbox"}},
		{"two inboxes", Rules{}, []string{"inbox", "inbox/a", "INBOX", "INBOX/a"}, nil, "/", "",
			[]string{"INBOX 2", "INBOX 2/a", "INBOX", "INBOX/a"}},
		{"exclude takes what is below", Rules{Exclude: []string{"Spam"}}, []string{"INBOX", "Spam", "Spam/2015", "Spammers"}, nil, "/", "",
			[]string{"INBOX", "-", "-", "Spammers"}},
		{"include takes what is below", Rules{Include: []string{"Archive"}}, []string{"INBOX", "Archive", "Archive/2015/01"}, nil, "/", "",
			[]string{"-", "Archive", "Archive/2015/01"}},
		{"exclude has the last word", Rules{Include: []string{"inbox"}, Exclude: []string{"INBOX/*"}}, []string{"INBOX", "INBOX/a"}, nil, "/", "",
			[]string{"INBOX", "-"}},
		{"map exact", Rules{Map: []Pair{{"Alt", "Archive/Old"}}}, []string{"Alt", "Alt/a", "Alter"}, nil, "/", "",
			[]string{"Archive/Old", "Archive/Old/a", "Alter"}},
		{"map below INBOX in any case", Rules{Map: []Pair{{"inbox", "Old/inbox"}}}, []string{"INBOX", "INBOX/a"}, nil, "/", "",
			[]string{"Old/inbox", "Old/inbox/a"}},
		{"map captures", Rules{Map: []Pair{{"Lists/*-*", "Mail/$2/*"}}}, []string{"Lists/go-nuts", "Lists/go-nuts/x"}, nil, "/", "",
			[]string{"Mail/nuts/go", "Mail/nuts/go/x"}},
		{"map the deepest counts", Rules{Map: []Pair{{"A", "X"}, {"A/B", "Y"}}}, []string{"A", "A/B", "A/B/c", "A/d"}, nil, "/", "",
			[]string{"X", "Y", "Y/c", "X/d"}},
		{"map the first counts", Rules{Map: []Pair{{"*a", "X"}, {"a*", "Y"}}}, []string{"aa", "ab"}, nil, "/", "",
			[]string{"X", "Y"}},
		{"map everything away", Rules{Map: []Pair{{"*", "Old/*"}}}, []string{"INBOX", "Sent:sent", "a/b"}, dovecot, "/", "",
			[]string{"Old/INBOX", "Old/Sent", "Old/a/b"}},
		{"map merges", Rules{Map: []Pair{{"Old", "Work"}}}, []string{"Work", "Work/x", "Old", "Old/x"}, nil, "/", "",
			[]string{"Work", "Work/x", "Work", "Work/x"}},
		{"map into a role's folder", Rules{Map: []Pair{{"Alt", "Sent"}}}, []string{"Sent Items:sent", "Alt"}, dovecot, "/", "",
			[]string{"Sent", "Sent"}},
		{"roles by attribute", Rules{}, []string{"Foo:sent", "Foo/2015", "Foo/2015/x", "Bar:trash"}, dovecot, "/", "",
			[]string{"Sent", "Sent/2015", "Sent/2015/x", "Trash"}},
		{"roles by name", Rules{}, []string{"Gesendete Objekte", "INBOX/Entwürfe", "Корзина/2015", "A/Spam"}, dovecot, "/", "",
			[]string{"Sent", "Drafts", "Корзина/2015", "A/Spam"}},
		{"roles off", Rules{NoRoles: true}, []string{"Foo:sent", "Papierkorb"}, dovecot, "/", "",
			[]string{"Foo", "Papierkorb"}},
		{"the attribute wins", Rules{}, []string{"Gesendet", "Foo:sent"}, dovecot, "/", "",
			[]string{"Gesendet", "Sent"}},
		{"the loser's name is the destination's", Rules{}, []string{"Sent", "Sent/a", "Foo:sent", "Foo/a"}, dovecot, "/", "",
			[]string{"Sent 2", "Sent 2/a", "Sent", "Sent/a"}},
		{"a second name that is used too", Rules{}, []string{"Sent", "sent 2/x", "Foo:sent"}, dovecot, "/", "",
			[]string{"Sent 3", "sent 2/x", "Sent"}},
		{"a moved sub-folder gives way", Rules{}, []string{"Foo:sent", "Foo/a", "Sent/a"}, dovecot, "/", "",
			[]string{"Sent", "Sent/a 2", "Sent/a"}},
		{"destination by name", Rules{}, []string{"Foo:sent", "Papierkorb"}, []string{"INBOX/Trash", "Gesendet", "Sent Items"}, "/", "",
			[]string{"Sent Items", "INBOX/Trash"}},
		{"destination by name, its own first", Rules{}, []string{"Gesendet"}, []string{"Sent", "Gesendet"}, "/", "",
			[]string{"Gesendet"}},
		{"destination's attribute before its name", Rules{}, []string{"Sent"}, []string{"Sent", "Foo:sent"}, "/", "",
			[]string{"Foo"}},
		{"INBOX has no other role", Rules{}, []string{"INBOX:sent", "Sent:sent"}, []string{"INBOX:sent"}, "/", "",
			[]string{"INBOX", "Sent"}},
		{"gmail to gmail", Rules{}, []string{"INBOX", "[Gmail]/Alle Nachrichten:all", "[Gmail]/Gesendet:sent", "[Gmail]/Markiert:flagged", "[Gmail]/Wichtig:important"},
			[]string{"INBOX", "[Gmail]/All Mail:all", "[Gmail]/Sent Mail:sent"}, "/", "",
			[]string{"INBOX", "-", "[Gmail]/Sent Mail", "-", "-"}},
		{"a view asked for by include", Rules{Include: []string{"[Gmail]/All Mail", "**"}}, []string{"[Gmail]/All Mail:all", "[Gmail]/Starred:flagged"}, nil, "/", "",
			[]string{"[Gmail]/All Mail", "-"}},
		{"a view asked for by map", Rules{Map: []Pair{{"[Gmail]/All Mail", "Everything"}, {"[Gmail]/*", "*"}}}, []string{"[Gmail]/All Mail:all", "[Gmail]/Starred:flagged"}, nil, "/", "",
			[]string{"Everything", "-"}},
		{"delimiter in a name", Rules{}, []string{"a.b", "a.b/c", "d", "2015.Q1.x"}, nil, ".", "",
			[]string{"a_b", "a_b/c", "d", "2015_Q1_x"}},
		{"delimiter, and the name is used", Rules{}, []string{"a.b", "a.b/c", "A_b", "a_b/c"}, nil, ".", "",
			[]string{"a_b 2", "a_b 2/c", "A_b", "a_b/c"}},
		{"delimiter, a later pass", Rules{}, []string{"a.b"}, []string{"a_b"}, ".", "",
			[]string{"a_b"}},
		{"characters that are refused", Rules{}, []string{"a^b", "a\tb\x7f", "\xff"}, nil, "/", "^_",
			[]string{"a-b", "a-b-", "-"}},
		{"a changed name is never INBOX", Rules{}, []string{"in\tox"}, nil, "/", "_-~+=a",
			[]string{"inbox 2"}},
		{"a refused character that is there", Rules{}, []string{"a^b/c^d"}, []string{"a^b"}, "/", "^",
			[]string{"a^b/c_d"}},
		{"no names", Rules{}, []string{"", "a//b", ".", ".."}, nil, "/", "",
			[]string{"_", "a/_/b", "_ 2", "__"}},
		{"flat", Rules{}, []string{"INBOX", "a/b", "Foo:sent", "Foo/x"}, []string{"Sent:sent"}, "", "",
			[]string{"INBOX", "a/b", "Sent", "Sent/x"}},
		{"NFC is there", Rules{}, []string{"Cafe\u0301", "Cafe\u0301/x"}, []string{"Café"}, "/", "",
			[]string{"Café", "Café/x"}},
		{"both forms", Rules{}, []string{"Cafe\u0301", "Café"}, []string{"Café"}, "/", "",
			[]string{"Cafe\u0301", "Café"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			site := transfer.Site{Folders: folders(tc.site...), Delimiter: tc.delimiter, Avoid: tc.avoid}
			from := folders(tc.from...)
			routes := mustNew(t, tc.rules).Routes(from, site)
			if got := brief(routes); !slices.Equal(got, tc.want) {
				t.Errorf("Routes(%q): got %q, want %q", tc.from, got, tc.want)
			}
			for i, r := range routes {
				if changed := r.Skip == "" && !slices.Equal(r.To.Path, from[i].Path); changed && len(r.Notes) == 0 {
					t.Errorf("%q goes to %q: got no note, want one", tc.from[i], r.To.Path)
				}
			}
		})
	}
}

func TestFlatSiteHasOneComponent(t *testing.T) {
	for avoid, want := range map[string]string{"": "a/b", "/": "a_b"} {
		r := mustNew(t, Rules{}).Routes(folders("a/b"), transfer.Site{Avoid: avoid})[0]
		if !slices.Equal(r.To.Path, []string{want}) {
			t.Errorf("avoid %q: got %q, want one component %q", avoid, r.To.Path, want)
		}
	}
}

func TestRouteRole(t *testing.T) {
	tests := []struct {
		name  string
		rules Rules
		from  []string
		site  []string
		want  []transfer.Role
	}{
		{"none there", Rules{}, []string{"INBOX", "Gesendet", "Sent Items", "Work"}, nil, []transfer.Role{"inbox", "", "sent", ""}},
		{"there by attribute", Rules{}, []string{"Foo:sent"}, dovecot, []transfer.Role{"sent"}},
		{"there by name", Rules{}, []string{"Foo:sent"}, []string{"Sent"}, []transfer.Role{"sent"}},
		{"off", Rules{NoRoles: true}, []string{"Foo:sent"}, nil, []transfer.Role{""}},
		{"view", Rules{Include: []string{"All"}}, []string{"All:all"}, nil, []transfer.Role{""}},
		{"mapped", Rules{Map: []Pair{{"Gesendet", "Ausgang"}}}, []string{"Gesendet"}, nil, []transfer.Role{"sent"}},
		{"mapped, and there is one", Rules{Map: []Pair{{"Gesendet", "Ausgang"}}}, []string{"Gesendet"}, dovecot, []transfer.Role{""}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			var got []transfer.Role
			for _, r := range mustNew(t, tc.rules).Routes(folders(tc.from...), transfer.Site{Delimiter: "/", Folders: folders(tc.site...)}) {
				got = append(got, r.To.Role)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("%q: got roles %q, want %q", tc.from, got, tc.want)
			}
		})
	}
}

func TestNotes(t *testing.T) {
	tests := []struct {
		name  string
		rules Rules
		from  []string
		want  [][]string
	}{
		{"unchanged", Rules{}, []string{"a", "INBOX"}, [][]string{nil, nil}},
		{"role", Rules{}, []string{"Foo:sent", "Foo/x"}, [][]string{
			{`"Foo" goes to "Sent": the destination's folder for sent`},
			{`"Foo/x" goes to "Sent/x": moves with "Foo"`}}},
		{"loser", Rules{}, []string{"Sent", "Foo:sent"}, [][]string{
			{`"Sent" goes to "Sent 2": "Foo" goes to "Sent"`},
			{`"Foo" goes to "Sent": the destination's folder for sent`}}},
		{"merge", Rules{Map: []Pair{{"a", "b"}}}, []string{"a", "b"}, [][]string{
			{`"a" goes to "b": mapped by "a=b"`, `"a" is merged into "b" with "b"`},
			{`"b" is merged into "b" with "a"`}}},
		{"name", Rules{}, []string{"a.b", "Inbox"}, [][]string{
			{`"a.b" goes to "a_b": the destination cannot hold "." in a name`},
			{`"Inbox" goes to "INBOX": INBOX is the same in any case`}}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			routes := mustNew(t, tc.rules).Routes(folders(tc.from...), transfer.Site{Delimiter: ".", Folders: folders(dovecot...)})
			for i, r := range routes {
				if !slices.Equal(r.Notes, tc.want[i]) {
					t.Errorf("%q: got notes %q, want %q", tc.from[i], r.Notes, tc.want[i])
				}
			}
		})
	}
}

func TestSkipSaysHowToInclude(t *testing.T) {
	from := folders("[Gmail]/All Mail:all")
	site := transfer.Site{Delimiter: "/"}
	skip := mustNew(t, Rules{}).Routes(from, site)[0].Skip
	_, text, _ := strings.Cut(skip, "--map ")
	pair, err := ParsePair(strings.ReplaceAll(text, `"`, ""))
	if err != nil {
		t.Fatalf("the pair of %q: got error %v, want none", skip, err)
	}
	if got := brief(mustNew(t, Rules{Map: []Pair{pair}}).Routes(from, site)); got[0] != "All Mail" {
		t.Errorf("with the pair of %q: got %q, want All Mail", skip, got)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, r := range []Rules{
		{Include: []string{""}},
		{Exclude: []string{"a//b"}},
		{Exclude: []string{"a/"}},
		{Include: []string{"a**"}},
		{Include: []string{"***"}},
		{Include: []string{`a\b`}},
		{Include: []string{`a\`}},
		{Include: []string{"a\r\nb"}},
		{Exclude: []string{"a\x00"}},
		{Map: []Pair{{"", "a"}}},
		{Map: []Pair{{"a", ""}}},
		{Map: []Pair{{"a", "*"}}},
		{Map: []Pair{{"a", "$1"}}},
		{Map: []Pair{{"a*", "$0"}}},
		{Map: []Pair{{"*/*", "a/**"}}},
		{Map: []Pair{{"a", "b\n"}}},
		{Map: []Pair{{"a", "b"}, {"a", "c"}}},
		{Flags: []FlagRule{{"", "a"}}},
		{Flags: []FlagRule{{"a", "b c"}}},
		{Flags: []FlagRule{{"a", `\Recent`}}},
		{Flags: []FlagRule{{"a", "ü"}}},
		{MaxSize: -1},
		{Since: day(2016), Before: day(2015)},
	} {
		if _, err := New(r); err == nil {
			t.Errorf("New(%+v): got no error, want one", r)
		}
	}
}
