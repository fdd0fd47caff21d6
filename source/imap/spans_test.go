package imap

import (
	"fmt"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

// oneByOne is a list with each message of a span by itself.
func oneByOne(list iter.Seq2[transfer.Message, error]) iter.Seq2[transfer.Message, error] {
	return func(yield func(transfer.Message, error) bool) {
		for m, err := range list {
			low, _ := transfer.Number(m.ID)
			high := max(m.Upto, low)
			m.Upto = 0
			for n := low; n < high; n++ {
				m.ID = transfer.ID(n)
				if !yield(m, err) {
					return
				}
			}
			if err == nil {
				m.ID = transfer.ID(high)
			}
			if !yield(m, err) {
				return
			}
		}
	}
}

// since is the INBOX of a session, with what was there when it held n messages.
func since(t *testing.T, s *Source, n int) transfer.Folder {
	t.Helper()
	fs, err := s.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fs[0].Since = fmt.Sprintf("5/%d/%d/50", n+1, n)
	return fs[0]
}

// A million messages of which one is new and one has changed are a list of what is
// new, what has changed, some witnesses and two spans.
func TestListOfAMillionIsShort(t *testing.T) {
	const n = 1_000_000
	server := &recalled{n: n, next: n + 1, modSeq: 60, opened: fmt.Sprintf("* OK [UIDNEXT %d] x\r\n* OK [HIGHESTMODSEQ 60] x\r\n", n+1)}
	s := open(t, refusing(t, server, ""), "anna")
	f := since(t, s, n-1)
	asked, listed, there := len(server.asked), 0, 0
	for m, err := range s.List(t.Context(), f, "") {
		if err != nil {
			t.Fatal(err)
		}
		listed++
		low, _ := transfer.Number(m.ID)
		there += int(max(m.Upto, low)-low) + 1
	}
	if asked = len(server.asked) - asked; there != n || listed > 2*witnesses || asked > 6 {
		t.Errorf("got %d messages in a list of %d after %d commands, want %d in %d after 6 at most: %q", there, listed, asked, n, 2*witnesses, server.asked[:min(len(server.asked), 12)])
	}
	for m, err := range s.List(t.Context(), f, "500") { // goes on in the middle of a span
		if err != nil || m.ID != "501" || m.Upto != n-1-witnesses {
			t.Errorf("after 500: got %+v, %v, want the rest of a span", m, err)
		}
		break
	}
}

var changedSince = regexp.MustCompile(`^UID FETCH (\d+):(\d+) .*CHANGEDSINCE`)

// Where more has changed than one piece of a list can hold, it comes in many.
func TestListOfManyChanges(t *testing.T) {
	const n = 2*maxSlice + 100
	server := &recalled{n: n, next: n + 1, modSeq: 60, opened: fmt.Sprintf("* OK [UIDNEXT %d] x\r\n* OK [HIGHESTMODSEQ 60] x\r\n", n+1)}
	s := open(t, serveAs(t, func(command string) (lines, end string) {
		if m := changedSince.FindStringSubmatch(command); m != nil {
			var all strings.Builder
			from, _ := strconv.Atoi(m[1])
			to, _ := strconv.Atoi(m[2])
			for uid := from; uid <= to; uid++ {
				fmt.Fprintf(&all, "* %d FETCH (UID %d MODSEQ (60) FLAGS (new) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 5)\r\n", uid, uid)
			}
			return all.String(), "OK done"
		}
		lines, code := server.answer(command)
		return lines, "OK " + code + " done"
	}, "CONDSTORE ESEARCH"), "anna")
	listed := 0
	for m, err := range s.List(t.Context(), since(t, s, n), "") {
		if listed++; err != nil || m.ID != fmt.Sprint(listed) || m.Brief != 0 || m.Upto != 0 {
			t.Fatalf("number %d: got %+v, %v, want it told in full", listed, m, err)
		}
	}
	if listed != n {
		t.Errorf("got %d messages, want %d", listed, n)
	}
}
