package pop3

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mailhaul/mailhaul/cmd/mailhaul/proof"
	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/internal/mailtest/pop3server"
)

// emptying is the flag that asks for it.
var emptying = []string{"--delete-source", "after-verify"}

// atTerminal runs copy --delete-source at a terminal, where a person types answer
// when the program asks. "" types nothing: there must be no question.
func (g *stage) atTerminal(answer string, flags ...string) proof.End {
	g.t.Helper()
	args := slices.Concat([]string{"copy"}, emptying, flags, []string{g.source, g.dest})
	cmd := proof.Command{Args: args, Home: g.home}.Prepare(g.t.Context(), g.t)
	cmd.Env = append(cmd.Env, "TERM=dumb", "NO_COLOR=1")
	term := mailtest.AtTerminal(g.t, cmd)
	if answer != "" {
		term.Wait("to delete them: ")
		term.Type(answer)
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		g.t.Fatal(err)
	}
	term.WaitForEnd()
	said := strings.ReplaceAll(term.Shown(), "\r\n", "\n")
	if answer == "" && strings.Contains(said, "to delete them: ") {
		g.t.Errorf("there was a question:\n%s", said)
	}
	g.note(args, said, cmd.ProcessState.ExitCode())
	return proof.End{Exit: cmd.ProcessState.ExitCode(), Stdout: said}
}

// left checks which letters are still in the maildrop.
func (g *stage) left(numbers ...int) {
	g.t.Helper()
	var got []int
	for i := range 20 {
		if slices.ContainsFunc(g.from.Bodies(), func(b []byte) bool { return string(b) == string(letter(i+1)) }) {
			got = append(got, i+1)
		}
	}
	if !slices.Equal(got, numbers) {
		g.t.Errorf("got the letters %v left in the maildrop, want %v", got, numbers)
	}
}

// deletions counts DELE commands.
func (g *stage) deletions() int {
	return strings.Count(strings.Join(g.from.Commands(), "\n"), "DELE ")
}

// TestTypedConfirmation: only the number of messages, typed at the question, deletes
// them.
func TestTypedConfirmation(t *testing.T) {
	t.Parallel()
	g := newStage(t, pop3server.Options{Capabilities: full(), Lock: true}, letters(5)...)
	for i, answer := range []string{"y", "yes", " ", "4", "05"} {
		got := g.atTerminal(answer)
		words := []string{"5 messages of " + g.source, "were read at the destination just now and are there, byte for byte", "Type 5 to delete them: ", "Nothing was deleted at the source."}
		if i == 0 {
			words = append(words, "Copied 5 messages")
		}
		g.want(got, 0, words...)
		g.left(1, 2, 3, 4, 5)
	}
	if n := g.deletions(); n != 0 {
		t.Errorf("got %d DELE without a yes, want none", n)
	}
	g.want(g.atTerminal("5"), 0, "Deleted 5 messages at the source, each proved to be at the destination.")
	g.left()
	g.holds("INBOX", letters(5)...)
	g.want(g.atTerminal(""), 0, "There was nothing to delete at the source.")
	g.holds("INBOX", letters(5)...)
}

// TestOnlyWhatIsProved: what the user has deleted or changed at the destination, and
// what is there by another way, stays at the source.
func TestOnlyWhatIsProved(t *testing.T) {
	t.Parallel()
	other := append([]byte("Received: by another.example; x\r\n"), letter(5)...)
	g := newStage(t, pop3server.Options{Capabilities: full()}, letters(6)...)
	g.to.Put(user, []mailtest.Mail{{Folder: []string{"INBOX"}, Bytes: other}})
	g.want(g.copy(), 0, "Copied 5 messages", "1  adopted")
	g.to.Expunge(user, "INBOX", g.entry("INBOX", letter(2)).UID)
	g.from.Add(letter(7))
	g.want(g.atTerminal("5"), 0, "Copied 1 message,", "5 messages of "+g.source, "Deleted 5 messages at the source",
		"1  stay: not where they were put at the destination: you have moved or deleted them there",
		"1  stay: at the destination by another way, with other Received lines or the like: not the same bytes")
	g.left(2, 5)
}

