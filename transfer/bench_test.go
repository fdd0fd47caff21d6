package transfer

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// letterOf is a message of about so many bytes, with such line ends.
func letterOf(size int, end string) []byte {
	head := "Received: from mx.example.org (mx.example.org [192.0.2.1]) by store.example.net with ESMTPS id 4711" + end +
		"\tfor <user@example.net>; Mon, 6 Jan 2020 09:00:00 +0100" + end + "Message-ID: <4711@mail.example.org>" + end +
		"Date: Mon, 6 Jan 2020 09:00:00 +0100" + end + "From: Ann Example <ann@example.org>" + end +
		"To: User <user@example.net>" + end + "Subject: one of many" + end + end
	line := strings.Repeat("x", 74) + end
	return []byte(head + strings.Repeat(line, max(0, size-len(head))/len(line)))
}

// BenchmarkSpool takes windows of messages in, with all that is learned of them on
// the way, and gives them out again. Those of 6 MB go through a file.
func BenchmarkSpool(b *testing.B) {
	for _, tc := range []struct {
		name       string
		size, many int
	}{{"4KB", 4 << 10, 64}, {"300KB", 300 << 10, 20}, {"6MB", 6 << 20, 2}} {
		b.Run(tc.name, func(b *testing.B) {
			s, f, text := newSpool(b.TempDir()), newFiller(), letterOf(tc.size, "\r\n")
			in := bytes.NewReader(text)
			b.SetBytes(int64(tc.many * len(text)))
			b.ReportAllocs()
			for b.Loop() {
				window := &batch{spool: s}
				for range tc.many {
					in.Reset(text)
					if err := f.fill(window, struct{ io.Reader }{in}, &Letter{}); err != nil {
						b.Fatal(err)
					}
				}
				for _, l := range window.letters {
					if n, err := io.Copy(io.Discard, l.Body); err != nil || n != int64(len(text)) {
						b.Fatalf("got %d bytes, %v, want %d", n, err, len(text))
					}
				}
				window.release()
			}
		})
	}
}

// BenchmarkDigest computes what two servers may agree on, in pieces as they come
// off a line.
func BenchmarkDigest(b *testing.B) {
	for _, tc := range []struct {
		name string
		text []byte
	}{
		{"4KB", letterOf(4<<10, "\r\n")},
		{"1MB", letterOf(1<<20, "\r\n")},
		{"1MB of bare LF", letterOf(1<<20, "\n")},
		{"1MB of blank lines", bytes.Repeat([]byte("\r\n"), 1<<19)},
		{"1MB of bare CR", bytes.Repeat([]byte("\r"), 1<<20)},
		{"1MB of CR in lines", bytes.Repeat([]byte("a\rb\r\n"), 1<<20/5)},
		{"1MB of NUL", bytes.Repeat([]byte{0}, 1<<20)},
	} {
		b.Run(tc.name, func(b *testing.B) {
			c := NewCanonical()
			b.SetBytes(int64(len(tc.text)))
			b.ReportAllocs()
			for b.Loop() {
				c.Reset()
				for rest := tc.text; len(rest) > 0; {
					n, _ := c.Write(rest[:min(len(rest), 32<<10)])
					rest = rest[n:]
				}
				if _, size := c.Sum(); size > int64(len(tc.text))*2 {
					b.Fatalf("got %d bytes of %d", size, len(tc.text))
				}
			}
		})
	}
}

// BenchmarkIdentify reads a header with many Received lines.
func BenchmarkIdentify(b *testing.B) {
	for _, hops := range []int{3, 300} {
		b.Run(fmt.Sprintf("hops=%d", hops), func(b *testing.B) {
			hop := []byte("Received: from mx.example.org by store.example.net with ESMTPS id 4711\r\n\tfor <user@example.net>; Mon, 6 Jan 2020 09:00:00 +0100\r\n")
			head := append(bytes.Repeat(hop, hops), letterOf(0, "\r\n")...)
			b.SetBytes(int64(len(head)))
			b.ReportAllocs()
			for b.Loop() {
				if Identify(head) == (Ident{}) {
					b.Fatal("got no identity")
				}
			}
		})
	}
}
