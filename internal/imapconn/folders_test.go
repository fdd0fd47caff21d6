package imapconn

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// tell writes a tree, one folder a line.
func tell(tree *Tree) (lines []string) {
	for _, f := range tree.Folders {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %q %s", strings.Join(f.Path, "|"), string(f.Wire), f.Role)))
	}
	return lines
}

func TestFolders(t *testing.T) {
	tests := []struct {
		name, namespace, list string
		want                  []string
	}{
		{"plain", "", `* LIST (\HasNoChildren) "/" INBOX
* LIST (\Sent) "/" "Gesendete Objekte"
* LIST (\Noselect) "/" Lists
* LIST () "/" Lists/go
* LIST (\NonExistent) "/" gone`,
			[]string{`INBOX "INBOX" inbox`, `Gesendete Objekte "Gesendete Objekte" sent`, `Lists|go "Lists/go"`}},
		{"INBOX in any case, and children", "", `* LIST () "." inbox
* LIST () "." Inbox.sub
* LIST () "." INBOX`,
			[]string{`INBOX "INBOX" inbox`, `INBOX|sub "Inbox.sub"`}},
		{"prefix", `(("INBOX." ".")) NIL (("#shared." "."))`, `* LIST () "." INBOX
* LIST (\Trash) "." INBOX.Trash
* LIST () "." INBOX.a.b
* LIST () "." INBOX.INBOX.x
* LIST () "." #shared.team
* LIST () "." odd`,
			[]string{`INBOX "INBOX" inbox`, `INBOX|x "INBOX.INBOX.x"`, `Trash "INBOX.Trash" trash`, `a|b "INBOX.a.b"`, `odd "odd"`}},
		{"others' folders", `(("" "/")) (("Other Users/" "/")) (("Shared/" "/"))`, `* LIST () "/" INBOX
* LIST () "/" "Other Users/bob/INBOX"
* LIST () "/" Shared
* LIST () "/" Shared/x`,
			[]string{`INBOX "INBOX" inbox`}},
		{"Gmail", "", `* LIST (\HasNoChildren) "/" "INBOX"
* LIST (\HasChildren \Noselect) "/" "[Gmail]"
* LIST (\All \HasNoChildren) "/" "[Gmail]/All Mail"
* LIST (\Important \HasNoChildren) "/" "[Gmail]/Important"`,
			[]string{`INBOX "INBOX" inbox`, `[Gmail]|All Mail "[Gmail]/All Mail" all`, `[Gmail]|Important "[Gmail]/Important" important`}},
		{"names that are none", "", `* LIST () "/" "R&D"
* LIST () "/" "R&-D"
* LIST () "/" "caf` + "\xe9" + `"
* LIST () "/" "a	b"
* LIST () "/" "&AGE-"
* LIST () "/" "a\\b"
* LIST () "/" "un"escaped"
* LIST () "/" no quotes
* LIST () "/" %*
* LIST () "/" {5}
lit/x
* LIST () "/" {3}
c"d
* LIST () nil nil
* LIST () "" flat/name
* LIST () "/" &ZeVnLIqe-/&U,BTFw-
* LIST () "/" INBOX`,
			[]string{`INBOX "INBOX" inbox`, `%* "%*"`, `R&-D "R&-D"`, `R&D "R&D"`, `a "&AGE-"`, "a\tb \"a\\tb\"", `a\b "a\\b"`, `c"d "c\"d"`,
				`café "caf\xe9"`, `flat/name "flat/name"`, `lit|x "lit/x"`, `nil "nil"`, `no quotes "no quotes"`, `un"escaped "un\"escaped"`, `日本語|台北 "&ZeVnLIqe-/&U,BTFw-"`}},
		{"attributes with blanks, extended data", "", `* LIST (\HasNoChildren  \Drafts ) "/" "D" ("CHILDINFO" ("SUBSCRIBED"))
* XLIST (\Inbox) "/" "Posteingang"
* LIST () "/" E (OLDNAME ("x"))`,
			[]string{`D "D" drafts`, `E "E"`, `Posteingang "Posteingang"`}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			caps, table := "", map[string]string{"LIST": crlf(tc.list), "STATUS": "$ NO not now\r\n"}
			if tc.namespace != "" {
				caps, table["NAMESPACE"] = "NAMESPACE", "* NAMESPACE "+tc.namespace+"\r\n"
			}
			tree, err := inside(t, caps, always(table)).Folders(t.Context(), true)
			if err != nil {
				t.Fatal(err)
			}
			if got := tell(tree); !slices.Equal(got, tc.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
			}
			for _, f := range tree.Folders {
				if wire, err := tree.Wire(f.Path); err != nil || wire != f.Wire {
					t.Errorf("%q: got %q, %v, want %q sent back", f.Path, wire, err, f.Wire)
				}
			}
		})
	}
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") + "\r\n" }

