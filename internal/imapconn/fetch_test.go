package imapconn

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// fetchOne asks for UID 7, which is answered so, and tells what came.
func fetchOne(t *testing.T, answer string) (string, error) {
	t.Helper()
	c := inside(t, "", always(map[string]string{"UID FETCH": answer}))
	var got []string
	p := c.queueFetch("7", bodyItems, func(it *Item, l *Literal) error {
		text, err := io.ReadAll(l)
		got = append(got, fmt.Sprintf("body %q", text))
		return err
	}, func(it *Item) error {
		date := ""
		if !it.Date.IsZero() {
			date = it.Date.Format(" 2006-01-02T15:04:05Z07:00")
		}
		header := ""
		if it.Header != nil {
			header = fmt.Sprintf(" header %q", it.Header)
		}
		got = append(got, fmt.Sprintf("uid %d flags %v size %d%s%s", it.UID, it.Flags, it.Size, date, header))
		return nil
	})
	err := c.Wait(p)
	if err == nil { // the line is still in step
		err = c.Do(t.Context(), "NOOP")
	}
	return strings.Join(got, "; "), err
}

func TestFetchForgives(t *testing.T) {
	tests := []struct{ name, answer, want string }{
		{"as it should be", "* 1 FETCH (UID 7 FLAGS (\\Seen x) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 5 BODY[] {5}\r\nhello)\r\n",
			`body "hello"; uid 7 flags [\Seen x] size 5 1996-07-17T02:44:25-07:00`},
		{"UID after the text", "* 1 FETCH (BODY[] {5}\r\nhello UID 7)\r\n", `body "hello"; uid 7 flags [] size -1`},
		{"no blank before the literal", "* 1 FETCH (UID 7 BODY[]{5}\r\nhello)\r\n", `body "hello"; uid 7 flags [] size -1`},
		{"blank after the literal", "* 1 FETCH (UID 7 BODY[] {5}\r\nhello )\r\n", `body "hello"; uid 7 flags [] size -1`},
		{"literal8", "* 1 FETCH (UID 7 BODY[] ~{5}\r\nhel\x00o)\r\n", `body "hel\x00o"; uid 7 flags [] size -1`},
		{"non-synchronising literal", "* 1 FETCH (UID 7 BODY[] {5+}\r\nhello)\r\n", `body "hello"; uid 7 flags [] size -1`},
		{"quoted text", "* 1 FETCH (UID 7 BODY[] \"hel\\\"o\")\r\n", `body "hel\"o"; uid 7 flags [] size -1`},
		{"NIL text", "* 1 FETCH (UID 7 BODY[] NIL)\r\n", `uid 7 flags [] size -1`},
		{"RFC822", "* 1 FETCH (UID 7 RFC822 {2}\r\nhi)\r\n", `body "hi"; uid 7 flags [] size -1`},
		{"partial name", "* 1 FETCH (UID 7 BODY[]<0> {2}\r\nhi)\r\n", `body "hi"; uid 7 flags [] size -1`},
		{"lower case", "* 1 fetch (uid 7 flags (\\seen) body[] {2}\r\nhi)\r\n", `body "hi"; uid 7 flags [\Seen] size -1`},
		{"blanks too many", "*  1  FETCH  ( UID  7  FLAGS  ( \\Seen  a  ) )\r\n", `uid 7 flags [\Seen a] size -1`},
		{"negative size", "* 1 FETCH (UID 7 RFC822.SIZE -1)\r\n", `uid 7 flags [] size -1`},
		{"NIL size and flags", "* 1 FETCH (UID 7 FLAGS NIL RFC822.SIZE NIL)\r\n", `uid 7 flags [] size -1`},
		{"quoted flag, lone backslash, Recent", "* 1 FETCH (UID 7 FLAGS (\"a b\" \\ \\Recent x] \xe4))\r\n", "uid 7 flags [a b x] \xe4] size -1"},
		{"NIL date", "* 1 FETCH (UID 7 INTERNALDATE NIL)\r\n", `uid 7 flags [] size -1`},
		{"date of 1899", "* 1 FETCH (UID 7 INTERNALDATE \"30-Dec-1899 00:00:00 +0000\")\r\n", `uid 7 flags [] size -1`},
		{"date without zone", "* 1 FETCH (UID 7 INTERNALDATE \"30-Dec-1999 00:00:00\")\r\n", `uid 7 flags [] size -1`},
		{"date with GMT", "* 1 FETCH (UID 7 INTERNALDATE \"30-Dec-1999 00:00:00 GMT\")\r\n", `uid 7 flags [] size -1`},
		{"date without padding", "* 1 FETCH (UID 7 INTERNALDATE \"3-Dec-1999 00:00:00 +0130\")\r\n", `uid 7 flags [] size -1 1999-12-03T00:00:00+01:30`},
		{"unknown items", "* 1 FETCH (X-GM-LABELS (\"\\\\Inbox\" {3}\r\nabc (x (y))) EMAILID (M1) SAVEDATE NIL UID 7 PREVIEW {2}\r\nhi MODSEQ (12))\r\n",
			`uid 7 flags [] size -1`},
		{"header", "* 1 FETCH (UID 7 BODY[HEADER.FIELDS (\"DATE\" TO)] {6}\r\nA: b\r\n)\r\n", `uid 7 flags [] size -1 header "A: b\r\n"`},
		{"no closing parenthesis", "* 1 FETCH (UID 7 RFC822.SIZE 3\r\n", `uid 7 flags [] size 3`},
		{"unknown replies, blank line, stray plus, unknown tag",
			"* VANISHED 3:5\r\n* LSUB () \"/\" {3}\r\na b\r\n* X-FOO {4}\r\n)(\"{\r\n\r\n+ what\r\nm999 OK no\r\nzz OK no\r\n* 1 FETCH (UID 7)\r\n* BAD [X] {9}\r\n",
			`uid 7 flags [] size -1`},
		{"text that looks like replies", "* 1 FETCH (UID 7 BODY[] {24}\r\nm1 OK\r\n* BYE\r\n+ {5}\r\n)(\r\n)\r\n", `body "m1 OK\r\n* BYE\r\n+ {5}\r\n)(\r\n"; uid 7 flags [] size -1`},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if i := strings.Index(tc.answer, "{24}"); i >= 0 {
				n := strings.Index(tc.answer[i:], ")(\r\n")
				tc.answer = tc.answer[:i] + fmt.Sprintf("{%d}", n+4-6) + tc.answer[i+4:]
			}
			got, err := fetchOne(t, tc.answer)
			if err != nil {
				t.Fatal(err)
			}
			if got != tc.want {
				t.Errorf("%q:\n got %s\nwant %s", tc.answer, got, tc.want)
			}
		})
	}
}

