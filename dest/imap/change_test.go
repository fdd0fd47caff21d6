package imap

import (
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

// What a server refuses of a change of flags costs that flag only, or only the
// message that is gone; a server with trouble of its own ends the folder.
func TestRefusedFlagChange(t *testing.T) {
	tests := []struct {
		name    string
		refuses func(store string) string // in its words, "" is OK
		gone    bool                      // UID 2 is
		want    []string                  // STOREs that went well
		banned  bool
		fails   bool
	}{
		{"one flag of two", func(s string) string { return ifHas(s, "bad", "NO [CANNOT] no such keyword") }, false, []string{`1:2 +FLAGS.SILENT (\Seen)`}, true, false},
		{"one message of two", func(s string) string { return ifHas(s, "2", "NO Some of the messages no longer exist") }, true,
			[]string{`1 +FLAGS.SILENT (\Seen)`, `1 +FLAGS.SILENT (bad)`}, false, false},
		{"all, for now", func(string) string { return "NO [UNAVAILABLE] later" }, false, nil, false, true},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			var done []string
			addr, commands := played(t, "", `^LOGOUT`, func(tag, command string) []string {
				store, isStore := strings.CutPrefix(command, "UID STORE ")
				switch {
				case isStore && tc.refuses(store) != "":
					return []string{tag + " " + tc.refuses(store)}
				case isStore:
					done = append(done, store)
				case strings.HasPrefix(command, "UID SEARCH") && tc.gone:
					return []string{"* SEARCH 1", tag + " OK"}
				case strings.HasPrefix(command, "UID SEARCH"):
					return []string{"* SEARCH 1 2", tag + " OK"}
				}
				return reply(tag, command, []answer{listing})
			})
			d := open(t, addr, "u1")
			if _, err := d.Open(t.Context(), box); err != nil {
				t.Fatal(err)
			}
			add := []transfer.Flag{transfer.Seen, "bad"}
			notes, err := d.(transfer.Reflagger).Reflag(t.Context(), box, []transfer.Reflag{{UID: 1, Add: add}, {UID: 2, Add: add}})
			if (len(notes) > 0) != tc.banned {
				t.Errorf("got notes %q, want one: %t", notes, tc.banned)
			}
			if (err != nil) != tc.fails {
				t.Errorf("got error %v, want one: %t", err, tc.fails)
			}
			leave(t, d)
			commands() // the server is done with done
			if !slices.Equal(done, tc.want) {
				t.Errorf("got %q, want %q", done, tc.want)
			}
			if _, notes := plain(d).flagsFor([]transfer.Flag{"bad"}); (len(notes) > 0) != tc.banned {
				t.Errorf("got notes %q, want one: %t", notes, tc.banned)
			}
		})
	}
}

func ifHas(text, part, words string) string {
	if strings.Contains(text, part) {
		return words
	}
	return ""
}