func TestInboxIsLookedForWhereTheListLeavesItOut(t *testing.T) {
	for status, want := range map[string][]string{
		"* STATUS INBOX (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 4)\r\n": {`INBOX "INBOX" inbox`, `Sent "Sent"`},
		"$ NO there is none\r\n":                                  {`Sent "Sent"`},
	} {
		c := inside(t, "", always(map[string]string{"LIST": "* LIST () \"/\" Sent\r\n", "STATUS": status}))
		tree, err := c.Folders(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		if got := tell(tree); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", status, got, want)
		}
	}
}

func TestFoldersTellTheirStatus(t *testing.T) {
	for _, caps := range []string{"", "LIST-EXTENDED LIST-STATUS SPECIAL-USE STATUS=SIZE CONDSTORE"} {
		var got []string
		c := inside(t, caps, func(command string) string {
			got = append(got, command)
			status := "* STATUS inbox (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 4000000000 SIZE 77 HIGHESTMODSEQ 5 X-NEW (a b) RECENT 1)\r\n"
			switch {
			case strings.HasPrefix(command, "STATUS"):
				return status
			case strings.Contains(command, "STATUS"):
				return "* LIST () \"/\" INBOX\r\n" + status
			}
			return "* LIST () \"/\" INBOX\r\n"
		})
		tree, err := c.Folders(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		want := Status{Known: true, Validity: 4000000000, Next: 9, Messages: 3, Size: 77, ModSeq: 5}
		if got := tree.Folders[0].Status; got != want {
			t.Errorf("%q: got %+v, want %+v", caps, got, want)
		}
		if wanted := map[string]int{"": 2}[caps]; len(got) != max(wanted, 1) {
			t.Errorf("%q: got commands %q", caps, got)
		}
	}
}

func TestFoldersWithoutTheOffered(t *testing.T) {
	c := inside(t, "LIST-EXTENDED LIST-STATUS", func(command string) string {
		if strings.Contains(command, "RETURN") {
			return "$ BAD parse error\r\n"
		}
		return "* LIST () \"/\" INBOX\r\n"
	})
	if tree, err := c.Folders(t.Context(), false); err != nil || len(tree.Folders) != 1 {
		t.Errorf("got %v, %v, want one folder", tree, err)
	}
}

func TestWire(t *testing.T) {
	tests := []struct {
		prefix, delim string
		path          []string
		want          string // "" is refused
	}{
		{"", "/", []string{"INBOX"}, "INBOX"},
		{"INBOX.", ".", []string{"INBOX"}, "INBOX"},
		{"INBOX.", ".", []string{"Entwürfe", "a b"}, "INBOX.Entw&APw-rfe.a b"},
		{"INBOX.", ".", []string{"INBOX", "x"}, "INBOX.INBOX.x"},
		{"", "/", []string{"R&D", "😀"}, "R&-D/&2D3eAA-"},
		{"", "/", []string{"a/b"}, ""},
		{"", "", []string{"a", "b"}, ""},
		{"", "", []string{"a/b"}, "a/b"},
		{"", "/", []string{"a", ""}, ""},
		{"", "/", nil, ""},
	}
	for _, tc := range tests {
		got, err := (&Tree{Prefix: tc.prefix, Delimiter: tc.delim}).Wire(tc.path)
		if string(got) != tc.want || (err != nil) != (tc.want == "") {
			t.Errorf("%q with %q, %q: got %q, %v, want %q", tc.path, tc.prefix, tc.delim, got, err, tc.want)
		}
	}
}
