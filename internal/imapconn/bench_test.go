package imapconn

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/internal/dial"
)

// sizes are those of a measured message, and how many make a measured round.
var sizes = []struct {
	name        string
	bytes, many int
}{{"4KB", 4 << 10, 256}, {"1MB", 1 << 20, 4}}

// letterOf is a message of so many bytes in lines.
func letterOf(size int) []byte {
	line := strings.Repeat("x", 74) + "\r\n"
	return []byte(strings.Repeat(line, size/len(line)+1)[:size])
}

// quick opens a session with a server that answers every command with reply, and
// has no memory to spend: what is measured is ours.
func quick(b *testing.B, reply []byte) *Conn {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if conn, err := l.Accept(); err == nil {
			obey(conn, reply)
			conn.Close()
		}
	}()
	b.Cleanup(func() { l.Close(); <-done })
	c, err := Open(b.Context(), dial.Access{Endpoint: dial.Endpoint{
		Scheme: "imap", Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: dial.None}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() }) // before the server is waited for
	return c
}

// obey is the server's side, until the client hangs up.
func obey(conn net.Conn, reply []byte) {
	_, _ = io.WriteString(conn, "* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+ MULTIAPPEND] hello\r\n")
	in, out := bufio.NewReaderSize(conn, 64<<10), bufio.NewWriterSize(conn, 64<<10)
	var tag []byte
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		word, _, _ := bytes.Cut(line, []byte(" "))
		tag = append(tag[:0], word...)
		for bytes.HasSuffix(line, []byte("+}\r\n")) {
			digits := line[bytes.LastIndexByte(line, '{')+1 : len(line)-len("+}\r\n")]
			size, _ := strconv.Atoi(string(digits))
			if _, err := in.Discard(size); err != nil {
				return
			}
			if line, err = in.ReadSlice('\n'); err != nil {
				return
			}
		}
		_, _ = out.Write(reply)
		_, _ = out.Write(tag)
		_, _ = out.WriteString(" OK done\r\n")
		if out.Flush() != nil {
			return
		}
	}
}

// BenchmarkBodies reads messages over loopback, in one command.
func BenchmarkBodies(b *testing.B) {
	for _, size := range sizes {
		b.Run(size.name, func(b *testing.B) {
			text := letterOf(size.bytes)
			var reply bytes.Buffer
			var wants []Want
			for uid := 1; uid <= size.many; uid++ {
				fmt.Fprintf(&reply, "* %d FETCH (UID %d FLAGS (\\Seen) INTERNALDATE \"06-Jan-2020 09:00:00 +0100\" RFC822.SIZE %d BODY[] {%d}\r\n%s)\r\n", uid, uid, len(text), len(text), text)
				wants = append(wants, Want{UID: uint32(uid), Size: int64(len(text))})
			}
			c := quick(b, reply.Bytes())
			b.SetBytes(int64(size.many * size.bytes))
			b.ReportAllocs()
			for b.Loop() {
				read := 0
				err := c.Bodies(b.Context(), wants, func(got Body) bool {
					n, err := io.Copy(io.Discard, got.Body)
					if err != nil || n != int64(size.bytes) {
						b.Fatalf("got %d bytes, %v, want %d", n, err, size.bytes)
					}
					read++
					return true
				})
				if err != nil || read != size.many {
					b.Fatalf("got %d messages, %v, want %d", read, err, size.many)
				}
			}
		})
	}
}

// BenchmarkAppend writes messages over loopback, 50 of them or one large one a
// command, and waits once for all the answers.
func BenchmarkAppend(b *testing.B) {
	for _, size := range sizes {
		b.Run(size.name, func(b *testing.B) {
			text := bytes.NewReader(letterOf(size.bytes))
			c := quick(b, nil)
			b.SetBytes(int64(size.many * size.bytes))
			b.ReportAllocs()
			group := 50
			if size.bytes > 64<<10 {
				group = 1
			}
			sent := make([]Pending, (size.many+group-1)/group)
			for b.Loop() {
				for i := range sent {
					sent[i] = Pending{}
					appendGroup(b, c, &sent[i], text, min(group, size.many-i*group))
				}
				for i := range sent {
					if err := c.Wait(&sent[i]); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// appendGroup writes one MULTIAPPEND of so many times the same message.
func appendGroup(b *testing.B, c *Conn, p *Pending, text *bytes.Reader, many int) {
	err := c.Start(p, []byte(`APPEND "Archive/2019"`))
	for range many {
		if err == nil {
			err = c.Text([]byte(` (\Seen) "06-Jan-2020 09:00:00 +0100" `))
		}
		if err == nil {
			_, err = c.Literal(text.Size())
		}
		if err == nil {
			_, _ = text.Seek(0, io.SeekStart)
			err = c.Body(text, text.Size())
		}
	}
	if err == nil {
		err = c.End()
	}
	if err != nil {
		b.Fatal(err)
	}
}
