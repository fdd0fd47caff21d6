package mbox

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/scratch"
	"github.com/mailhaul/mailhaul/transfer"
)

// steps reads at most n bytes at a time.
type steps struct {
	r io.Reader
	n int
}

func (s steps) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), s.n)]) }

// FuzzLines: pieces make up the stream, no piece is longer than half the buffer,
// and each knows where it stands, however the bytes come.
func FuzzLines(f *testing.F) {
	f.Add([]byte("a\nbb\r\n\nlong line without end"), 16, 3)
	f.Fuzz(func(t *testing.T, data []byte, size, step int) {
		size, step = 16+size&0xff, 1+step&0xff
		in := newLineReader(steps{bytes.NewReader(data), step}, size)
		at, begins := 0, true
		for in.next() == nil {
			p := bytes.Clone(in.piece())
			if len(p) == 0 || len(p) > size/2 || int(in.offset()) != at || !bytes.HasPrefix(data[at:], p) {
				t.Fatalf("%q, buffer %d: at %d: got %q from %d", data, size, at, p, in.offset())
			}
			if in.first != begins || in.last != (p[len(p)-1] == '\n') || bytes.IndexByte(p, '\n') < len(p)-1 && in.last {
				t.Fatalf("%q: piece %q: got first %v, last %v", data, p, in.first, in.last)
			}
			at, begins = at+len(p), in.last
			want := data[at:min(at+size/4, len(data))]
			if got := in.peek(size / 4); !bytes.Equal(got, want) || !bytes.Equal(in.piece(), p) {
				t.Fatalf("%q: peek after %q: got %q, want %q", data, p, got, want)
			}
		}
		if at != len(data) || int(in.end()) != at {
			t.Fatalf("%q: got %d bytes, end %d", data, at, in.end())
		}
	})
}

// FuzzScan: the index does not depend on how the bytes come; messages stand one
// behind the other within the file.
func FuzzScan(f *testing.F) {
	for _, d := range dialects() {
		f.Add([]byte(d.write([]string{"A: 1\n\nhi\n", "B: 1\n\n>From x\n\n", "C: 1\n\nFrom a@b Mon Jan  6 10:00:00 2020\nD: 1\n\nx"})), 3)
	}
	f.Add([]byte(fromA+"Content-Length: 3\n\r\r\nhi\r\n\r\n"+fromB+"Status: RO\nX-Keywords: a b\n\n"), 1)
	when := arrival{now: time.Unix(1.7e9, 0), fileTime: time.Unix(1.6e9, 0)}
	f.Fuzz(func(t *testing.T, data []byte, step int) {
		read := func(step int) (*index, error) {
			return scan(func() (io.ReadCloser, error) { return io.NopCloser(steps{bytes.NewReader(data), step}), nil }, when, &scratch.Files{})
		}
		whole, err := read(len(data) + 1)
		pieces, err2 := read(1 + step&0x3ff)
		if fmt.Sprint(err) != fmt.Sprint(err2) {
			t.Fatalf("%q: got %v or %v", data, err, err2)
		}
		if err != nil {
			return
		}
		if whole.unquote != pieces.unquote || whole.found != pieces.found || whole.entries.len() != pieces.entries.len() {
			t.Fatalf("%q: got %+v or %+v", data, whole, pieces)
		}
		end := int64(0)
		for i := range whole.entries.len() {
			e := whole.entries.get(i)
			if other := pieces.entries.get(i); e != other {
				t.Fatalf("%q: message %d: got %+v or %+v", data, i, e, other)
			}
			if e.start < end || e.raw < 0 || e.start+e.raw > int64(len(data)) {
				t.Fatalf("%q: message %d stands from %d, %d bytes, after %d", data, i, e.start, e.raw, end)
			}
			end = e.start + e.raw
			if at, err := whole.find(whole.name(i)); at != i || err != nil {
				t.Fatalf("%q: the ID of message %d does not lead back", data, i)
			}
		}
	})
}

