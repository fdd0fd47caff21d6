package imap

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// cut is a connection that breaks after so many bytes out, or in.
type cut struct {
	net.Conn
	out, in atomic.Int64
}

func (c *cut) Write(p []byte) (int, error) {
	left := c.out.Add(-int64(len(p)))
	if left >= 0 {
		return c.Conn.Write(p)
	}
	n, _ := c.Conn.Write(p[:max(0, int(left)+len(p))])
	c.Conn.Close()
	return n, net.ErrClosed
}

func (c *cut) Read(p []byte) (int, error) {
	if left := c.in.Load(); int64(len(p)) > left {
		p = p[:left]
	}
	if len(p) == 0 {
		c.Conn.Close()
		return 0, net.ErrClosed
	}
	n, err := c.Conn.Read(p)
	c.in.Add(-int64(n))
	return n, err
}

// Wherever the connection breaks, a receipt without an error is a letter that
// the server holds, and the others are left open by the error pair.
func TestCutAnywhere(t *testing.T) {
	const forever = 1 << 40
	for name, caps := range kinds {
		t.Run(name, func(t *testing.T) {
			server := mailtest.Shared(t, mailtest.DovecotOptions{Capability: caps})
			for step := range 12 {
				for _, where := range []struct{ out, in int64 }{{int64(500 + 2500*step), forever}, {forever, int64(1100 + 170*step)}} {
					cutAt(t, server, where.out, where.in)
				}
			}
		})
	}
}

func cutAt(t *testing.T, server *mailtest.Server, out, in int64) {
	t.Helper()
	user := server.NewUser()
	if _, err := send(t, open(t, server.IMAP, user)); err != nil { // makes the folder
		t.Fatal(err)
	}
	a := access(t, server.IMAP, user)
	a.Dial = func(_ context.Context, network, addr string) (net.Conn, error) {
		conn, err := net.Dial(network, addr)
		c := &cut{Conn: conn}
		c.out.Store(out)
		c.in.Store(in)
		return c, err
	}
	d, err := New(t.Context(), a)
	if err != nil {
		return // cut before it began
	}
	defer d.Close()
	if _, err := d.Open(t.Context(), box); err != nil {
		return
	}
	ls := some(0, 60)
	rs, err := sendOpen(t, d, ls[:20], ls[20:40], ls[40:])
	held := make(map[string]bool)
	for _, m := range inspect(t, server, user, box.Path) {
		held[string(m.Body)] = true
	}
	if err == nil && len(rs) != len(ls) {
		t.Errorf("cut at %d out, %d in: got %d receipts and no error", out, in, len(rs))
	}
	for i, r := range rs {
		if r.Letter != ls[i] || r.Err != nil || !held[textOf(t, r.Letter)] {
			t.Errorf("cut at %d out, %d in: receipt %d %+v is for a letter that is not there", out, in, i, r)
		}
	}
}
