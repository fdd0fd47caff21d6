package pop3

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// repeated gives a text again and again, without end.
type repeated struct {
	text []byte
	at   int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	return n, nil
}

// A text that goes on long after the size in LIST ends in an error; one that is
// a line of 80 MB, as LIST says, streams through.
func TestTextWithoutEnd(t *testing.T) {
	const long = 80 << 20 // more than any buffer
	for _, tc := range []struct {
		name string
		r    request
		in   io.Reader
		want int64 // bytes, -1 for an error
	}{
		{"dots", request{size: 10}, &repeated{text: []byte("..\r\n")}, -1},
		{"blank lines", request{size: 10}, &repeated{text: []byte("\r\n")}, -1},
		{"one line", request{size: 10}, &repeated{text: []byte("aaaaaaaa")}, -1},
		{"a header", request{header: true}, &repeated{text: []byte("X: y\r\n")}, -1},
		{"a long line", request{size: long + 2}, io.MultiReader(io.LimitReader(&repeated{text: bytes.Repeat([]byte("a"), 1<<20)}, long), strings.NewReader("\r\n.\r\n")), long + 2},
		{"four times what LIST says", request{size: 10}, strings.NewReader(strings.Repeat("a", 38) + "\r\n.\r\n"), 40},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := tc.r.text(bufio.NewReaderSize(tc.in, 64<<10))
			if text.most < maxHead {
				t.Errorf("got a limit of %d bytes, want %d at least", text.most, maxHead)
			}
			if tc.want < 0 {
				text.most = min(text.most, 1<<20) // enough to see that there is one
			}
			n, err := io.Copy(io.Discard, struct{ io.Reader }{text})
			if (err != nil) != (tc.want < 0) || err == nil && n != tc.want {
				t.Errorf("got %d bytes and %v, want %d", n, err, tc.want)
			}
		})
	}
}

// What STAT says costs no memory, and UIDLs only so much.
func TestMaildropLimits(t *testing.T) {
	drop := &maildrop{count: maxMessages}
	if len(drop.entries) != 0 {
		t.Errorf("got %d entries before a list, want none", len(drop.entries))
	}
	long := strings.Repeat("u", 70)
	i := 0
	err := readNumbered("UIDL", drop.count, func() ([]byte, error) {
		i++
		return fmt.Appendf(nil, "%d %s", i, long), nil
	}, drop.takeName)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("more than %d bytes", maxNames)) {
		t.Errorf("got %v after %d names of 70 bytes, want an error", err, i)
	}
	if i > maxNames/70+1 {
		t.Errorf("got %d names of 70 bytes, want at most %d", i, maxNames/70+1)
	}
}

// What a server says before it is asked would be taken for later answers.
func TestAnswersBeforeTheCommands(t *testing.T) {
	f := &fake{greeting: "+OK one\r\n+OK two\r\n+OK three"}
	s, err := New(t.Context(), f.start(t))
	if err == nil {
		s.Close()
		t.Fatal("got a session, want an error")
	}
	if !strings.Contains(err.Error(), "before it is asked") {
		t.Errorf("got %v, want what was said too early", err)
	}
}
