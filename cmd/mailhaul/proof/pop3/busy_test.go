package pop3

import (
	"flag"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/pop3server"
)

var patient = flag.Bool("patient", false, "also run what waits for half a minute")

// hold signs in at a server and keeps the maildrop until the test ends or let go.
func hold(t *testing.T, addr, user string) (letGo func()) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("USER " + user + "\r\nPASS " + mailtest.Password + "\r\nSTAT\r\n")); err != nil {
		t.Fatal(err)
	}
	for buf, said := make([]byte, 512), ""; strings.Count(said, "\r\n") < 4; {
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		said += string(buf[:n])
	}
	letGo = sync.OnceFunc(func() {
		conn.Write([]byte("QUIT\r\n"))
		io.Copy(io.Discard, conn)
		conn.Close()
	})
	t.Cleanup(letGo)
	return letGo
}

// TestLocked: another program holds the maildrop.
func TestLocked(t *testing.T) {
	t.Parallel()
	g := newStage(t, pop3server.Options{Capabilities: full(), Lock: true}, letters(3)...)
	letGo := hold(t, g.from.Addr, user)
	g.want(g.copy("--tries", "1"), 5, "[IN-USE] another session holds this maildrop",
		"hint: another mail program has this mailbox open: close it", "nothing was changed (exit 5)")
	letGo()
	g.want(g.copy("--tries", "2"), 0, "Copied 3 messages")
	g.wantAgain(3)
}

// TestLockedForAWhile: it is waited for.
func TestLockedForAWhile(t *testing.T) {
	if !*patient {
		t.Skip("waits for 30 seconds: -patient")
	}
	t.Parallel()
	g := newStage(t, pop3server.Options{Capabilities: full(), Answer: func(session int, command, answer string) (string, bool) {
		if session == 1 && strings.HasPrefix(command, "PASS") {
			answer = "-ERR Unable to lock maildrop: Mailbox is locked by POP server\r\n"
		}
		return answer, false
	}}, letters(3)...)
	g.want(g.copy(), 0, "another mail program has this mailbox open", "trying again in 30s", "Copied 3 messages")
}

// TestAnotherClient: another program fetches and deletes while we read.
func TestAnotherClient(t *testing.T) {
	t.Parallel()
	var once sync.Once
	g := newStage(t, pop3server.Options{Capabilities: full(), Meanwhile: func(s *pop3server.Server, _ int, command string) {
		if command == "RETR 2" {
			once.Do(func() { s.Remove(4) })
		}
	}, Answer: func(_ int, command, answer string) (string, bool) {
		if command == "RETR 4" {
			return "-ERR no such message\r\n", false
		}
		return answer, false
	}}, letters(6)...)
	g.want(g.copy(), 0, "Copied 5 messages", "1  vanished  gone from the source meanwhile")
	g.holds("INBOX", at(letters(6), 1, 2, 3, 5, 6)...)
	g.wantAgain(5)
}

// TestCutWhileItChanges: the line breaks, and in the next session the messages have
// other numbers: one is gone, others have come.
func TestCutWhileItChanges(t *testing.T) {
	t.Parallel()
	var changed, broke sync.Once
	g := newStage(t, pop3server.Options{Capabilities: []string{"UIDL", "TOP"}, Meanwhile: func(s *pop3server.Server, _ int, command string) {
		if command == "RETR 5" {
			changed.Do(func() {
				s.Remove(1)
				s.Add(letter(21), letter(22))
			})
		}
	}, Answer: func(_ int, command, answer string) (string, bool) {
		cut := false
		if command == "RETR 5" {
			broke.Do(func() { answer, cut = answer[:len(answer)/2], true })
		}
		return answer, cut
	}}, letters(9)...)
	g.want(g.copy(), 0, "All there")
	g.among("INBOX", letters(9)[1:]...)
	g.want(g.copy(), 0, "All there")
	g.holds("INBOX", append(letters(9), letter(21), letter(22))...)
}

// TestGrowing: mail comes in while we read. A session does not see it; the next one
// does.
func TestGrowing(t *testing.T) {
	t.Parallel()
	n := 100
	var mu sync.Mutex
	g := newStage(t, pop3server.Options{Capabilities: full(), Meanwhile: func(s *pop3server.Server, _ int, command string) {
		if strings.HasPrefix(command, "RETR ") {
			mu.Lock()
			defer mu.Unlock()
			if n < 110 {
				n++
				s.Add(letter(n))
			}
		}
	}}, letters(20)...)
	g.want(g.copy(), 0, "Copied 20 messages")
	g.want(g.copy(), 0, "Copied 10 messages", "20  present")
	all := letters(20)
	for i := 101; i <= 110; i++ {
		all = append(all, letter(i))
	}
	g.holds("INBOX", all...)
	g.wantAgain(30)
}

// TestEmpty: a maildrop without mail is no error, and the user learns where the mail
// may be.
func TestEmpty(t *testing.T) {
	t.Parallel()
	g := newStage(t, pop3server.Options{Capabilities: full()})
	g.want(g.copy(), 0, "There was no message to copy", "the maildrop is empty", "keep it on their own disk")
	g.want(g.run("check", g.source), 0, "0 messages")
	g.from.Add(letter(1))
	g.want(g.copy(), 0, "Copied 1 message,")
	if !slices.Equal(g.from.Bodies()[0], letter(1)) {
		t.Error("the maildrop was changed")
	}
}
