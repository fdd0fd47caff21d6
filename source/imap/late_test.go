package imap

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// Servers end the list only after the texts, tell a message twice, and the UID after
// the text; folders change under the list, and servers miscount.
func TestListEndsLate(t *testing.T) {
	const flags = "* 1 FETCH (UID 2 FLAGS (\\Seen))\r\n"
	for _, tc := range []struct {
		name   string
		exists int
		uids   string // as they are listed; "flags" is a change of them, "gone" an EXPUNGE of the first
		code   string // what the list ends with
		texts  string // the same of those that come with it
		want   string
		asked  int // commands for texts
	}{
		{"all", 3, "1 2 3", "", "1 2 3", "1 2 3", 1},
		{"one twice", 3, "1 1 2 3", "", "1 2 3", "1 2 3", 1},
		{"a change of flags", 3, "flags 1 2 3", "", "1 2 3", "1 2 3", 1},
		{"one goes", 3, "1 2 gone 3", "", "2 3", "1 2 3", 2},
		{"one came before, one goes", 4, "1 2 3 gone 4", "", "2 3 4", "1 2 3 4", 2},
		{"backwards", 3, "3 2 1", "", "1 2 3", "1 2 3", 2},
		{"fewer than it said", 4, "1 2 3", "", "1 2 3", "1 2 3", 2},
		{"more than it said", 2, "1 2 3", "", "1 2 3", "1 2 went on", 1},
		{"cut short", 3, "1 2", "[MESSAGELIMIT 2 2]", "1 2", "1 2 3", 2},
		{"cut short before the texts", 3, "1 2", "[MESSAGELIMIT 2 2]", "", "1 2 3", 2},
		{"cut short where all is told", 3, "1 2 3", "[MESSAGELIMIT 3 3]", "1 2 3", "1 2 3 went on", 1},
		{"all before the texts", 3, "1 2 3", "", "", "1 2 3", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			asked, listed := 0, 0
			addr := serve(t, func(command string) (lines, code string) {
				switch {
				case strings.HasPrefix(command, "LIST"):
					return "* LIST () \"/\" INBOX\r\n", ""
				case strings.HasPrefix(command, "STATUS"):
					return "* STATUS INBOX (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 5 SIZE 30)\r\n", ""
				case strings.HasPrefix(command, "EXAMINE"):
					return fmt.Sprintf("* %d EXISTS\r\n* OK [UIDVALIDITY 5] x\r\n* OK [UIDNEXT 5] x\r\n", tc.exists), "[READ-ONLY]"
				case strings.Contains(command, "BODY.PEEK[]"):
					if asked++; asked > 1 || tc.texts == "" {
						for _, uid := range among(command) {
							lines += fmt.Sprintf("* 1 FETCH (UID %s BODY[] {6}\r\ntext %s)\r\n", uid, uid)
						}
					}
					return lines, ""
				case strings.HasPrefix(command, "UID FETCH"):
					uids, texts, end := tc.uids, tc.texts, tc.code
					if listed++; listed > 1 {
						uids, texts, end = strings.Join(among(command), " "), "", ""
					}
					for _, uid := range strings.Fields(uids) {
						switch uid {
						case "flags":
							lines += flags
						case "gone":
							lines += "* 1 EXPUNGE\r\n"
						default:
							lines += fmt.Sprintf("* 1 FETCH (UID %s FLAGS () RFC822.SIZE 6)\r\n", uid)
						}
					}
					for _, uid := range strings.Fields(texts) {
						lines += text(uid)
					}
					return lines, end
				}
				return "", ""
			}, "STATUS=SIZE")
			s := open(t, addr, "anna")
			f := folderCalled(t, s, "INBOX")
			f.All = true
			var got []string
			for x, err := range s.Fetch(t.Context(), f, list(t, s, f)) {
				if errors.Is(err, errWentOn) {
					got = append(got, "went on")
					break
				}
				if err != nil || x.Err != nil {
					t.Fatal(err, x.Err)
				}
				text, err := io.ReadAll(x.Body)
				if err != nil || string(text) != "text "+x.ID {
					t.Errorf("got %q, %v for %s", text, err, x.ID)
				}
				got = append(got, x.ID)
			}
			if strings.Join(got, " ") != tc.want || asked != tc.asked {
				t.Errorf("got %q after %d commands, want %q after %d", got, asked, tc.want, tc.asked)
			}
		})
	}
}

// among are those of the UIDs 1 to 4 that a command asks for; there is no 4 unless it
// is named.
func among(command string) (uids []string) {
	for part := range strings.SplitSeq(strings.Fields(command)[2], ",") {
		from, to := 0, 0
		if n, _ := fmt.Sscanf(part, "%d:%d", &from, &to); n == 1 {
			if to = from; strings.HasSuffix(part, ":*") {
				to = 3
			}
		}
		for ; from <= to && from <= 4; from++ {
			uids = append(uids, fmt.Sprint(from))
		}
	}
	return uids
}

// text is a message's text, with its UID behind it.
func text(uid string) string {
	return fmt.Sprintf("* 1 FETCH (BODY[] {6}\r\ntext %s UID %s)\r\n", uid, uid)
}