// FuzzSeparator: a From_ line of any sender gives its date back, in the forms
// that programs write.
func FuzzSeparator(f *testing.F) {
	f.Add("a@example.org", int64(1420459200), 0)
	f.Add(`"some one"@example.org Mon`, int64(951782400), 1)
	f.Add("-", int64(1), 2)
	layouts := []string{time.ANSIC, time.UnixDate, "Mon Jan _2 15:04:05 2006 -0700", "Mon Jan 02 15:04:05 -0700 2006", time.RFC1123Z}
	f.Fuzz(func(t *testing.T, sender string, unix int64, layout int) {
		line := []byte("From " + sender)
		if _, ok := parseFrom(line); !ok {
			t.Fatalf("parseFrom(%q): got false", line)
		}
		date := time.Unix(unix&0xffffffff, 0).UTC()
		if strings.ContainsAny(sender, "()") || strings.Contains(sender, "remote from") || len(sender) > 1000 {
			return // comments, UUCP
		}
		line = fmt.Appendf(nil, "From %s %s\n", sender, date.Format(layouts[uint(layout)%uint(len(layouts))]))
		if got, _ := parseFrom(line); got.shape != dated || !got.date.Equal(date) {
			t.Errorf("parseFrom(%q): got %+v, want %v", line, got, date)
		}
	})
}

// FuzzState: flags are told once each, keywords are words, and what is written
// back in the header is read as the same.
func FuzzState(f *testing.F) {
	f.Add([]byte("Status: RO\nX-Status: AFDT\nX-Mozilla-Status: 1005\nX-Keywords: a b\n c\nX-Mozilla-Keys: $label1\n"))
	f.Fuzz(func(t *testing.T, head []byte) {
		s := readState(head)
		list := s.flags.list(s.keywords)
		var back strings.Builder
		letters := map[transfer.Flag]string{transfer.Seen: "R", transfer.Answered: "A", transfer.Flagged: "F",
			transfer.Deleted: "D", transfer.Draft: "T", "$Forwarded": ""}
		for i, flag := range list {
			letter, ok := letters[flag]
			if slices.Contains(list[:i], flag) || flag == "" || !ok && flag[0] == '\\' || strings.ContainsAny(string(flag), " \t\r\n") {
				t.Fatalf("%q: got flags %q", head, list)
			}
			if back.WriteString("Status: " + letter + "\n"); letter == "" {
				back.WriteString("X-Keywords: " + string(flag) + "\n")
			}
		}
		if len(list) > mostKeywords+len(flagTable) {
			t.Fatalf("%q: got %d flags", head, len(list))
		}
		again := readState([]byte(back.String()))
		got := again.flags.list(again.keywords)
		slices.Sort(list)
		if slices.Sort(got); !slices.Equal(got, list) {
			t.Errorf("%q: got %q from what was written back, want %q", head, got, list)
		}
	})
}

// FuzzBody: what an mboxrd writer did to a message is undone to the byte, and
// counted, however it is read.
func FuzzBody(f *testing.F) {
	f.Add([]byte("A: 1\n\nFrom x\n>From y\r\nlone \r cr\n"), 7)
	f.Add([]byte("\r\r\n>>From\n\nFrom \n"), 1)
	f.Fuzz(func(t *testing.T, message []byte, step int) {
		var file []byte
		header, quoted := true, int64(0)
		for line := range bytes.Lines(message) {
			rest := bytes.TrimLeft(line, ">")
			switch {
			case header:
				header = !endsHeader(line)
			case len(line)-len(rest) > 1000:
				t.Skip("nobody quotes so often")
			case bytes.HasPrefix(rest, fromPrefix):
				file = append(file, '>')
				quoted++
			}
			file = append(file, line...)
		}
		want := crlf(strings.ReplaceAll(string(message), "\r\n", "\n"))
		var b body
		mended := b.reset(steps{bytes.NewReader(file), 1 + step&0xffff}, int64(len(file)), true)
		var got bytes.Buffer
		if _, err := io.CopyBuffer(struct{ io.Writer }{&got}, &b, make([]byte, 1+step&0xff)); err != nil {
			t.Fatalf("%q: %v", file, err)
		}
		if got.String() != want || mended.Unquoted != quoted || mended.LineEnds != int64(len(want)-len(message)) {
			t.Errorf("%q: got %q with %+v mended, want %q with %d unquoted", file, got.String(), *mended, want, quoted)
		}
		same, err := sameBytes(bytes.NewReader(file), int64(len(file)), digestOf(file))
		if !same || err != nil {
			t.Errorf("%q: got another digest on the second reading, %v", file, err)
		}
	})
}

// digestOf reads a message line by line.
func digestOf(file []byte) [16]byte {
	m := newReading()
	m.begin(0, 0, time.Time{})
	for line := range bytes.Lines(file) {
		m.take(line, true)
	}
	return m.digest()
}
