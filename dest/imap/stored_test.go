package imap

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
)

// lister is a server with a folder of messages, whose first lists are wrong.
type lister struct {
	uids  []int
	limit int                       // messages in one answer
	spoil []func([]string) []string // what becomes of the first lists, one after the other
	lists int
	// search is what it answers when it is asked which UIDs there are, without the
	// tag; nil refuses.
	search func() []string
}

var listed = regexp.MustCompile(`^(UID )?FETCH (\d+)(?::(\d+|\*))? \((.*)\)$`)

func (l *lister) say(tag, command string) []string {
	m := listed.FindStringSubmatch(command)
	switch {
	case strings.HasPrefix(command, "SELECT"):
		return append([]string{fmt.Sprintf("* %d EXISTS", len(l.uids))}, reply(tag, command, nil)[1:]...)
	case strings.HasPrefix(command, "UID SEARCH UID") && strings.HasSuffix(command, ":*"):
		if l.search == nil {
			return []string{tag + " NO"}
		}
		return append(l.search(), tag+" OK")
	case strings.HasPrefix(command, "UID SEARCH"):
		return []string{"* SEARCH " + strings.Trim(fmt.Sprint(l.uids), "[]"), tag + " OK"}
	case m == nil:
		return reply(tag, command, []answer{listing})
	case strings.Contains(m[4], "HEADER"):
		return append(l.fetch(m, " RFC822.SIZE 7 BODY[HEADER.FIELDS (SUBJECT)] \"Subject: x\""), tag+" OK")
	case m[1] == "":
		return append(l.fetch(m, ""), tag+" OK")
	}
	lines := append(l.fetch(m, ""), tag+" OK")
	if over := len(lines) - 1 - l.limit; l.limit > 0 && over > 0 {
		uid := regexp.MustCompile(`UID (\d+)`).FindStringSubmatch(lines[over])[1]
		lines = append(lines[over:len(lines)-1], fmt.Sprintf("%s OK [MESSAGELIMIT %d %s]", tag, l.limit, uid))
	}
	if l.lists++; l.lists <= len(l.spoil) {
		lines = l.spoil[l.lists-1](lines)
	}
	return lines
}

// fetch answers the messages of a set, which is one range or number.
func (l *lister) fetch(m []string, items string) (lines []string) {
	from, _ := strconv.Atoi(m[2])
	to, _ := strconv.Atoi(m[3])
	if m[3] == "" {
		to = from
	}
	for i, uid := range l.uids {
		at := uid
		if m[1] == "" {
			at = i + 1
		}
		if at >= from && (at <= to || m[3] == "*") || m[3] == "*" && i == len(l.uids)-1 {
			lines = append(lines, fmt.Sprintf("* %d FETCH (UID %d%s)", i+1, uid, items))
		}
	}
	return lines
}

// drop leaves out the line with that number.
func drop(i int) func([]string) []string {
	return func(lines []string) []string { return slices.Delete(lines, i, i+1) }
}

// refuse ends the list with NO.
func refuse(lines []string) []string {
	tag, _, _ := strings.Cut(lines[len(lines)-1], " ")
	return []string{lines[0], tag + " NO [EXPUNGEISSUED] Some of the requested messages no longer exist"}
}

func asItIs(lines []string) []string { return lines }

