package imapconn

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
)

// Each limit ends the session with an error that says which, and does not let
// the server be asked again.
func TestLimits(t *testing.T) {
	rep := strings.Repeat
	count := func(n int, line func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(line(i))
		}
		return b.String()
	}
	for _, tc := range []struct{ name, answer, want string }{
		{"nesting", "* 1 FETCH (UID 1 X " + rep("(", maxDepth+1) + rep(")", maxDepth+1) + ")\r\n", "nested more than"},
		{"lines of a reply", "* 1 FETCH (UID 1 X (" + rep("{0}\r\n ", maxResponse) + "))\r\n", "a reply of more than 10000 lines"},
		{"a flag", "* 1 FETCH (UID 1 FLAGS (" + rep("a", maxFlag+1) + "))\r\n", "flags of a message"},
		{"flags", "* 1 FETCH (UID 1 FLAGS (" + rep("abcde ", 300) + "))\r\n", "flags of a message"},
		{"requests to go on", rep("+\r\n", maxStray+1), "requests to go on"},
		{"unwanted replies", rep("* LSUB () \"/\" a\r\n", maxUnwanted+1), "nobody has asked for"},
		{"blank lines", rep("\r\n", maxUnwanted+1), "nobody has asked for"},
		{"stray tags", rep("x OK\r\n", maxUnwanted+1), "nobody has asked for"},
		{"replies", rep("* 1 EXISTS\r\n", maxReplies+1), "replies to one command"},
		{"capabilities", "* CAPABILITY" + rep(" a", maxCaps/2+1) + "\r\n", "bytes of capabilities"},
		{"messages", fmt.Sprintf("* %d EXISTS\r\n", maxExists+1), "a folder of 20000001 messages"},
		{"a literal", "* 1 FETCH (UID 1 X {2147483649}\r\n", "a literal of 2147483649 bytes"},
		{"digits of a literal", "* 1 FETCH (UID 1 X {99999999999999999999}\r\n", "a literal of 99999999999999999999 bytes"},
		{"a name", "* LIST () \"/\" " + rep("a", maxName+1) + "\r\n", "a folder name of"},
		{"names", rep("* LIST () \"/\" "+rep("a/", 4000)+"\r\n", maxListing/(4000*(perLevel+2))+1), "folder names of more than"},
		{"folders", count(maxFolders+1, func(i int) string { return fmt.Sprintf("* LIST () \"/\" %d\r\n", i) }), "more than 100000 folders"},
		{"statuses", count(maxFolders+1, func(i int) string { return fmt.Sprintf("* STATUS %d (MESSAGES 1)\r\n", i) }), "more than 100000 folders"},
		{"namespaces", rep("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n", maxNamespaces+1), "more than 100 namespaces"},
		{"a search", "* SEARCH" + rep(" 1234567890", maxSearch/11+10_000) + "\r\n", "a SEARCH of more than"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if len(tc.answer) > 16<<20 && testing.Short() {
				t.Skip("much to send")
			}
			c := inside(t, "", func(string) string { return tc.answer + "$ OK\r\n" })
			err := c.Within(t.Context(), func() error {
				l := &listing{status: make(map[Name]Status)}
				all := func(r *reader, n uint32, kind string, rep *Reply) (bool, error) {
					switch kind {
					case "LIST", "STATUS":
						return l.take(r, n, kind, rep)
					case "NAMESPACE":
						return l.takeNamespace(r, n, kind, rep)
					case "FETCH":
						var it Item
						return true, r.fetch(&it, nil)
					}
					return false, nil
				}
				return c.Wait(c.queue(all, "X"))
			})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want %q", err, tc.want)
			}
			var lasting interface{ Permanent() bool }
			if lies := errors.Is(err, errMalformed); !lies && (!errors.As(err, &lasting) || !lasting.Permanent()) {
				t.Errorf("got %v, which may pass, want one that lasts", err)
			}
		})
	}
}

