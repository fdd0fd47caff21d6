package imapconn

import (
	"bufio"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/mailhaul/mailhaul/internal/dial"
)

func TestSet(t *testing.T) {
	for _, tc := range []struct {
		uids []uint32
		want string
	}{
		{[]uint32{1}, "1"},
		{[]uint32{3, 1, 2, 2, 7}, "1:3,7"},
		{[]uint32{0, 4294967294, 4294967295}, "4294967294:4294967295"},
	} {
		if got, n := Set(tc.uids); got != tc.want || n != len(tc.uids) {
			t.Errorf("%d: got %q, %d, want %q", tc.uids, got, n, tc.want)
		}
	}
}

func TestSetFitsIntoALine(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var uids []uint32
	for range 5000 {
		uids = append(uids, rnd.Uint32()|1)
	}
	for left := uids; len(left) > 0; {
		set, n := Set(left)
		if len(set) > maxSet || n == 0 {
			t.Fatalf("got %d bytes for %d UIDs", len(set), n)
		}
		var want imap.UIDSet
		for _, uid := range left[:n] {
			want.AddNum(imap.UID(uid))
		}
		if set != want.String() {
			t.Fatalf("got %.100q, want %.100q", set, want.String())
		}
		left = left[n:]
	}
}

func TestUTF7(t *testing.T) {
	for _, tc := range []struct{ name, wire string }{
		{"INBOX", "INBOX"},
		{"a & b", "a &- b"},
		{"Entwürfe", "Entw&APw-rfe"},
		{"日本語", "&ZeVnLIqe-"},
		{"台北", "&U,BTFw-"},
		{"emoji 😀", "emoji &2D3eAA-"},
		{"a\tb", "a&AAk-b"},
	} {
		if got := encodeUTF7(tc.name); got != tc.wire {
			t.Errorf("encode %q: got %q, want %q", tc.name, got, tc.wire)
		}
		if got, err := decodeUTF7(tc.wire); err != nil || got != tc.name {
			t.Errorf("decode %q: got %q, %v, want %q", tc.wire, got, err, tc.name)
		}
	}
	for _, bad := range []string{"R&D", "a&", "&AG-", "&A-", "&2D0-", "\xe9", "&AAA-"} {
		if got, err := decodeUTF7(bad); err == nil {
			t.Errorf("decode %q: got %q, want an error", bad, got)
		}
	}
}

func FuzzUTF7(f *testing.F) {
	for _, s := range []string{"a & b", "日本語", "&-", "😀\x00", "R&D", "&AGE-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, _ = decodeUTF7(s)
		_ = readable(s)
		if strings.ContainsAny(s, "\x00\ufffd") {
			return
		}
		s = strings.ToValidUTF8(s, "?")
		if got, err := decodeUTF7(encodeUTF7(s)); err != nil || got != s {
			t.Errorf("got %q, %v, want %q", got, err, s)
		}
	})
}

// FuzzResponse feeds a session whatever a server may send.
func FuzzResponse(f *testing.F) {
	for _, s := range []string{
		"* 1 FETCH (UID 7 FLAGS (\\Seen) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 5 BODY[] {5}\r\nhello)\r\nm1 OK\r\n",
		"* LIST (\\Sent) \"/\" {3}\r\na&-\r\n* STATUS x (MESSAGES 1 UIDNEXT 2)\r\nm2 OK [UIDNEXT 5] done\r\n",
		"* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n* 1 FETCH (((((X \"a\\\"b\" {2}\r\nhi BODY[HEADER.FIELDS (A)] {1}\r\nx\r\n",
		"* OK [PERMANENTFLAGS (\\* a])] x\r\n* 5 EXISTS\r\n+ go\r\n\r\n* BYE [ALERT] x\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		c := fuzzed(t, input)
		l := &listing{status: make(map[Name]Status)}
		ps := []*Pending{
			c.queueFetch("1:*", "x", func(_ *Item, b *Literal) error {
				_, err := io.CopyN(io.Discard, b, b.Size()/2)
				return err
			}, func(*Item) error { return nil }),
			c.queue(l.take, "LIST"), c.queue(l.takeNamespace, "NAMESPACE"),
		}
		p, _ := c.QueueSelect(true, "x")
		for range append(ps, p) {
			for {
				if _, err := c.Receive(); err != nil {
					l.tree()
					return
				}
			}
		}
	})
}

// fuzzed is a session over an input that just ends.
func fuzzed(t *testing.T, input []byte) *Conn {
	ours, theirs := net.Pipe()
	theirs.Close()
	d, err := dial.Open(context.Background(), dial.Access{
		Endpoint: dial.Endpoint{Scheme: "imap", Host: "127.0.0.1", TLS: dial.None},
		Timeout:  time.Second,
		Dial:     func(context.Context, string, string) (net.Conn, error) { return ours, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	d.R = bufio.NewReader(strings.NewReader(string(input)))
	return newConn(d)
}
