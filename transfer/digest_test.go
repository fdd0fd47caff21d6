package transfer

import (
	"bytes"
	"crypto/sha256"
	"regexp"
	"strings"
	"testing"
)

// plainCanonical is the definition of the canonical form, told with regular
// expressions over the whole message.
func plainCanonical(b []byte) []byte {
	b = regexp.MustCompile(`\r*\n`).ReplaceAll(b, []byte("\n"))
	b = regexp.MustCompile(`\r+\z`).ReplaceAll(b, nil)
	b = bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))
	return bytes.ReplaceAll(b, []byte{0}, []byte{0x80})
}

func TestCanonical(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"", ""},
		{"a\r\nb\r\n", "a\r\nb\r\n"},
		{"a\nb", "a\r\nb"},
		{"a\r\r\nb\r\r\r\n\n", "a\r\nb\r\n\r\n"},
		{"a\rb\r\n", "a\rb\r\n"},
		{"a\r\rb", "a\r\rb"},
		{"a\r", "a"},
		{"a\r\r", "a"},
		{"a\x00b", "a\x80b"},
		{"\r\n\r\n", "\r\n\r\n"},
		{"a\nb\r\r\n", "a\r\nb\r\n"}, // as many CRs as LFs
		{"a\nb\rc", "a\r\nb\rc"},
	} {
		if got := string(plainCanonical([]byte(tc.in))); got != tc.want {
			t.Errorf("definition of %q: got %q, want %q", tc.in, got, tc.want)
		}
		checkCanonical(t, []byte(tc.in), 1)
		checkCanonical(t, []byte(tc.in), max(len(tc.in), 1))
	}
}

func checkCanonical(t *testing.T, in []byte, step int) {
	t.Helper()
	c := NewCanonical()
	for rest := in; len(rest) > 0; {
		n := min(step, len(rest))
		c.Write(rest[:n])
		rest = rest[n:]
	}
	want := plainCanonical(in)
	if d, n := c.Sum(); d != sha256.Sum256(want) || n != int64(len(want)) {
		t.Errorf("%q in steps of %d: got another digest or size %d, want %d", in, step, n, len(want))
	}
}

func FuzzCanonical(f *testing.F) {
	f.Add([]byte("a\r\r\nb\nc\rd\x00\r"), 3)
	f.Add([]byte("From: x\r\n\r\ntext\r\n"), 100)
	f.Fuzz(func(t *testing.T, in []byte, step int) { checkCanonical(t, in, max(step, 1)) })
}

func TestIdentify(t *testing.T) {
	base := "Message-ID: <1@x>\r\nDate: Mon, 1 Jan 2001\r\nFrom: a\r\nSubject: long\r\n one\r\nTo: b\r\n\r\nbody"
	same := []string{
		"To: b\nSUBJECT:   long\n\tone  \nFrom: a\nReceived: by y\nDate: Mon, 1 Jan 2001\nmessage-id: <1@x>\n\nother body",
		"Message-ID: <1@x>\r\nDate: Mon, 1 Jan 2001\r\nFrom: a\r\nSubject: long one\r\nTo: b\r\n",
	}
	other := []string{
		"", "Subject: long one\r\n",
		"Message-ID: <1@x>\r\nDate: Mon, 1 Jan 2001\r\nFrom: a\r\nSubject: long one\r\nTo: c\r\n",
		"\r\n" + base, // begins with a blank line: no header
		"Message-ID: <1@x>\r\nDate: Mon, 1 Jan 2001\r\nFrom: a\r\nSubject: long\r\n\r\n one\r\nTo: b\r\n",
	}
	want := Identify([]byte(base))
	for _, h := range same {
		if got := Identify([]byte(h)); got != want {
			t.Errorf("%q: got another identity than %q", h, base)
		}
	}
	for _, h := range other {
		if got := Identify([]byte(h)); got == want {
			t.Errorf("%q: got the same identity as %q", h, base)
		}
	}
	if Identify([]byte("Subject: a\x00b\r\n")) != Identify([]byte("Subject: a\x80b\r\n")) {
		t.Error("NUL and 0x80 differ: a server that stores one as the other would hide a message")
	}
	if (Identify(nil) == Ident{}) {
		t.Error("an empty header has the zero identity, which means not known")
	}
}

// The header ends before the first blank line, however it comes.
func TestHeadTap(t *testing.T) {
	for in, want := range map[string]string{
		"a: b\r\nc: d\r\n\r\nbody\r\n\r\n": "a: b\r\nc: d\r\n",
		"a: b\n\nbody\n\n":                 "a: b\n",
		"a: b\r\n\nbody":                   "a: b\r\n",
		"a: b\r\n":                         "a: b\r\n",
		"\r\n\r\nbody":                     "\r\n",
	} {
		for step := 1; step <= len(in); step++ {
			var tap headTap
			for rest := []byte(in); len(rest) > 0; {
				n := min(step, len(rest))
				tap.Write(rest[:n])
				rest = rest[n:]
			}
			if string(tap.head) != want {
				t.Errorf("%q in steps of %d: got %q, want %q", in, step, tap.head, want)
			}
		}
	}
}

// People recognise a message by the first Subject and Message-ID that say something.
func TestExcerpts(t *testing.T) {
	long := strings.Repeat("x", 2*excerptBytes)
	for _, tc := range []struct{ head, subject, id string }{
		{"Subject: one\r\nMessage-ID: <1>\r\nSubject: two\r\n", "one", "<1>"},
		{"Subject: \r\nsubject: two\r\n three\r\n", "two three", ""},
		{"Subject: " + long + "\r\n", long[:excerptBytes], ""},
		{"From: a\r\n", "", ""},
	} {
		told := tell([]byte(tc.head))
		if s, id := told.excerpt(tellsSubject), told.excerpt(tellsMessageID); s != tc.subject || id != tc.id {
			t.Errorf("%.60q: got %q and %q, want %q and %q", tc.head, s, id, tc.subject, tc.id)
		}
	}
}

func FuzzHeadTap(f *testing.F) {
	f.Add([]byte("a: b\r\n\r\nbody"), 1)
	f.Add([]byte("a: b\n\nbody"), 2)
	f.Fuzz(func(t *testing.T, in []byte, step int) {
		whole, pieces := &headTap{}, &headTap{}
		whole.Write(in)
		step = max(step, 1)
		for rest := in; len(rest) > 0; {
			n := min(step, len(rest))
			pieces.Write(rest[:n])
			rest = rest[n:]
		}
		if Identify(whole.head) != Identify(pieces.head) || Identify(whole.head) != Identify(in[:min(len(in), headBytes)]) {
			t.Errorf("%q: the identity depends on how the bytes came", in)
		}
	})
}
