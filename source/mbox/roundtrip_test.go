package mbox

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// dialect is one way to write mbox.
type dialect struct {
	name   string
	length bool
	quote  func(message string) string
}

var (
	fromStart    = regexp.MustCompile(`(?m)^From `)
	anyFromStart = regexp.MustCompile(`(?m)^(>*From )`)
)

func dialects() []dialect {
	once := func(s string) string { return fromStart.ReplaceAllString(s, ">From ") }
	all := func(s string) string { return anyFromStart.ReplaceAllString(s, ">$1") }
	none := func(s string) string { return s }
	return []dialect{{"mboxo", false, once}, {"mboxrd", false, all}, {"mboxcl", true, once}, {"mboxcl2", true, none}}
}

// write makes a file of messages with LF.
func (d dialect) write(messages []string) string {
	var b strings.Builder
	for i, m := range messages {
		head, text, _ := strings.Cut(m, "\n\n")
		text = d.quote(text)
		fmt.Fprintf(&b, "From user%d@example.com Mon Jan %2d 10:00:00 20%02d\n%s\n", i, i%28+1, i%20, head)
		if d.length {
			fmt.Fprintf(&b, "Content-Length: %d\n", len(text))
		}
		b.WriteString("\n" + text + "\n")
	}
	return b.String()
}

