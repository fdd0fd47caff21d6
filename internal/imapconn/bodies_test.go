package imapconn

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// message is FETCH's reply with a text that tells the UID.
func message(uid int) string {
	text := fmt.Sprintf("text of %d", uid)
	return fmt.Sprintf("* 1 FETCH (UID %d FLAGS () RFC822.SIZE %d BODY[] {%d}\r\n%s)\r\n", uid, len(text), len(text), text)
}

// uidsOf reads the set of a UID FETCH with single UIDs and ranges.
func uidsOf(command string) (uids []int) {
	if strings.Contains(command, " 1:* ") {
		return slices.Clone(allUIDs)
	}
	for part := range strings.SplitSeq(strings.Fields(command)[2], ",") {
		var from, to int
		if n, _ := fmt.Sscanf(part, "%d:%d", &from, &to); n == 1 {
			to = from
		}
		for ; from <= to; from++ {
			uids = append(uids, from)
		}
	}
	return uids
}

func TestBodies(t *testing.T) {
	// Each server gets the UIDs asked for; alone tells that it is just one.
	tests := []struct {
		name  string
		fetch func(uids []int, again bool) string
		there []int // what a lookup finds, nil for all
		gone  []int
		bad   []int
	}{
		{name: "as it should be", fetch: each(message)},
		{name: "backwards", fetch: func(uids []int, _ bool) string {
			slices.Reverse(uids)
			return each(message)(uids, false)
		}},
		{name: "one gone", fetch: each(func(uid int) string { return unless(uid == 5, message(uid)) }), there: []int{1, 2, 3, 4, 6, 7, 8}, gone: []int{5}},
		{name: "one dropped the first time", fetch: func(uids []int, again bool) string {
			return each(func(uid int) string { return unless(uid == 5 && !again, message(uid)) })(uids, again)
		}},
		{name: "NIL for one, always", fetch: each(func(uid int) string {
			if uid == 5 {
				return "* 5 FETCH (UID 5 RFC822.SIZE 31888 BODY[] NIL)\r\n"
			}
			return message(uid)
		}), bad: []int{5}},
		{name: "empty though it has a size", fetch: each(func(uid int) string {
			if uid == 5 {
				return "* 5 FETCH (UID 5 RFC822.SIZE 31888 BODY[] {0}\r\n)\r\n"
			}
			return message(uid)
		}), bad: []int{5}},
		{name: "one breaks the command", fetch: func(uids []int, _ bool) string {
			answer := ""
			for _, uid := range uids {
				if uid == 5 {
					return answer + "$ NO [UNAVAILABLE] UID FETCH Server error while fetching messages\r\n"
				}
				answer += message(uid)
			}
			return answer
		}, bad: []int{5}},
		{name: "changes of flags and doubled replies between", fetch: each(func(uid int) string {
			return fmt.Sprintf("* 9 FETCH (UID %d FLAGS (\\Seen))\r\n", uid) + message(uid) + message(uid) + message(99)
		})},
		{name: "UID after the text", fetch: each(func(uid int) string {
			return fmt.Sprintf("* 9 FETCH (BODY[] {9}\r\ntext of %d UID %d)\r\n", uid, uid)
		})},
		{name: "UID after the text, and one more", fetch: each(func(uid int) string {
			text := fmt.Sprintf("* 9 FETCH (BODY[] {9}\r\ntext of %d UID %d)\r\n", uid, uid)
			return text + unless(uid != 8, text)
		})},
	}
	for _, tc := range tests {
		server := func() answers {
			asked := make(map[int]bool)
			return func(command string) string {
				switch {
				case strings.HasPrefix(command, "UID FETCH 1:* (FLAGS)"):
					return each(func(uid int) string { return fmt.Sprintf("* 1 FETCH (UID %d FLAGS ())\r\n", uid) })(allUIDs, false)
				case strings.HasSuffix(command, "(UID)"):
					return each(func(uid int) string {
						return unless(tc.there != nil && !slices.Contains(tc.there, uid), fmt.Sprintf("* %d FETCH (UID %d)\r\n", uid, uid))
					})(uidsOf(command), true)
				case strings.HasPrefix(command, "UID FETCH"):
					uids := uidsOf(command)
					again := asked[uids[0]]
					for _, uid := range uids {
						again = again || asked[uid]
						asked[uid] = true
					}
					return tc.fetch(uids, again)
				}
				return "* SEARCH\r\n"
			}
		}
		t.Run(tc.name, func(t *testing.T) {
			c := inside(t, "", server())
			wantBodies(t, c, c.BodiesThen, tc.gone, tc.bad)
		})
		t.Run(tc.name+", with the list", func(t *testing.T) {
			c := inside(t, "", server())
			wantBodies(t, c, listed(t, c).BodiesThen, tc.gone, tc.bad)
		})
	}
}

func each(say func(uid int) string) func([]int, bool) string {
	return func(uids []int, _ bool) string {
		var all strings.Builder
		for _, uid := range uids {
			all.WriteString(say(uid))
		}
		return all.String() + "$ OK done\r\n"
	}
}

func unless(not bool, text string) string {
	if not {
		return ""
	}
	return text
}

// wantBodies wants UIDs 1 to 8 in order, but those.
func wantBodies(t *testing.T, c *Conn, bodies func(context.Context, []Want, Then, func(Body) bool) error, gone, bad []int) {
	t.Helper()
	var wants []Want
	for uid := range 8 {
		wants = append(wants, Want{uint32(uid + 1), -1})
	}
	n := 0
	err := bodies(t.Context(), wants, Then{}, func(b Body) bool {
		uid := int(wants[n].UID)
		if b.Index != n {
			t.Fatalf("got index %d, want %d", b.Index, n)
		}
		n++
		if b.Gone != slices.Contains(gone, uid) || (b.Err != nil) != slices.Contains(bad, uid) {
			t.Errorf("UID %d: got gone %v, error %v", uid, b.Gone, b.Err)
		}
		if b.Body == nil {
			return true
		}
		text, err := io.ReadAll(b.Body)
		if want := fmt.Sprintf("text of %d", uid); err != nil || string(text) != want {
			t.Errorf("UID %d: got %q, %v, want %q", uid, text, err, want)
		}
		return true
	})
	if err != nil || n != len(wants) {
		t.Errorf("got %d of %d, %v", n, len(wants), err)
	}
	if err := c.Do(t.Context(), "NOOP"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestBodiesWaitWhenTold(t *testing.T) {
	c := inside(t, "", always(map[string]string{"UID FETCH": "$ NO Request is throttled. Suggested Backoff Time: 299609 milliseconds\r\n"}))
	err := c.Bodies(t.Context(), []Want{{1, 5}}, func(b Body) bool {
		t.Errorf("got %+v, want none", b)
		return true
	})
	if retryAfter(err) == nil {
		t.Errorf("got %v, want the server's wish", err)
	}
}