// TestMaxDelete bounds it; the next run goes on.
func TestMaxDelete(t *testing.T) {
	t.Parallel()
	g := newStage(t, pop3server.Options{Capabilities: full()}, letters(5)...)
	g.want(g.atTerminal("2", "--max-delete", "2"), 8, "Type 2 to delete them", "Deleted 2 messages at the source", "3  may be deleted, too: --max-delete kept them", "--max-delete was reached",
		"5 messages copied, which stay; 2 messages deleted at the source, and nothing else (exit 8)")
	if n := len(g.from.Bodies()); n != 3 {
		t.Errorf("got %d messages left, want 3", n)
	}
	g.want(g.atTerminal("3", "--max-delete", "3"), 0, "Deleted 3 messages at the source")
	g.left()
	g.holds("INBOX", letters(5)...)
}

// TestQuitIsNotConfirmed: a server that answers QUIT with anything but +OK may have
// deleted some of it or nothing. It is said, the journal waits, and the next run looks
// what is left.
func TestQuitIsNotConfirmed(t *testing.T) {
	for _, tc := range []struct {
		name, quit string
		deletes    bool // the server deletes all the same
		words      []string
	}{
		{"-ERR and deleted", "-ERR [SYS/TEMP] some messages not deleted\r\n", true, []string{"the server may not have deleted all of what it was to delete", "some messages not deleted"}},
		{"-ERR and not deleted", "-ERR some deleted messages not removed\r\n", false, []string{"the server may not have deleted all of what it was to delete"}},
		{"hangs up and not deleted", "", false, []string{"the server hung up"}},
		{"hangs up and deleted", "", true, []string{"the server hung up"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var broken atomic.Bool
			broken.Store(true)
			deleting := map[int]bool{}
			g := newStage(t, pop3server.Options{Capabilities: full(), KeepAtQuit: func(session int) bool { return broken.Load() && !tc.deletes }, Answer: func(session int, command, answer string) (string, bool) {
				if strings.HasPrefix(command, "DELE") {
					deleting[session] = true
				}
				if command == "QUIT" && deleting[session] && broken.Load() {
					return tc.quit, tc.quit == ""
				}
				return answer, false
			}}, letters(4)...)
			got := g.atTerminal("4", "--tries", "1")
			g.want(got, 5, append(tc.words, "The server did not say whether it has deleted 4 messages: the next run looks.",
				"4 messages copied, which stay; 4 messages of the source may be deleted there; all of them are at the destination (exit 5)")...)
			if strings.Contains(got.Stdout, "Deleted 4") || strings.Contains(got.Stdout, "nothing to delete") {
				t.Errorf("it says more than it knows:\n%s", got.Stdout)
			}
			broken.Store(false)
			if tc.deletes {
				g.left()
				g.want(g.atTerminal(""), 0, "There was nothing to delete at the source.")
			} else {
				g.left(1, 2, 3, 4)
				g.want(g.atTerminal("4"), 0, "Deleted 4 messages at the source")
			}
			g.left()
			g.holds("INBOX", letters(4)...)
			g.want(g.run("undo", "--dry-run", g.source, g.dest), 2, "this job has deleted 4 messages at the source")
			g.from.Add(letter(5))
			g.want(g.copy(), 0, "Copied 1 message,")
			g.holds("INBOX", letters(5)...)
		})
	}
}

// TestDeletedAndRefused: what was refused stays, and what was deleted is told with it.
func TestDeletedAndRefused(t *testing.T) {
	t.Parallel()
	g := newStage(t, pop3server.Options{Capabilities: full(), Answer: func(_ int, command, answer string) (string, bool) {
		if command == "RETR 2" {
			answer = "-ERR [SYS/PERM] this message is corrupt\r\n"
		}
		return answer, false
	}}, letters(3)...)
	g.want(g.atTerminal("2"), 3, "1  refused", "1  stay: not at the destination yet", "2 messages copied, which stay; 2 messages deleted at the source, and nothing else (exit 3)")
	g.left(2)
}
