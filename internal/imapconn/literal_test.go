package imapconn

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestGoesOn(t *testing.T) {
	for rest, want := range map[string]bool{
		")":                    true,
		"":                     true, // the parenthesis is forgotten, or stands on a line of its own
		" )\r":                 true,
		" UID 5)":              true,
		" UID 5":               true,
		" X-LABELS {12}":       true,
		" FLAGS (\\Seen)) ":    true,
		"UID 5)":               false,
		"and more text":        false,
		" and more text":       false,
		"* 4 FETCH (UID 4":     false,
		"ETCH (UID 4 BODY[]":   false,
		"</html>":              false,
		" more. A sentence.\r": false,
	} {
		if got := goesOn([]byte(rest)); got != want {
			t.Errorf("%q after a literal: got %v, want %v", rest, got, want)
		}
	}
}

// A literal that is longer or shorter than announced is no message.
func TestBodiesOfTheWrongLength(t *testing.T) {
	text := strings.Repeat("line of text\r\n", 20)
	for _, off := range []int{-20, -5, 5, 20} {
		c := inside(t, "", func(command string) string {
			return fmt.Sprintf("* 1 FETCH (UID 1 RFC822.SIZE %d BODY[] {%d}\r\n%s)\r\n* OK that was it, and some more words\r\n", len(text), len(text)+off, text)
		})
		var read error
		err := c.Bodies(t.Context(), []Want{{UID: 1, Size: int64(len(text))}}, func(b Body) bool {
			_, read = io.Copy(io.Discard, b.Body)
			return true
		})
		if !errors.Is(err, errMalformed) || !errors.Is(read, errMalformed) {
			t.Errorf("%+d bytes: got %v, and %v when it was read, want %v", off, err, read, errMalformed)
		}
	}
}
