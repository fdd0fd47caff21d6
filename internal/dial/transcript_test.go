package dial

import (
	"encoding/base64"
	"net"
	"strings"
	"sync"
	"testing"
)

// record is a Transcript and what it was told.
func record() (*Transcript, func() string) {
	var mu sync.Mutex
	var all strings.Builder
	t := &Transcript{Name: "source", Tell: func(line string) {
		mu.Lock()
		defer mu.Unlock()
		all.WriteString(line + "\n")
	}}
	return t, func() string {
		mu.Lock()
		defer mu.Unlock()
		return all.String()
	}
}

func TestTranscript(t *testing.T) {
	script, told := record()
	near, far := net.Pipe()
	defer far.Close()
	a := Access{Transcript: script}
	first, second := newConn(near, a, nil), newConn(near, a, nil)
	first.TraceHeard("* OK hello")
	second.TraceSent("m1 LOGIN ***")
	first.Secret("hunter2")
	second.TraceHeard("m1 NO hunter2 is what everybody takes")
	second.Close()
	second.Close()
	want := "source 1 S: * OK hello\nsource 2 C: m1 LOGIN ***\nsource 2 S: m1 NO *** is what everybody takes\n" +
		"source 2 -- ended after 0 bytes in and 0 out: closed by us\n"
	if got := told(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNoTranscriptCostsNothing(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	c := newConn(near, Access{}, nil)
	c.Secret("hunter2")
	if n := testing.AllocsPerRun(100, func() { c.TraceSent("m1 NOOP"); c.TraceHeard("m1 OK") }); n != 0 || c.Traced() {
		t.Errorf("got %v allocations a line and traced %v, want none", n, c.Traced())
	}
}

func TestLongLinesAreCut(t *testing.T) {
	script, told := record()
	near, far := net.Pipe()
	defer far.Close()
	c := newConn(near, Access{Transcript: script}, nil)
	c.Secret("hunter2")
	for _, tc := range []struct{ line, end string }{
		{strings.Repeat("x", maxTraced), "xxx"},
		{strings.Repeat("x", maxTraced+1), "xxx {1 bytes more}"},
		{strings.Repeat("x", maxTraced-3) + "hunter2" + "tail", "xxx*** {8 bytes more}"},
	} {
		before := len(told())
		c.TraceHeard(tc.line)
		got := strings.TrimSuffix(told()[before:], "\n")
		if !strings.HasSuffix(got, tc.end) || len(got) > maxTraced+50 {
			t.Errorf("%d bytes: got %d that end in %q, want %q", len(tc.line), len(got), got[len(got)-30:], tc.end)
		}
	}
}

func TestHide(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString
	for _, tc := range []struct{ secret, text, want string }{
		{"hunter2", "no secret here", "no secret here"},
		{"hunter2", "hunter2", "***"},
		{"hunter2", "hunter2hunter2 and hunter2.", "*** and ***."},
		{"aba", "xababax", "x***x"},
		{`se"cr\et`, `LOGIN "anna" "se\"cr\\et"`, `LOGIN "anna" "***"`},
		{"hunter2", "echo " + b64([]byte("hunter2")), "echo ***"},
		{"", "nothing to hide", "nothing to hide"},
		{"pw", "pw: " + b64([]byte("pw")), "***: ***"},
	} {
		var s secrets
		s.add(tc.secret)
		if got := s.hide(tc.text, len(tc.text)); got != tc.want {
			t.Errorf("%q in %q: got %q, want %q", tc.secret, tc.text, got, tc.want)
		}
	}
}

// However base64 falls, nothing of a token can be read from it but what a
// neighbour's bits let guess.
func TestHideInBase64(t *testing.T) {
	const token = "ya29.a0AfH6SMBxSecretToken"
	var s secrets
	s.add(token)
	for before := range 7 {
		for after := range 4 {
			plain := strings.Repeat("u", before) + token + strings.Repeat("\x01", after)
			for _, code := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding} {
				text := code.EncodeToString([]byte(plain))
				if got := s.hide(text, len(text)); !strings.Contains(got, hidden) || len(got) > before*4/3+after*4/3+12 {
					t.Errorf("%d before, %d after: got %q of %q", before, after, got, text)
				}
			}
		}
	}
}

// A server that says nothing but the password costs no more than its line.
func TestHideIsQuick(t *testing.T) {
	var s secrets
	s.add(strings.Repeat("a", 30))
	text := strings.Repeat("a", MaxLine)
	if got := s.hide(text, maxTraced); got != hidden {
		t.Errorf("got %q, want one mask", got)
	}
	if got := s.hide(text, len(text)); got != hidden {
		t.Errorf("got %d bytes, want one mask", len(got))
	}
}

func FuzzHide(f *testing.F) {
	f.Add("hunter2", "say ", " again", uint16(5))
	f.Add("aa", "aaaaaaa", "a", uint16(3))
	f.Add(`q"\`, `"q\"\\"`, "", uint16(100))
	f.Add("p\x00w\xff", "AHUAcA", "=", uint16(8))
	f.Fuzz(func(t *testing.T, secret, before, after string, limit uint16) {
		if secret == "" || strings.Contains(secret, "*") {
			t.Skip("a mask would hold it")
		}
		var s secrets
		s.add(secret)
		s.add("other secret")
		encoded := base64.StdEncoding.EncodeToString([]byte(before + secret + after))
		for _, text := range []string{before + secret + after, before + base64.StdEncoding.EncodeToString([]byte(secret)) + after, encoded} {
			for _, n := range []int{len(text), int(limit)} {
				got := s.hide(text, n)
				for _, form := range s.all() {
					if strings.Contains(got, form) {
						t.Fatalf("%q shows %q with %q to hide", got, form, secret)
					}
				}
				if !subsequence(strings.ReplaceAll(got, hidden, ""), text) {
					t.Fatalf("%q is not what is left of %q", got, text)
				}
			}
		}
	})
}

// subsequence reports whether part is whole with pieces taken out.
func subsequence(part, whole string) bool {
	for i := 0; i < len(whole) && part != ""; i++ {
		if whole[i] == part[0] {
			part = part[1:]
		}
	}
	return part == ""
}
