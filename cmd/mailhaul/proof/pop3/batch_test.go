package pop3

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest/imapserver"
	"github.com/mailhaul/mailhaul/internal/mailtest/pop3server"
)

// gmail shows batch messages in a session, and hides what a session has fetched that
// said QUIT.
func gmail(batch int) pop3server.Options {
	return pop3server.Options{Capabilities: []string{"USER", "UIDL", "TOP", "RESP-CODES", "PIPELINING"}, Greeting: "Gpop ready for requests from 127.0.0.1 abc", Batch: batch}
}

// TestGmailBatches: one run brings all of it, however many sessions that takes, and
// what comes in later.
func TestGmailBatches(t *testing.T) {
	t.Parallel()
	g := newStage(t, gmail(10), letters(45)...)
	got := g.copy()
	g.want(got, 0, "Copied 45 messages", "45  messages in 1 folder", "Gmail shows some 250 messages at a time over POP3", "this provider has IMAP, too, at imap.gmail.com")
	g.holds("INBOX", letters(45)...)
	if n := strings.Count(strings.Join(g.from.Commands(), "\n"), "RETR "); n != 45 {
		t.Errorf("got %d RETR, want one for each message", n)
	}
	g.want(g.copy(), 0, "There was no message to copy", "shows nothing that was not fetched before")
	g.from.Add(letter(46))
	g.want(g.copy(), 0, "Copied 1 message,")
	g.holds("INBOX", letters(46)...)
}

// TestGmailKilled: what a run had fetched when it ended is shown again, and no message
// hides the others behind it.
func TestGmailKilled(t *testing.T) {
	t.Parallel()
	g := newStage(t, gmail(10), letters(25)...)
	g.to.Break(imapserver.Fault{On: "APPEND", With: "Subject: letter 15\r\n", Times: imapserver.Always, Say: "NO [OVERQUOTA] full"})
	g.want(g.copy(), 6, "[OVERQUOTA] full")
	if n := strings.Count(strings.Join(g.from.Commands(), "\n"), "QUIT"); n != 1 {
		t.Errorf("QUIT was said %d times, want once: after the first ten", n)
	}
	g.to.Mend()
	g.want(g.copy(), 0, "messages in 1 folder")
	g.holds("INBOX", letters(25)...)
}

// TestGmailLooksHideNothing: plan, verify and check fetch, and let nothing be hidden.
func TestGmailLooksHideNothing(t *testing.T) {
	t.Parallel()
	g := newStage(t, gmail(10), letters(8)...)
	g.want(g.run("plan", g.source, g.dest), 0, "8 messages to copy")
	g.want(g.run("check", g.source), 0, "8 messages")
	g.want(g.run("verify", "--level", "bytes", g.source, g.dest), 9, "8  missing")
	g.want(g.copy(), 0, "Copied 8 messages")
	g.holds("INBOX", letters(8)...)
}

// TestGmailRefused: what the destination refuses is not hidden, and does not keep the
// others from coming.
func TestGmailRefused(t *testing.T) {
	t.Parallel()
	g := newStage(t, gmail(10), letters(25)...)
	g.to.Break(imapserver.Fault{On: "APPEND", With: "Subject: letter 3\r\n", Times: imapserver.Always, Say: "NO [CANNOT] virus found"})
	g.want(g.copy(), 3, "Copied 24 messages", "1  refused", "virus found", "Nothing of what it shows now (1 message) could be copied")
	g.holds("INBOX", append(letters(2), letters(25)[3:]...)...)
	g.to.Mend()
	g.want(g.copy(), 0, "Copied 1 message,")
	g.holds("INBOX", letters(25)...)
}

// TestGmailRecent: as user recent:NAME the last mail is shown always, and one session
// is all there is.
func TestGmailRecent(t *testing.T) {
	t.Parallel()
	g := newStage(t, gmail(50), letters(8)...)
	g.source = clear("pop3", "recent:anna@gmail.com", g.from.Addr)
	g.want(g.copy(), 0, "Copied 8 messages")
	g.wantAgain(8)
	if n := g.from.Sessions(); n != 2 {
		t.Errorf("got %d sessions in two runs, want 2", n)
	}
}

// TestGmailRefusedAndGone: what was refused at first and is not shown afterwards is no
// reason to say that all is there.
func TestGmailRefusedAndGone(t *testing.T) {
	t.Parallel()
	o := gmail(10)
	o.Meanwhile = func(s *pop3server.Server, session int, command string) {
		if session == 2 && command == "GREETING" {
			s.Remove(3)
		}
	}
	g := newStage(t, o, letters(25)...)
	g.to.Break(imapserver.Fault{On: "APPEND", With: "Subject: letter 3\r\n", Times: imapserver.Always, Say: "NO [CANNOT] virus found"})
	g.want(g.copy(), 3, "Copied 24 messages", "1  refused", "virus found")
}

// TestGmailHangsUpAtQuit: whether a part is hidden or shown once more, the run goes on.
func TestGmailHangsUpAtQuit(t *testing.T) {
	for name, hides := range map[string]bool{"hidden": true, "shown again": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var struck atomic.Int32 // the session in which it happens
			o := gmail(10)
			o.KeepAtQuit = func(session int) bool { return !hides && struck.CompareAndSwap(0, int32(session)) }
			o.Answer = func(session int, command, answer string) (string, bool) {
				if command == "QUIT" && (struck.Load() == int32(session) || hides && struck.CompareAndSwap(0, int32(session))) {
					return "", true
				}
				return answer, false
			}
			g := newStage(t, o, letters(25)...)
			g.want(g.copy(), 0, "Copied 25 messages", "25  messages in 1 folder")
			g.holds("INBOX", letters(25)...)
			if struck.Load() == 0 {
				t.Error("no QUIT was said")
			}
			g.want(g.copy(), 0, "There was no message to copy")
		})
	}
}
