package pop3

import (
	"context"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"

	"github.com/mailhaul/mailhaul/transfer"
)

// A message of any size passes in constant memory.
func TestHugeMessage(t *testing.T) {
	const pieces = 2048
	piece := []byte(strings.Repeat(strings.Repeat("x", 62)+"\r\n", 512))
	f := &fake{mails: mails(1)}
	a := f.start(t)
	a.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return &longReply{Conn: conn, piece: piece, left: pieces}, err
	}
	s := signedIn(t, a)
	for x, err := range s.Fetch(t.Context(), transfer.Folder{}, list(t, s, "")) {
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, x.Body, make([]byte, 32<<10))
		runtime.ReadMemStats(&after)
		if want := int64(pieces * len(piece)); n != want || err != nil {
			t.Errorf("got %d bytes, %v, want %d", n, err, want)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
			t.Errorf("reading %d bytes took %d bytes of memory, want less than 4 MiB", n, used)
		}
	}
}

// longReply is a connection on which the reply to RETR is made up as it is read.
type longReply struct {
	net.Conn
	piece []byte
	left  int
	rest  []byte
	on    bool
}

func (l *longReply) Write(p []byte) (int, error) {
	if strings.HasPrefix(string(p), "RETR") {
		l.on, l.rest = true, []byte("+OK\r\n")
		return len(p), nil
	}
	return l.Conn.Write(p)
}

func (l *longReply) Read(p []byte) (int, error) {
	if !l.on {
		return l.Conn.Read(p)
	}
	if len(l.rest) == 0 {
		switch {
		case l.left > 0:
			l.left--
			l.rest = l.piece
		case l.left == 0:
			l.left--
			l.rest = []byte(".\r\n")
		default:
			l.on = false
			return l.Conn.Read(p)
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}