func TestFetchHasLimits(t *testing.T) {
	tests := []struct{ name, answer, words string }{
		{"nesting", "* 1 FETCH (BODYSTRUCTURE " + strings.Repeat("(", 100_000) + "\r\n", "nested"},
		{"literal", "* 1 FETCH (UID 7 BODY[] {9223372036854775807}\r\n", "literal"},
		{"short literal", "* 1 FETCH (UID 7 FLAGS ({1048577}\r\n", "literal"},
		{"line", "* 1 FETCH (UID 7 X " + strings.Repeat("x", 1<<20) + "\r\n", "line"},
		{"no list", "* 1 FETCH UID 7\r\n", "without a list"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := fetchOne(t, tc.answer); err == nil || !strings.Contains(err.Error(), tc.words) {
				t.Errorf("got %v, want an error with %q", err, tc.words)
			}
		})
	}
}

// A literal cut short must never look like a message's end.
func TestFetchCutShort(t *testing.T) {
	for _, read := range []func(io.Reader) ([]byte, error){
		io.ReadAll,
		func(r io.Reader) ([]byte, error) {
			var b bytes.Buffer
			_, err := io.Copy(&b, r)
			return b.Bytes(), err
		},
	} {
		c := inside(t, "", func(command string) string {
			return "* 1 FETCH (UID 7 BODY[] {100}\r\nhello" + hangUp
		})
		var text []byte
		var readErr error
		err := c.Bodies(t.Context(), []Want{{7, 100}}, func(b Body) bool {
			text, readErr = read(b.Body)
			return true
		})
		if !errors.Is(readErr, io.ErrUnexpectedEOF) || !errors.Is(err, io.ErrUnexpectedEOF) || string(text) != "hello" {
			t.Errorf("got %q, %v, then %v, want unexpected ends", text, readErr, err)
		}
	}
}

func TestQueueRefusesLineBreaks(t *testing.T) {
	var got []string
	c := inside(t, "", func(command string) string {
		got = append(got, command)
		return "$ OK\r\n"
	})
	for _, bad := range []string{"a\r\nm9 LOGOUT", "a\nb", "a\x00b"} {
		if err := c.Do(t.Context(), "CREATE ", Name(bad)); err == nil {
			t.Errorf("%q: got no error", bad)
		}
	}
	if err := c.Do(t.Context(), "CREATE ", Name(`a"b\c`)); err != nil {
		t.Fatal(err)
	}
	if want := []string{`CREATE "a\"b\\c"`}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What the server said last explains why it hung up.
func TestLastWords(t *testing.T) {
	for name, tc := range map[string]struct{ answer, words string }{
		"BYE":   {"* BYE Session expired, please login again\r\n" + noTag, "Session expired"},
		"alert": {"* NO [ALERT] Too many simultaneous connections. (Failure)\r\n" + noTag, "Too many simultaneous"},
		"none":  {noTag, "closed the connection"},
	} {
		t.Run(name, func(t *testing.T) {
			said := false
			c := inside(t, "", func(string) string {
				if said {
					return ""
				}
				said = true
				return tc.answer
			})
			a, b := c.Queue("NOOP"), c.Queue("NOOP")
			err := c.WaitAll(a, b)
			if err == nil || !strings.Contains(err.Error(), tc.words) {
				t.Errorf("got %v, want %q in it", err, tc.words)
			}
			if later := c.Do(t.Context(), "NOOP"); later == nil || later.Error() != err.Error() {
				t.Errorf("later: got %v, want %v again", later, err)
			}
		})
	}
}
