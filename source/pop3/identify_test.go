package pop3

import (
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

func TestIdentify(t *testing.T) {
	for name, f := range map[string]*fake{
		"TOP":    {mails: mails(5), capa: ahead},
		"no TOP": {mails: mails(5), capa: "PIPELINING\r\n", replies: map[string]string{"RETR 2": "-ERR no such message\r\n"}},
	} {
		if name == "TOP" {
			f.replies = map[string]string{"TOP 2 0": "-ERR no such message\r\n"}
		}
		s := f.open(t)
		ms := append(list(t, s, ""), transfer.Message{ID: "never was"})
		var got []string
		for m, err := range s.Identify(t.Context(), transfer.Folder{}, ms) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, m.ID)
			if want := transfer.Identify([]byte(f.mails[int(m.ID[4]-'1')])); m.Ident != want {
				t.Errorf("%s: identity of %s: got %x, want %x", name, m.ID, m.Ident, want)
			}
		}
		if want := []string{"uid-1", "uid-3", "uid-4", "uid-5"}; !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		used := slices.ContainsFunc(f.commands(), func(c string) bool { return strings.HasPrefix(c, "TOP") })
		if used != (name == "TOP") {
			t.Errorf("%s: TOP used: got %v", name, used)
		}
	}
}
