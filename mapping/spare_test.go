package mapping

import (
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

func TestSpare(t *testing.T) {
	tests := []struct {
		name string
		from []string
		site []string
		want []string // "" is none
	}{
		{"harmless", []string{"INBOX", "Work", "R&D", "Ünïcode"}, nil, []string{"", "", "", ""}},
		{"blanks at the ends", []string{" a ", " a /b"}, nil, []string{"a", "a/b"}},
		{"only blanks", []string{"  "}, nil, []string{"_"}},
		{"characters", []string{`a%b*c"d\e`, "~x", "#y", "a.b"}, nil, []string{"a_b_c_d_e", "_x", "_y", "a_b"}},
		{"it is there", []string{" a "}, []string{" a "}, []string{""}},
		{"the spare is used", []string{"a", " a", "a "}, nil, []string{"", "a 2", "a 3"}},
		{"the spare is there", []string{" a"}, []string{"a"}, []string{"a"}},
		{"the spare is there but for case", []string{" a"}, []string{"A"}, []string{"a 2"}},
		{"case", []string{"Work", "work"}, nil, []string{"", "work 2"}},
		{"case, one is there", []string{"Work", "work"}, []string{"work"}, []string{"Work 2", ""}},
		{"case, another is there", []string{"work"}, []string{"Work"}, []string{"work 2"}},
		{"case, a later pass", []string{"work"}, []string{"Work", "work 2"}, []string{"work 2"}},
		{"unicode form", []string{"Café", "Cafe\u0301"}, nil, []string{"", "Cafe\u0301 2"}},
		{"never INBOX", []string{" INBOX", "inbox ", " Inbox/a"}, nil, []string{"INBOX_", "inbox_ 2", "Inbox_/a"}},
		{"below a role's folder", []string{"Foo:sent", "Foo/x"}, []string{"[Gmail]/Sent Mail:sent"}, []string{"", "Foo/x"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			site := transfer.Site{Delimiter: "/", Folders: folders(tc.site...)}
			for i, r := range mustNew(t, Rules{}).Routes(folders(tc.from...), site) {
				if got := strings.Join(r.Spare.Path, "/"); got != tc.want[i] {
					t.Errorf("%q to %q: got spare %q, want %q", tc.from[i], r.To.Path, got, tc.want[i])
				}
			}
		})
	}
}

func TestMergedFoldersShareTheirSpare(t *testing.T) {
	m := mustNew(t, Rules{Map: []Pair{{"a", `b\*`}, {"c", `b\*`}}})
	routes := m.Routes(folders("a", "c"), transfer.Site{Delimiter: "/"})
	if a, c := routes[0].Spare.Path, routes[1].Spare.Path; !slices.Equal(a, c) || !slices.Equal(a, []string{"b_"}) {
		t.Errorf("got spares %q and %q, want b_ twice", a, c)
	}
}

func TestSpareLength(t *testing.T) {
	for _, c := range []string{"a", "&", "ü", "漢", "🙂", "a🙂"} {
		long := strings.Repeat(c, 300)
		routes := mustNew(t, Rules{}).Routes(folders(long, long+"x", long+"y"), transfer.Site{Delimiter: "/"})
		seen := map[string]bool{}
		for _, r := range routes {
			spare := r.Spare.Name()
			if n := utf7Len(spare); n > spareLength || n < spareLength-12 || seen[spare] {
				t.Errorf("300 times %q: got spare %q of %d bytes, want another of up to %d", c, spare, n, spareLength)
			}
			seen[spare] = true
		}
	}
}

func TestUTF7Len(t *testing.T) {
	for name, want := range map[string]int{
		"": 0, "abc": 3, "R&D": 4, "ü": len("&APw-"), "üü": len("&APwA,A-"), "台北": len("&U,BTFw-"),
		"~peter/mail/台北/日本語": len("~peter/mail/&U,BTFw-/&ZeVnLIqe-"), "🙂": len("&2D3eQg-"),
	} {
		if got := utf7Len(name); got != want {
			t.Errorf("utf7Len(%q): got %d, want %d", name, got, want)
		}
	}
}