// A message that the list leaves out would be sent again, and be there twice.
func TestStoredIsWholeOrAnError(t *testing.T) {
	uids := []int{3, 4, 8, 9}
	type spoil = func([]string) []string
	first := func(lines []string) []string { // the first one goes, by another client
		return slices.Insert(lines, len(lines)-1, "* 1 EXPUNGE", "* 3 EXISTS")
	}
	tests := []struct {
		name  string
		from  uint32
		spoil []spoil
		limit int
		want  string
		lists int
	}{
		{"all at once", 1, nil, 0, "[3 4 8 9]", 1},
		{"one left out", 1, []spoil{drop(1)}, 0, "[3 4 8 9]", 2},
		{"the first left out", 1, []spoil{drop(0)}, 0, "[3 4 8 9]", 2},
		{"the last left out", 1, []spoil{drop(3)}, 0, "[3 4 8 9]", 2},
		{"one and then another", 1, []spoil{drop(1), drop(2)}, 0, "[3 4 8 9]", 2},
		{"the same twice", 1, []spoil{drop(1), drop(1)}, 0, "error", 2},
		{"refused", 1, []spoil{refuse}, 0, "[3 4 8 9]", 2},
		{"refused twice", 1, []spoil{refuse, refuse}, 0, "error", 2},
		{"the upper part", 4, nil, 0, "[4 8 9]", 1},
		{"the upper part without its first", 4, []spoil{drop(0)}, 0, "[4 8 9]", 2},
		{"the upper part without its first, twice", 4, []spoil{drop(0), drop(0)}, 0, "error", 2},
		{"nothing", 10, nil, 0, "[]", 1},
		{"nothing, and not a word of it", 10, []spoil{drop(0)}, 0, "[]", 1},
		{"the last, and not a word of it", 9, []spoil{drop(0)}, 0, "[9]", 2},
		{"in pieces", 1, nil, 2, "[3 4 8 9]", 2},
		{"in pieces of one", 3, nil, 1, "[3 4 8 9]", 4},
		{"in pieces, one left out", 1, []spoil{asItIs, drop(0)}, 2, "[3 4 8 9]", 4},
		{"one more comes meanwhile", 1, []spoil{func(lines []string) []string {
			return slices.Insert(lines, len(lines)-1, "* 5 EXISTS")
		}}, 0, "[3 4 8 9]", 1},
		{"one goes meanwhile, every time", 1, []spoil{first, first}, 0, "error", 2},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			l := &lister{uids: uids, spoil: tc.spoil, limit: tc.limit}
			addr, commands := played(t, "", `^LOGOUT`, l.say)
			got, err := stored(t, open(t, addr, "u1"), tc.from)
			if err != nil && !transfer.Permanent(err) {
				got = "error"
			}
			lists := listsIn(commands())
			if got != tc.want || lists != tc.lists {
				t.Errorf("from %d: got %s after %d lists, %v, want %s after %d", tc.from, got, lists, err, tc.want, tc.lists)
			}
		})
	}
}

var oneByOne = regexp.MustCompile(`^UID FETCH \d+:(\d+|\*) \(UID\)$`)

// listsIn counts the commands that list messages one by one.
func listsIn(commands []string) (lists int) {
	for _, command := range commands {
		if oneByOne.MatchString(command) {
			lists++
		}
	}
	return lists
}

// A search tells which messages there are in one line. Where that is not all of
// them, they are listed.
func TestStoredSearches(t *testing.T) {
	says := func(lines ...string) func() []string { return func() []string { return lines } }
	tests := []struct {
		name   string
		from   uint32
		search func() []string
		want   string
		lists  int
	}{
		{"all", 1, says("* SEARCH 9 3 8 4"), "[3 4 8 9]", 0},
		{"in some way of its own", 1, says("* ESEARCH (TAG \"m4\") UID ALL 8:9,3:4"), "[3 4 8 9]", 0},
		{"the upper part", 4, says("* SEARCH 4 8 9"), "[4 8 9]", 0},
		{"nothing", 10, says("* SEARCH 9"), "[]", 0},
		{"nothing, and not a word of it", 10, says("* SEARCH"), "[]", 0},
		{"one left out", 1, says("* SEARCH 3 4 9"), "[3 4 8 9]", 1},
		{"the first of the upper part left out", 4, says("* SEARCH 8 9"), "[4 8 9]", 1},
		{"the last left out", 4, says("* SEARCH 4 8"), "[4 8 9]", 1},
		{"one too many", 1, says("* SEARCH 3 4 5 8 9"), "[3 4 8 9]", 1},
		{"nothing of what is there", 9, says("* SEARCH"), "[9]", 1},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			l := &lister{uids: []int{3, 4, 8, 9}, search: tc.search}
			addr, commands := played(t, "", `^LOGOUT`, l.say)
			got, err := stored(t, open(t, addr, "u1"), tc.from)
			if lists := listsIn(commands()); err != nil || got != tc.want || lists != tc.lists {
				t.Errorf("from %d: got %s after %d lists, %v, want %s after %d", tc.from, got, lists, err, tc.want, tc.lists)
			}
		})
	}
}

