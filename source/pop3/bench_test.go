package pop3

import (
	"bufio"
	"io"
	"strings"
	"testing"
)

// endless gives the same text again and again.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.text[e.at:])
	e.at = (e.at + n) % len(e.text)
	return n, nil
}

// BenchmarkDots reads texts as they come on the wire: every tenth line of the usual
// ones begins with a dot.
func BenchmarkDots(b *testing.B) {
	line := strings.Repeat("x", 74)
	for _, tc := range []struct {
		name, lines, end string
		size             int
	}{
		{"4KB", strings.Repeat(line+"\r\n", 9) + ".." + line[2:] + "\r\n", ".\r\n", 4 << 10},
		{"1MB", strings.Repeat(line+"\r\n", 9) + ".." + line[2:] + "\r\n", ".\r\n", 1 << 20},
		{"1MB of bare LF", strings.Repeat(line+"\n", 10), "\r\n.\r\n", 1 << 20},
		{"1MB of blank lines", "\r\n\r\n", ".\r\n", 1 << 20},
		{"1MB in one line", line, "\r\n.\r\n", 1 << 20},
	} {
		b.Run(tc.name, func(b *testing.B) {
			wire := strings.Repeat(tc.lines, tc.size/len(tc.lines)) + tc.end
			in, room := bufio.NewReaderSize(&endless{text: wire}, 64<<10), make([]byte, 64<<10)
			b.SetBytes(int64(len(wire)))
			b.ReportAllocs()
			for b.Loop() {
				d := request{size: -1}.text(in)
				n, err := io.CopyBuffer(io.Discard, struct{ io.Reader }{d}, room)
				if err != nil || n < int64(tc.size)*9/10 {
					b.Fatalf("got %d bytes, %v", n, err)
				}
			}
		})
	}
}
