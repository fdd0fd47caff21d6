package imapconn

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

var allUIDs = []int{1, 2, 3, 4, 5, 6, 7, 8}

// listed asks for the list and the texts at once, and waits for the list.
func listed(t *testing.T, c *Conn) (texts *Texts) {
	t.Helper()
	n := 0
	err := c.Within(t.Context(), func() error {
		var list *Pending
		list, texts = c.QueueTexts("(FLAGS)", func(*Item) { n++ })
		return c.Wait(list)
	})
	if err != nil || n != len(allUIDs) {
		t.Fatalf("got a list of %d, %v", n, err)
	}
	return texts
}

// Texts that nobody asks for, or not for all of them, are in nobody's way, wherever
// the UID stands.
func TestTextsLeft(t *testing.T) {
	for _, tc := range []struct {
		name  string
		wants []uint32
		come  []int // with the list
		asked int   // commands for texts
	}{
		{"none", nil, allUIDs, 1},
		{"one", []uint32{5}, allUIDs, 1},
		{"the last one", []uint32{8}, allUIDs, 1},
		{"some", []uint32{2, 3, 7}, allUIDs, 1},
		{"one that does not come", []uint32{3, 9}, allUIDs, 2},
		{"one goes and another comes", []uint32{1, 2, 3}, []int{1, 2, 9}, 2},
		{"one comes after all", []uint32{1, 2}, []int{1, 2, 9}, 1},
		{"one twice", []uint32{3, 3, 4}, allUIDs, 3},
		{"what no message has", []uint32{0, 3}, allUIDs, 2},
	} {
		for _, say := range []func(int) string{message, func(uid int) string {
			return fmt.Sprintf("* 9 FETCH (BODY[] {9}\r\ntext of %d UID %d)\r\n", uid, uid)
		}} {
			t.Run(tc.name, func(t *testing.T) { textsLeft(t, tc.wants, tc.come, tc.asked, say) })
		}
	}
}

func textsLeft(t *testing.T, uids []uint32, come []int, wantAsked int, say func(int) string) {
	asked := 0
	c := inside(t, "", func(command string) string {
		switch {
		case strings.Contains(command, "BODY.PEEK[]"):
			if asked++; asked == 1 {
				return each(say)(come, false)
			}
			return each(say)(uidsOf(command), false)
		case strings.HasPrefix(command, "UID FETCH"):
			return each(func(uid int) string { return fmt.Sprintf("* 1 FETCH (UID %d FLAGS ())\r\n", uid) })(uidsOf(command), false)
		}
		return "$ OK done\r\n"
	})
	texts, n := listed(t, c), 0
	var wants []Want
	for _, uid := range uids {
		wants = append(wants, Want{uid, -1})
	}
	if wants != nil {
		err := texts.BodiesThen(t.Context(), wants, Then{}, func(b Body) bool {
			want := fmt.Sprintf("text of %d", wants[n].UID)
			if n++; b.Gone {
				return true
			}
			if text, err := io.ReadAll(b.Body); err != nil || string(text) != want {
				t.Errorf("got %q, %v, want %q", text, err, want)
			}
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Do(t.Context(), "NOOP"); err != nil || n != len(wants) || asked != wantAsked {
		t.Errorf("got %d texts after %d commands, %v; want %d after %d", n, asked, err, len(wants), wantAsked)
	}
}

// Texts that were read away are asked for anew, at once.
func TestTextsGone(t *testing.T) {
	asked := 0
	c := inside(t, "", func(command string) string {
		switch {
		case strings.Contains(command, "BODY.PEEK[]"):
			asked++
			return each(message)(uidsOf(command), false)
		case strings.HasPrefix(command, "UID FETCH 1:* (FLAGS)"):
			return each(func(uid int) string { return fmt.Sprintf("* 1 FETCH (UID %d FLAGS ())\r\n", uid) })(allUIDs, false)
		}
		return "$ OK done\r\n"
	})
	texts := listed(t, c)
	if err := c.Within(t.Context(), texts.Skip); err != nil || !texts.Lost() {
		t.Fatalf("got %v, lost %t", err, texts.Lost())
	}
	wantBodies(t, c, texts.BodiesThen, nil, nil)
	if asked != 2 {
		t.Errorf("got %d commands for texts, want 2", asked)
	}
}
