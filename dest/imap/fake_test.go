package imap

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
)

// answer is how a scripted server replies to the commands that a pattern fits:
// lines to send, "TAG" in them stands for the command's tag.
type answer struct {
	pattern string
	lines   []string
}

// scripted plays a server that knows LITERAL+ and answers as told, up to and
// with the last command of that form; everything else is OK. got answers the
// commands, without tags and bodies.
func scripted(t *testing.T, last string, answers ...answer) (addr string, got func() []string) {
	return played(t, "LITERAL+ UIDPLUS", last, func(tag, command string) []string { return reply(tag, command, answers) })
}

var literal = regexp.MustCompile(`\{(\d+)(\+?)\}$`)

// played is scripted with capabilities and answers that may change.
func played(t *testing.T, caps, last string, say func(tag, command string) []string) (addr string, got func() []string) {
	var mu sync.Mutex
	var commands []string
	addr = mailtest.Fake(t, func(c *mailtest.FakeConn) {
		c.Send("* OK [CAPABILITY IMAP4rev1 " + caps + "] ready")
		for {
			tag, command, _ := strings.Cut(c.Line(), " ")
			for m := literal.FindStringSubmatch(command); m != nil; m = literal.FindStringSubmatch(command) {
				if m[2] == "" {
					c.Send("+ go on")
				}
				n, _ := strconv.Atoi(m[1])
				c.Literal(n)
				command = strings.TrimSuffix(command, m[0]) + "{}" + c.Line()
			}
			mu.Lock()
			commands = append(commands, command)
			mu.Unlock()
			if strings.HasPrefix(command, "CAPABILITY") {
				c.Send("* CAPABILITY IMAP4rev1 "+caps, tag+" OK")
				continue
			}
			c.Send(say(tag, command)...)
			if regexp.MustCompile(last).MatchString(command) {
				c.Wait()
				return
			}
		}
	})
	return addr, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(commands)
	}
}

// leave ends a conversation whose last command is LOGOUT.
func leave(t *testing.T, d transfer.Dest) {
	t.Helper()
	if err := plain(d).conn.Do(t.Context(), "LOGOUT"); err != nil {
		t.Error(err)
	}
}

func reply(tag, command string, answers []answer) []string {
	for _, a := range answers {
		if regexp.MustCompile(a.pattern).MatchString(command) {
			var out []string
			for _, line := range a.lines {
				out = append(out, strings.ReplaceAll(line, "TAG", tag))
			}
			return out
		}
	}
	if strings.HasPrefix(command, "SELECT") {
		return []string{"* 0 EXISTS", "* OK [UIDVALIDITY 1]", "* OK [UIDNEXT 1]", `* OK [PERMANENTFLAGS (\Seen \*)]`, tag + " OK [READ-WRITE] there"}
	}
	return []string{tag + " OK"}
}

var listing = answer{`^LIST`, []string{`* LIST () "/" INBOX`, `* LIST () "/" Work`, "TAG OK"}}

// A server that tells no case apart takes "work" for the "Work" it has. Then
// the name is refused, for two folders must not become one unnoticed.
func TestFolderOfOtherCaseIsNotTaken(t *testing.T) {
	addr, _ := scripted(t, `^SELECT "new"`, listing, answer{`^CREATE`, []string{"TAG NO [ALREADYEXISTS] there"}})
	d := open(t, addr, "u1")
	_, err := d.Open(t.Context(), transfer.Folder{Path: []string{"work"}})
	var name *NameError
	if !errors.As(err, &name) || !transfer.Permanent(err) {
		t.Errorf("got error %v, want a refused name", err)
	}
	if _, err := d.Open(t.Context(), transfer.Folder{Path: []string{"new"}}); err != nil {
		t.Errorf("a folder made meanwhile by somebody else: %v", err)
	}
}

// The form of APPEND is that of RFC 9051 section 6.3.12, to the blank: go-imap's
// server closes the connection at a second one.
func TestAppendCommandForm(t *testing.T) {
	day := time.Date(2003, 1, 6, 7, 8, 9, 0, time.UTC)
	addr, commands := scripted(t, `^APPEND "Box" \(\\Seen\) "`, listing, answer{`^APPEND`, []string{"TAG OK [APPENDUID 1 5]"}})
	d := open(t, addr, "u1")
	var letters []*transfer.Letter
	for i, l := range some(1, 4) {
		l.Flags, l.Date = nil, time.Time{}
		if i&1 > 0 {
			l.Flags = []transfer.Flag{transfer.Seen}
		}
		if i&2 > 0 {
			l.Date = day
		}
		letters = append(letters, l)
	}
	if _, err := send(t, d, letters); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range commands() {
		if strings.HasPrefix(c, "APPEND") {
			got = append(got, c)
		}
	}
	want := []string{
		`APPEND "Box" {}`, `APPEND "Box" (\Seen) {}`,
		`APPEND "Box" " 6-Jan-2003 07:08:09 +0000" {}`, `APPEND "Box" (\Seen) " 6-Jan-2003 07:08:09 +0000" {}`,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Replies come in any order (RFC 3501 section 5.5): one to a command of before
// is none of those that APPEND waits for.
func TestAppendWithLateReplyToAnotherCommand(t *testing.T) {
	for _, caps := range []string{"ID UIDPLUS LITERAL+", "ID UIDPLUS"} {
		t.Run(caps, func(t *testing.T) {
			id := ""
			addr, _ := played(t, caps, `^APPEND`, func(tag, command string) []string {
				switch {
				case strings.HasPrefix(command, "ID"):
					id = tag
					return nil
				case strings.HasPrefix(command, "APPEND"):
					return []string{id + " OK late", tag + " OK [APPENDUID 1 5] stored"}
				}
				return reply(tag, command, []answer{listing})
			})
			d := open(t, addr, "u1")
			defer time.AfterFunc(5*time.Second, func() { d.Close() }).Stop() // rather than wait for ever
			rs, err := send(t, d, some(1, 1))
			if err != nil || len(rs) != 1 || rs[0].Err != nil || rs[0].UID != 5 {
				t.Errorf("got %+v, %v, want the receipt with UID 5", rs, err)
			}
		})
	}
}
