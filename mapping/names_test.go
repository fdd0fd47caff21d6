package mapping

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/mailhaul/mailhaul/transfer"
)

func TestNoNameStandsForTwoRoles(t *testing.T) {
	seen := map[string]transfer.Role{}
	for _, l := range languages {
		for role, name := range l.all {
			if !norm.NFC.IsNormalString(name) {
				t.Errorf("%s: %q is not in the composed form", l.name, name)
			}
			if name == "" || name != strings.TrimSpace(name) {
				t.Errorf("%s, %s: got name %q, want one without blanks around it", l.name, role, name)
			}
			if other := seen[fold(name)]; other != "" && other != role {
				t.Errorf("%s: %q stands for %s and %s, want one", l.name, name, other, role)
			}
			seen[fold(name)] = role
			if got, _ := lookUp(fold(name)); got != role {
				t.Errorf("%s: looked up %q: got %q, want %s", l.name, name, got, role)
			}
		}
	}
	if len(languages) < 20 {
		t.Errorf("got %d languages, want 20 or more", len(languages))
	}
}

func TestNameRole(t *testing.T) {
	tests := []struct {
		path string
		want transfer.Role
	}{
		{"Sent Items", transfer.RoleSent},
		{"SENT ITEMS", transfer.RoleSent},
		{"Gesendete Objekte", transfer.RoleSent},
		{"E\u0301le\u0301ments envoye\u0301s", transfer.RoleSent},
		{"已发送", transfer.RoleSent},
		{"Отправленные", transfer.RoleSent},
		{"ÖNEMSİZ", transfer.RoleJunk},
		{"ΠΡΌΧΕΙΡΑ", transfer.RoleDrafts},
		{"INBOX/Trash", transfer.RoleTrash},
		{"inbox/trash", transfer.RoleTrash},
		{"[Gmail]/Spam", transfer.RoleJunk},
		{"Old/Trash", ""},
		{"INBOX/a/Trash", ""},
		{"Outbox", ""},
		{"Исходящие", ""},
		{"Work", ""},
		{"Sentinel", ""},
		{"Sen", ""},
		{"", ""},
	}
	for _, tc := range tests {
		if got, _ := nameRole(strings.Split(tc.path, "/")); got != tc.want {
			t.Errorf("nameRole(%q): got %q, want %q", tc.path, got, tc.want)
		}
	}
}

// Plain names are folded in a short way: it must lead where the long one does, also
// where another letter has a plain one for its other case.
func TestFoldPlain(t *testing.T) {
	for r := rune(0); r < utf8.RuneSelf; r++ {
		name := string(r)
		if got, want := fold(name), strings.ToLower(strings.ToUpper(norm.NFC.String(name))); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	for _, pair := range [][2]string{{"\u212a", "K"}, {"\u017f", "S"}, {"\u0131", "i"}} {
		if got, want := fold(pair[0]), fold(pair[1]); got != want {
			t.Errorf("%q: got %q, want %q as for %q", pair[0], got, want, pair[1])
		}
	}
}
