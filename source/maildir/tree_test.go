package maildir

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

func TestLayouts(t *testing.T) {
	tests := []struct {
		name string
		dirs []string
		want []string // components joined by |
	}{
		{"single", []string{"cur", "new", "tmp"}, []string{"INBOX"}},
		{"no cur", []string{"new", "tmp"}, []string{"INBOX"}},
		{
			"Maildir++",
			[]string{"cur", ".Sent/cur", ".A.B/cur", ".A.B.C/cur", ".R&-D/cur", ".R&D/cur", ".J&APw-rgen/cur", ".Grün/cur", ".list.example..org/cur"},
			[]string{"INBOX", "A|B", "A|B|C", "Grün", "Jürgen", "R&D", "R&D (2)", "Sent", "list|example|org"},
		},
		{"Maildir++ without INBOX", []string{".INBOX/cur", ".INBOX.Sent/cur"}, []string{"INBOX", "INBOX|Sent"}},
		{
			"plain", []string{"inbox/cur", "Work/cur", "Work/2019.01/cur", "Plans/Deep/er/cur"},
			[]string{"INBOX", "Plans|Deep|er", "Work", "Work|2019.01"},
		},
		{"both", []string{"cur", ".A/cur", "A/cur", "B/C/cur", "A/.D/cur"}, []string{"INBOX", "A", "A (2)", "A|D", "B|C"}},
		{"taken number", []string{".A/cur", "A/cur", "A (2)/cur"}, []string{"A", "A (3)", "A (2)"}},
		{"INBOX twice", []string{"cur", "Inbox/cur"}, []string{"INBOX", "INBOX (2)"}},
		{
			"KMail", []string{"inbox/cur", "Work/cur", ".Work.directory/Sub.one/cur", ".Work.directory/.Sub.one.directory/Deep/cur"},
			[]string{"INBOX", "Work", "Work|Sub.one", "Work|Sub.one|Deep"},
		},
		{
			"what others keep", []string{"cur/x/cur", "new", "tmp/y/cur", ".dovecot/x", "courierimapkeywords", "lost+found/x", "dovecot/announce/cur"},
			[]string{"INBOX", "dovecot|announce"},
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			root := t.TempDir()
			mkdir(t, root, tc.dirs...)
			var got []string
			for _, f := range folders(t, open(t, root)) {
				got = append(got, strings.Join(f.Path, "|"))
				if (f.Role == transfer.RoleInbox) != (f.Name() == "INBOX") {
					t.Errorf("role of %q: got %q", f.Path, f.Role)
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("folders of %q:\n got %q\nwant %q", tc.dirs, got, tc.want)
			}
		})
	}
}

// TestLinks has links in circles, to nowhere, and between messages.
func TestLinks(t *testing.T) {
	root := t.TempDir()
	mkdir(t, root, "cur", "elsewhere", ".A/cur")
	write(t, filepath.Join(root, "cur", "1.a"), "text", old)
	for link, to := range map[string]string{"cur/2.directory": "../elsewhere", "cur/3.broken": "nowhere", "cur/4.a": "1.a", ".B": ".A", "loop": "elsewhere", "elsewhere/up": "..", "broken": "nowhere"} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Skip("no symbolic links here:", err)
		}
	}
	var got []string
	for _, f := range folders(t, open(t, root)) {
		got = append(got, f.Name())
	}
	if want := []string{"INBOX", "A"}; !slices.Equal(got, want) {
		t.Errorf("folders: got %q, want %q", got, want)
	}
	s := open(t, root)
	if got, want := ids(list(t, s, folders(t, s)[0], "")), []string{"1.a", "4.a"}; !slices.Equal(got, want) {
		t.Errorf("messages among links: got %q, want %q", got, want)
	}
	if x, _ := fetch(t, s, folders(t, s)[0], "2.directory"); !transfer.Permanent(x.Err) {
		t.Errorf("fetch of a link to a directory: got %v, want a permanent error", x.Err)
	}
}

func TestDecodeName(t *testing.T) {
	for in, want := range map[string]string{
		"Sent": "Sent", "&-": "&", "R&-D": "R&D", "&AOQ-": "ä", "&ZeVnLIqe-": "日本語", "&2D3eAA-": "😀", "A&AOQ-&-": "Aä&",
		"R&D": "R&D", "&": "&", "&AGE-": "&AGE-", "&AOQ": "&AOQ", "&AOQ-&AOQ-": "&AOQ-&AOQ-", "&AAA-": "&AAA-", "&2D0-": "&2D0-",
		"ä": "ä", "ä&AOQ-": "ä&AOQ-", "\xe4": "ä", "&AOR-": "&AOR-",
	} {
		if got := decodeName(in); got != want {
			t.Errorf("decode %q: got %q, want %q", in, got, want)
		}
	}
}
