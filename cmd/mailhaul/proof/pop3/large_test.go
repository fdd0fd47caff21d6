package pop3

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/pop3server"
)

var (
	manyMessages = flag.Int("messages", 3000, "how many messages TestManyMessages has: 100000 takes some minutes")
	largeMessage = flag.Int64("large", 48, "how many MB the message of TestLargeMessage has: 1000 takes some minutes")
)

// most is how much memory the program may take, in bytes.
const most = 64 << 20

// bound is how long a run over n messages may take on a busy machine.
func bound(n int) time.Duration { return 20*time.Second + time.Duration(n)*5*time.Millisecond }

// TestManyMessages: time and memory stay within bounds, and what was carried is
// known from two lists alone.
func TestManyMessages(t *testing.T) {
	for _, tc := range []struct {
		name  string
		names func(session, message int) (string, bool)
	}{
		{"with UIDL", nil},
		{"without UIDL", func(int, int) (string, bool) { return "", false }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n := *manyMessages
			g := newStage(t, pop3server.Options{Capabilities: full(), Names: tc.names}, letters(n)...)
			got := g.copy()
			g.want(got, 0, fmt.Sprintf("Copied %s messages", grouped(n)))
			t.Logf("%d messages: %v, %d MiB", n, got.Took.Round(time.Millisecond), got.Peak>>20)
			if got.Took > bound(n) || got.Peak > most {
				t.Errorf("got %v and %d bytes, want at most %v and %d", got.Took, got.Peak, bound(n), most)
			}
			if there := g.mailbox().Messages(); there != n {
				t.Errorf("got %d messages there, want %d", there, n)
			}
			before := len(g.from.Commands())
			g.from.Add(letter(n + 1))
			again := g.copy()
			g.want(again, 0, "Copied 1 message,", grouped(n)+"  present")
			t.Logf("the next run: %v, %d MiB", again.Took.Round(time.Millisecond), again.Peak>>20)
			if asked := g.from.Commands()[before:]; tc.names == nil && len(asked) > 10 {
				t.Errorf("got %d commands for one new message, want at most 10: %.20q", len(asked), asked)
			}
			if again.Took > bound(n)/2 || again.Peak > most {
				t.Errorf("the next run: got %v and %d bytes, want at most %v and %d", again.Took, again.Peak, bound(n)/2, most)
			}
		})
	}
}

// grouped is a count as the program writes it.
func grouped(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// TestLargeMessage: a message of any size goes through a program that does not grow,
// and is there byte for byte.
func TestLargeMessage(t *testing.T) {
	s := mailtest.Shared(t, mailtest.DovecotOptions{})
	g := &stage{t: t, real: s, realUser: s.NewUser(), from: pop3server.Start(t, pop3server.Options{Capabilities: full()})}
	g.source, g.dest = clear("pop3", user, g.from.Addr), clear("imap", g.realUser, s.IMAP)
	g.open()
	size := *largeMessage << 20
	g.from.Add(letter(1))
	g.from.AddLarge(letter(2), size)
	g.from.Add(letter(3))
	got := g.copy()
	g.want(got, 0, "Copied 3 messages")
	t.Logf("%d MB: %v, %d MiB", *largeMessage, got.Took.Round(time.Millisecond), got.Peak>>20)
	if got.Peak > most {
		t.Errorf("got a peak of %d bytes, want at most %d", got.Peak, most)
	}
	entries := g.mailbox()["INBOX"]
	sizes := []int64{int64(len(letter(1))), entries[1].Size, int64(len(letter(3)))}
	lines := (size - int64(len(letter(2)))) / int64(len(pop3server.Filling))
	if want := int64(len(letter(2))) + lines*int64(len(pop3server.Filling)); sizes[1] != want || len(entries) != 3 {
		t.Errorf("got %d messages, the large one of %d bytes, want 3 and %d", len(entries), sizes[1], want)
	}
	g.want(g.run("verify", "--level", "bytes", g.source, g.dest), 0, "3 messages compared")
	g.wantAgain(3)
	if n := strings.Count(strings.Join(g.from.Commands(), "\n"), "RETR 2"); !slices.Contains([]int{2}, n) {
		t.Errorf("the large message was asked for %d times, want twice: by copy and by verify", n)
	}
}