// Of a folder in which nothing is wanted next to nothing comes over the line.
func TestStoredOverTheLine(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	one := mailtest.Mail{Folder: box.Path, Date: time.Unix(1e9, 0), Bytes: []byte("A: b\r\n\r\nc\r\n")}
	mailtest.Load(t, server.IMAP, user, slices.Repeat([]mailtest.Mail{one}, 2000))
	line := mailtest.Proxy(t, server.IMAP, mailtest.ProxyOptions{})
	d := open(t, line.Addr, user)
	if _, err := d.Open(t.Context(), box); err != nil {
		t.Fatal(err)
	}
	before := line.Traffic()[0]
	for m, err := range d.Stored(t.Context(), box, 1, func(there []transfer.Span) ([]transfer.Span, error) {
		if want := []transfer.Span{{Low: 1, High: 2000}}; !slices.Equal(there, want) {
			t.Errorf("got %v there, want %v", there, want)
		}
		return nil, nil
	}) {
		t.Fatalf("got %+v, %v, want nothing", m, err)
	}
	after := line.Traffic()[0]
	if bytes, turns := after.Down-before.Down, after.Turns-before.Turns; bytes > 300 || turns != 1 {
		t.Errorf("got %d bytes in %d round trips, want 300 in 1 at most", bytes, turns)
	}
}

// stored opens the box and tells which UIDs it holds.
func stored(t *testing.T, d transfer.Dest, from uint32) (string, error) {
	t.Helper()
	if _, err := d.Open(t.Context(), box); err != nil {
		t.Fatal(err)
	}
	uids := []uint32{}
	for m, err := range d.Stored(t.Context(), box, from, nil) {
		if err != nil {
			leave(t, d)
			return fmt.Sprint(uids), err
		}
		uids = append(uids, m.UID)
	}
	leave(t, d)
	return fmt.Sprint(uids), nil
}

// A message that another client removes between the list and its header is left
// out, though the server answers NO to all (RFC 2180 section 4.1.2).
func TestStoredWhileAnotherClientRemoves(t *testing.T) {
	l := &lister{uids: []int{1, 2}}
	gone := false
	addr, _ := played(t, "", `^LOGOUT`, func(tag, command string) []string {
		if gone = gone || strings.Contains(command, "HEADER"); gone {
			l.uids = []int{1}
		}
		lines := l.say(tag, command)
		if gone && regexp.MustCompile(`^UID FETCH (\S*2\S*) `).MatchString(command) {
			lines[len(lines)-1] = tag + " NO [EXPUNGEISSUED] Some of the requested messages no longer exist"
		}
		return lines
	})
	got, err := stored(t, open(t, addr, "u1"), 1)
	if err != nil || got != "[1]" {
		t.Errorf("got %s, %v, want [1]", got, err)
	}
}

// The same with a real server, where another session adds and removes.
func TestStoredFollowsOtherClients(t *testing.T) {
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	d, other := plain(open(t, server.IMAP, user)), open(t, server.IMAP, user)
	if _, err := send(t, d, some(0, 5)); err != nil {
		t.Fatal(err)
	}
	if _, err := send(t, other, some(5, 2)); err != nil {
		t.Fatal(err)
	}
	if err := other.(transfer.Remover).Remove(t.Context(), box, []uint32{2, 6}); err != nil {
		t.Fatal(err)
	}
	for from, want := range map[uint32]string{1: "[1 3 4 5 7]", 2: "[3 4 5 7]", 3: "[3 4 5 7]", 7: "[7]", 8: "[]"} {
		got := []uint32{}
		for m, err := range d.Stored(t.Context(), box, from, nil) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, m.UID)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("from %d: got %v, want %s", from, got, want)
		}
	}
}