// randomMessage makes a message; literal ">From " lines only where wanted,
// since mboxo cannot tell them from quoted ones.
func randomMessage(r *rand.Rand, n int, literal bool) string {
	lines := []string{"", "", "text", "> quoted", "From here", "From x@y Mon Jan  6 10:00:00 2020", "Subject: inner",
		"\xff\xfe 8-bit", "nul \x00", "lone \r cr", ".", strings.Repeat("long ", 400), "Content-Length: 5"}
	if literal {
		lines = append(lines, ">From a", ">>From b", ">From x@y Mon Jan  6 10:00:00 2020")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Subject: %d\nMessage-ID: <%d@example.com>\n\n", n, n)
	for range r.IntN(30) {
		b.WriteString(lines[r.IntN(len(lines))] + "\n")
	}
	return b.String()
}

func TestRoundTrip(t *testing.T) {
	for _, d := range dialects() {
		for seed := range uint64(3) {
			r := rand.New(rand.NewPCG(seed, 1))
			var in, want []string
			for n := range 40 {
				m := randomMessage(r, n, d.name == "mboxrd" || d.name == "mboxcl2")
				in = append(in, m)
				if d.length {
					head, text, _ := strings.Cut(m, "\n\n")
					m = fmt.Sprintf("%s\nContent-Length: %d\n\n%s", head, len(d.quote(text)), text)
				}
				want = append(want, crlf(m))
			}
			file := d.write(in)
			for name, content := range map[string]string{"LF": file, "CRLF": crlf(file), "gzip": zipped(t, file)} {
				if name == "CRLF" && d.length {
					continue // the lengths would be wrong
				}
				ms, s := readFile(t, content)
				got := bodies(ms)
				for i := range min(len(got), len(want)) {
					if got[i] != want[i] {
						t.Fatalf("%s, %s, seed %d, message %d: got %.200q, want %.200q", d.name, name, seed, i, got[i], want[i])
					}
				}
				if len(got) != len(want) {
					t.Errorf("%s, %s, seed %d: got %d messages, want %d, %q", d.name, name, seed, len(got), len(want), s.Notes())
				}
			}
		}
	}
}

// TestIDsStay: an ID depends on nothing but the message.
func TestIDsStay(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	var in []string
	for n := range 20 {
		in = append(in, randomMessage(r, n, false))
	}
	in = append(in, in[3], in[3])
	d := dialects()[1]
	ids := func(messages []string, change func(string) string) []string {
		ms, _ := readFile(t, change(d.write(messages)))
		out := []string{}
		for _, m := range ms {
			out = append(out, m.ID)
		}
		return out
	}
	same := func(s string) string { return s }
	want := ids(in, same)
	if got := want[20:]; got[0] != want[3]+"#2" || got[1] != want[3]+"#3" {
		t.Errorf("IDs of twins of %s: got %q, want #2 and #3", want[3], got)
	}
	if got := ids(append(slices.Clip(in), "Subject: new\n\nnew\n"), same); !slices.Equal(got[:22], want) {
		t.Errorf("grown: got %q, want %q", got, want)
	}
	if got := ids(in[5:20], same); !slices.Equal(got, want[5:20]) {
		t.Errorf("compacted: got %q, want %q", got, want[5:20])
	}
	read := func(s string) string {
		s = strings.ReplaceAll(s, "\nMessage-ID", "\nStatus: RO\nX-Status: A\nX-UID: 7\nX-Keywords: a\n b\nMessage-ID")
		return "From x Mon Jan  6 10:00:00 2020\nX-Mozilla-Status: 0001\n" + s[strings.Index(s, "\n")+1:]
	}
	if got := ids(in, read); !slices.Equal(got, want) {
		t.Errorf("read by others: got %q, want %q", got, want)
	}
	if got := ids(in, func(s string) string { return zipped(t, s) }); !slices.Equal(got, want) {
		t.Errorf("zipped: got %q, want %q", got, want)
	}
}

// FuzzMbox: whatever the bytes, messages stand one behind the other in the
// file, what lies between is From_ lines and blank ones, and each can be read
// with the size it was listed with.
func FuzzMbox(f *testing.F) {
	for _, d := range dialects() {
		f.Add([]byte(d.write([]string{"A: 1\n\nhi\n", "B: 1\n\n>From x\n\n", "C: 1\n\nFrom a@b Mon Jan  6 10:00:00 2020\nD: 1\n\nx"})))
	}
	f.Add([]byte("From \r\nX-Mozilla-Status: 0009\r\n\r\nhi\r\nFrom - x\r\nA: 1\r\n"))
	f.Add([]byte("\xef\xbb\xbf\n" + fromA + "\n\n" + fromB + "Content-Length: 0\n\n\n" + fromA))
	f.Add([]byte(fromA + "Content-Length: 3\n\r\r\nhi\r\n\r\n" + fromB + "A: 1\n\n>From\n>>From x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.HasPrefix(data, gzipMagic) || bytes.Contains(data, []byte("Mozilla")) || bytes.Contains(data, []byte("IMAP")) {
			t.Skip("messages may be left out")
		}
		name := write(t, t.TempDir()+"/x.mbox", string(data))
		s, err := New(name)
		if err != nil {
			return
		}
		folder := folders(t, s)[0]
		ms := list(t, s, folder, "")
		fetchAll(t, s, folder, ms)
		end := int64(0)
		for i := range s.index.entries.len() {
			e := s.index.entries.get(i)
			between := data[end:e.start]
			if i > 0 && !isSeparation(between) || e.raw < 0 || e.start < end {
				t.Fatalf("message %d begins at %d after %d: between them stands %q", i, e.start, end, between)
			}
			end = e.start + e.raw
		}
		if len(ms) > 0 && len(bytes.Trim(data[end:], "\r\n")) > 0 {
			t.Fatalf("after the last message stands %q", data[end:])
		}
		var again []string
		for _, m := range list(t, s, folder, "") {
			again = append(again, m.ID)
		}
		for i, m := range ms {
			if at, err := s.index.find(m.ID); again[i] != m.ID || at != i || err != nil {
				t.Fatalf("ID %s of message %d does not lead back", m.ID, i)
			}
		}
	})
}

// isSeparation: up to two line ends and one From_ line.
func isSeparation(p []byte) bool {
	p = bytes.TrimLeft(p, "\r\n")
	return bytes.HasPrefix(p, fromPrefix) && bytes.IndexByte(p, '\n') < 0 || bytes.HasPrefix(p, fromPrefix) && bytes.IndexByte(p, '\n') == len(p)-1
}
