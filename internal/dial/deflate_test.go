package dial

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// deflating answers the first line with OK and more, in one write, then speaks
// compressed.
func deflating(then func(in io.Reader, out *flate.Writer)) func(net.Conn) {
	return func(conn net.Conn) {
		conn.Read(make([]byte, 100))
		var both bytes.Buffer
		both.WriteString("OK\r\n")
		out, _ := flate.NewWriter(&both, flate.DefaultCompression)
		io.WriteString(out, "early\r\n")
		out.Flush()
		conn.Write(both.Bytes())
		both.Reset()
		then(flate.NewReader(conn), out)
		for both.Len() > 0 {
			if _, err := conn.Write(both.Next(1 << 16)); err != nil {
				return
			}
		}
		// What is not read would reset the line under what is on its way.
		conn.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, conn)
	}
}

// deflatedConn asks for compression and gets it.
func deflatedConn(t *testing.T, then func(in io.Reader, out *flate.Writer)) *Conn {
	t.Helper()
	c, err := open(t, serve(t, None, deflating(then)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "compress\r\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := c.ReadLine(0); string(line) != "OK" || err != nil {
		t.Fatalf("got %q, %v, want OK", line, err)
	}
	if err := c.Deflate(); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDeflate(t *testing.T) {
	text := strings.Repeat("a line of some length\r\n", 10_000)
	c := deflatedConn(t, func(in io.Reader, out *flate.Writer) {
		got := make([]byte, len(text))
		io.ReadFull(in, got)
		out.Write(got)
		out.Flush()
	})
	if line, err := c.ReadLine(0); string(line) != "early" || err != nil {
		t.Fatalf("got %q, %v, want what came with the OK", line, err)
	}
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != text {
		t.Fatalf("got %d bytes, %v, want what was sent", len(got), err)
	}
	if _, out := c.Counts(); out > int64(len(text))/20 {
		t.Errorf("got %d bytes on the line for %d", out, len(text))
	}
	if _, err := c.ReadLine(0); !errors.Is(err, io.EOF) {
		t.Errorf("got %v at the end, want EOF", err)
	}
}

// What is small on the line and without end behind it is bounded as all else is.
func TestDeflateBomb(t *testing.T) {
	c := deflatedConn(t, func(_ io.Reader, out *flate.Writer) {
		out.Write(make([]byte, 1<<20))
		out.Flush()
	})
	c.ReadLine(0)
	_, err := c.ReadLine(1 << 16)
	wantError(t, err, BadReply, true, "a line of more than 65536 bytes")
}

func TestDeflateGarbage(t *testing.T) {
	c, err := open(t, serve(t, None, func(conn net.Conn) { io.WriteString(conn, "OK\r\n\xff\xff\xff\xff\xff\xff") }))
	if err != nil {
		t.Fatal(err)
	}
	c.ReadLine(0)
	if err := c.Deflate(); err != nil {
		t.Fatal(err)
	}
	_, err = c.ReadLine(0)
	wantError(t, err, Lost, false, "corrupt input")
}

func TestWantsDeflate(t *testing.T) {
	for _, tc := range []struct {
		mode Compression
		trip time.Duration
		want bool
	}{
		{CompressAuto, time.Millisecond, false},
		{CompressAuto, 40 * time.Millisecond, true},
		{CompressOn, time.Millisecond, true},
		{CompressOff, 40 * time.Millisecond, false},
	} {
		if c := (&Conn{access: Access{Compress: tc.mode}, trip: tc.trip}); c.WantsDeflate() != tc.want {
			t.Errorf("mode %d, %v away: got %v, want %v", tc.mode, tc.trip, !tc.want, tc.want)
		}
	}
}