// What is large but real gets through.
func TestLimitsLeaveRoom(t *testing.T) {
	const folders, messages = 50_000, 1_000_000
	c := inside(t, "", func(command string) string {
		var b strings.Builder
		switch {
		case strings.HasPrefix(command, "LIST"):
			for i := range folders {
				fmt.Fprintf(&b, "* LIST (\\HasNoChildren \\Marked) \"/\" \"Archive/2024/Projects and customers/%06d and its mail\"\r\n", i)
			}
		case strings.HasPrefix(command, "UID SEARCH"):
			b.WriteString("* SEARCH")
			for i := range messages {
				fmt.Fprintf(&b, " %d", 1_000_000+i)
			}
			b.WriteString("\r\n")
		case strings.HasPrefix(command, "UID FETCH 1:3"):
			fmt.Fprintf(&b, "* 1 FETCH (UID 1 BODY[HEADER] {1000004}\r\n%s\r\n\r\n)\r\n", strings.Repeat("a", 1_000_000))
		}
		return b.String() + "$ OK done\r\n"
	})
	tree, err := c.Folders(t.Context(), false)
	if err != nil || len(tree.Folders) < folders {
		t.Fatalf("got %v, want %d folders", err, folders)
	}
	found := 0
	err = c.Within(t.Context(), func() error {
		return c.Wait(c.queue(func(r *reader, _ uint32, kind string, _ *Reply) (bool, error) {
			return kind == "SEARCH", r.numbers(func(uid uint32) {
				if uid == uint32(1_000_000+found) {
					found++
				}
			})
		}, "UID SEARCH ALL"))
	})
	if err != nil || found != messages {
		t.Errorf("got %d numbers, %v, want %d", found, err, messages)
	}
	length := 0
	err = c.Within(t.Context(), func() error {
		return c.Wait(c.QueueFetch("1:3", "(BODY.PEEK[HEADER])", func(it *Item) { length = len(it.Header) }))
	})
	if err != nil || length != 1_000_004 {
		t.Errorf("got a header of %d bytes, %v, want 1000004", length, err)
	}
}

// Literals that nobody wants are skipped, but not for ever.
func TestUnwantedLiterals(t *testing.T) {
	var n noise
	if err := n.skip(maxSkipped); err != nil {
		t.Errorf("got %v for %d bytes, want nil", err, maxSkipped)
	}
	if err := n.skip(1); err == nil {
		t.Errorf("got no error for %d bytes, want one", maxSkipped+1)
	}
}

// A server that only says that it is there is left in the end.
func TestNothingWantedForLong(t *testing.T) {
	c := inside(t, "", func(string) string { return silence })
	c.in.idle = time.Now().Add(-maxIdle*10*time.Second - time.Second)
	var e *dial.Error
	if err := c.unwanted("OK"); !errors.As(err, &e) || e.Kind != dial.Timeout {
		t.Errorf("got %v, want a timeout", err)
	}
	c.in.idle = time.Now().Add(-time.Minute)
	if err := c.unwanted("OK"); err != nil {
		t.Errorf("got %v after a minute, want nil", err)
	}
}

// A text much longer than its announced size is not taken: there may be no end.
func TestTextLongerThanSaid(t *testing.T) {
	c := inside(t, "", func(string) string { return "* 1 FETCH (UID 1 RFC822.SIZE 100 BODY[] {16777617}\r\n" + noTag })
	err := c.Bodies(t.Context(), []Want{{UID: 1, Size: 100}}, func(Body) bool { return true })
	if !errors.Is(err, errMalformed) {
		t.Errorf("got %v, want %v", err, errMalformed)
	}
}

// Bodies whose UID comes last wait in memory only as far as there is room.
func TestAnonymousBodiesAreBounded(t *testing.T) {
	b := &bulk{c: &Conn{}, wants: []Want{{UID: 1}, {UID: 2}}, index: map[uint32]int{1: 0, 2: 1}, held: make(map[int]Body), heldBytes: maxHeld}
	b.anonymous = &Body{Size: 1}
	if err := b.named(&Item{UID: 2, Size: 1}); err != nil || len(b.held) != 0 {
		t.Errorf("got %v and %d kept, want none", err, len(b.held))
	}
}

// Nobody can answer a command before it was given.
func TestTagsCannotBeGuessed(t *testing.T) {
	seen := make(map[uint32]bool)
	for range 3 {
		seen[inside(t, "", func(string) string { return silence }).tags] = true
	}
	if len(seen) != 3 {
		t.Errorf("got %d different beginnings in 3 sessions, want 3", len(seen))
	}
}
