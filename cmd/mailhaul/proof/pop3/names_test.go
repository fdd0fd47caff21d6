package pop3

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest/pop3server"
)

// TestNames: whatever a server calls its messages, each of them arrives once, and
// the next runs find nothing new, though mail comes and goes between them.
func TestNames(t *testing.T) {
	own := func(message int) string { return fmt.Sprintf("uid%d", message) }
	for _, tc := range []struct {
		name  string
		names func(session, message int) (string, bool)
		caps  []string
		words []string // said by the first run
		again []string // said by the next
	}{
		{"missing", func(int, int) (string, bool) { return "", false }, []string{"USER", "TOP"},
			[]string{"does not name its messages (no UIDL)", "known by their headers"}, nil},
		{"missing, though CAPA lists it", func(int, int) (string, bool) { return "", false }, full(),
			[]string{"does not name its messages (no UIDL)"}, nil},
		{"missing, no TOP, no CAPA", func(int, int) (string, bool) { return "", false }, nil,
			[]string{"does not name its messages (no UIDL)"}, nil},
		{"empty for one", func(_, m int) (string, bool) { return map[bool]string{true: "", false: own(m)}[m == 3], true }, full(),
			[]string{"gives no usable name (UIDL) to 1 of its 8 messages"}, nil},
		{"doubled", func(_, m int) (string, bool) { return own(m / 2 * 2), true }, full(),
			[]string{"gives the same name (UIDL) to several messages, 6 in all"}, nil},
		{"changing per session", func(s, m int) (string, bool) { return fmt.Sprintf("%d-%d", s, m), true }, full(),
			nil, []string{"the source has given new numbers to messages that were carried before; 7 were recognised"}},
		{"longer than 70 characters", func(_, m int) (string, bool) { return strings.Repeat("x", 70) + own(m), true }, full(),
			[]string{"gives no usable name (UIDL) to 8 of its 8 messages"}, nil},
		{"with blanks", func(_, m int) (string, bool) { return "uid " + fmt.Sprint(m), true }, full(),
			[]string{"gives no usable name (UIDL) to 8 of its 8 messages"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			all := letters(7)
			all = append(all, all[4]) // a true duplicate stays one
			g := newStage(t, pop3server.Options{Capabilities: tc.caps, Names: tc.names, NoTop: tc.caps == nil}, all...)
			g.want(g.copy(), 0, append([]string{"Copied 8 messages"}, tc.words...)...)
			g.holds("INBOX", all...)
			g.want(g.copy(), 0, "Nothing new: looked at 8 messages")

			g.from.Remove(2)
			g.from.Add(letter(9))
			got := g.copy()
			g.want(got, 0, append([]string{"Copied 1 message,", "7  present"}, tc.again...)...)
			g.holds("INBOX", append(slices.Clone(all), letter(9))...)
		})
	}
}

// TestLists: a list that is malformed, or does not tell what STAT tells, ends the
// run before anything is copied. Nothing is left out silently.
func TestLists(t *testing.T) {
	for _, tc := range []struct {
		name, on, old, new string
		words              []string
	}{
		{"UIDL line without a name's number", "UIDL", "3 uid3", "uid3", []string{`UIDL line 3 "uid3" is malformed`}},
		{"UIDL line twice", "UIDL", "3 uid3", "2 uid3", []string{`UIDL line 3 "2 uid3" is malformed: it names a message for the second time`}},
		{"UIDL empty line", "UIDL", "3 uid3", "", []string{`UIDL line 3 "" is malformed`}},
		{"UIDL of a message that is not there", "UIDL", "5 uid5", "6 uid5", []string{`UIDL line 5 "6 uid5" is malformed: there are 5 messages`}},
		{"UIDL too short", "UIDL", "5 uid5\r\n", "", []string{"UIDL tells 4 messages, STAT 5"}},
		{"LIST line without a size", "LIST", "3 ", "3", []string{"LIST line 3 ", "is malformed"}},
		{"LIST size is no number", "LIST", "\r\n3 ", "\r\n3 x", []string{"LIST line 3 ", "the size is no number"}},
		{"LIST too short", "LIST", "\r\n5 ", "\r\n.\r\n5 ", []string{"LIST tells 4 messages, STAT 5"}},
		{"STAT tells too many", "STAT", "+OK 5 ", "+OK 6 ", []string{"UIDL tells 5 messages, STAT 6"}},
		{"STAT tells too few", "STAT", "+OK 5 ", "+OK 4 ", []string{`UIDL line 5 "5 uid5" is malformed: there are 4 messages`}},
		{"STAT is no number", "STAT", "+OK 5 ", "+OK five ", []string{"the server's answer to STAT is no POP3"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			g := newStage(t, pop3server.Options{Capabilities: full(), Answer: func(_ int, command, answer string) (string, bool) {
				if command == tc.on {
					answer = strings.Replace(answer, tc.old, tc.new, 1)
				}
				return answer, false
			}}, letters(5)...)
			g.want(g.copy(), 1, append(tc.words, "ry again later", "nothing was changed (exit 1)")...)
			g.holds("INBOX")
		})
	}
}

// TestSizesThatLie: what LIST says of sizes is the server's own affair.
func TestSizesThatLie(t *testing.T) {
	t.Parallel()
	g := newStage(t, pop3server.Options{Capabilities: full(), Answer: func(_ int, command, answer string) (string, bool) {
		if command == "LIST" {
			answer = strings.ReplaceAll(answer, " 3", " 7")
			answer = strings.Replace(answer, "\r\n2 ", "\r\n2 0", 1)
		}
		return answer, false
	}}, letters(5)...)
	g.want(g.copy(), 0, "Copied 5 messages")
	g.holds("INBOX", letters(5)...)
	g.wantAgain(5)
}

// TestNewestFirst: that order loses and doubles nothing either, whatever the names are.
func TestNewestFirst(t *testing.T) {
	for name, o := range map[string]pop3server.Options{
		"with UIDL":    {Capabilities: full()},
		"without UIDL": {Names: func(int, int) (string, bool) { return "", false }},
		"Gmail":        gmail(250),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const n = 600 // two pieces
			g := newStage(t, o, letters(n)...)
			g.want(g.copy("--newest-first"), 0, fmt.Sprintf("Copied %d messages", n))
			g.holds("INBOX", letters(n)...)
			g.from.Add(letter(n + 1))
			g.want(g.copy("--newest-first"), 0, "Copied 1 message,")
			g.holds("INBOX", letters(n+1)...)
		})
	}
}
