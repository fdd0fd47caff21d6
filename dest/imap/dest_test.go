package imap

import (
	"context"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

func TestMain(m *testing.M) { mailtest.Main(m) }

// access is how a test gets in at a server's clear port.
func access(t testing.TB, addr, user string) dial.Access {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return dial.Access{
		Endpoint: dial.Endpoint{Scheme: "imap", User: user, Host: host, Port: n, TLS: dial.None},
		Password: func(context.Context) (string, error) { return mailtest.Password, nil },
		Timeout:  20 * time.Second,
	}
}

func open(t testing.TB, addr, user string) transfer.Dest {
	t.Helper()
	d, err := New(t.Context(), access(t, addr, user))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// plain is the dest without its powers.
func plain(d transfer.Dest) *dest {
	if u, ok := d.(uidplusDest); ok {
		return u.dest
	}
	return d.(*dest)
}

func TestContract(t *testing.T) {
	tests := []struct {
		name string
		with mailtest.DovecotOptions
		uids bool
	}{
		{"multiappend", mailtest.DovecotOptions{MaxSize: 1_000_000}, true},
		{"maildir with a prefix", mailtest.DovecotOptions{Format: mailtest.Maildir, Separator: ".", Prefix: "INBOX.", MaxSize: 1_000_000}, true},
		{"literal+", mailtest.DovecotOptions{Capability: "IMAP4rev1 LITERAL+ UIDPLUS NAMESPACE", MaxSize: 1_000_000}, true},
		{"literal-", mailtest.DovecotOptions{Capability: "IMAP4rev1 LITERAL- UIDPLUS MULTIAPPEND", MaxSize: 1_000_000}, true},
		{"literals that wait", mailtest.DovecotOptions{Capability: "IMAP4rev1", MaxSize: 1_000_000}, false},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) { contract(t, mailtest.Shared(t, tc.with), tc.uids) })
	}
}

func contract(t *testing.T, server *mailtest.Server, uids bool) {
	user := server.NewUser()
	transfertest.Dest(t, transfertest.DestStore{
		Open:    func(t *testing.T) transfer.Dest { return open(t, server.IMAP, user) },
		Inspect: func(t *testing.T, path []string) []transfertest.Stored { return inspect(t, server, user, path) },
		UIDs:    uids, Keywords: true, Dates: true,
		Refused:     func(*testing.T) *transfer.Letter { return letter("big", strings.Repeat("too big\r\n", 200_000)) },
		RefusedName: []string{"a/b.c\x01"},
		Stalled:     stalled,
	})
}

// letter makes one.
func letter(id, text string) *transfer.Letter {
	text = "Message-ID: <" + id + "@example.org>\r\nSubject: " + id + "\r\n\r\n" + text
	return &transfer.Letter{
		Message: transfer.Message{ID: id, Size: int64(len(text)), Ident: transfer.Identify([]byte(text))},
		Body:    strings.NewReader(text),
	}
}

// inspect reads a folder with go-imap's client.
func inspect(t *testing.T, server *mailtest.Server, user string, path []string) []transfertest.Stored {
	t.Helper()
	c, err := imapclient.DialInsecure(server.IMAP, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(user, mailtest.Password).Wait(); err != nil {
		t.Fatal(err)
	}
	list, err := c.List("", "*", nil).Collect()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range list {
		name := l.Mailbox
		if name != "INBOX" {
			name = strings.TrimPrefix(name, "INBOX.")
		}
		if name == strings.Join(path, string(l.Delim)) {
			return read1(t, c, l.Mailbox)
		}
	}
	return nil
}

func read1(t *testing.T, c *imapclient.Client, name string) []transfertest.Stored {
	t.Helper()
	if _, err := c.Select(name, &goimap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		t.Fatal(err)
	}
	var all goimap.UIDSet
	all.AddRange(1, 0)
	cmd := c.Fetch(all, &goimap.FetchOptions{UID: true, Flags: true, InternalDate: true, BodySection: []*goimap.FetchItemBodySection{{Peek: true}}})
	var out []transfertest.Stored
	for {
		m := cmd.Next()
		if m == nil {
			break
		}
		var s transfertest.Stored
		for {
			item := m.Next()
			if item == nil {
				break
			}
			switch item := item.(type) {
			case imapclient.FetchItemDataUID:
				s.UID = uint32(item.UID)
			case imapclient.FetchItemDataInternalDate:
				s.Date = item.Time
			case imapclient.FetchItemDataFlags:
				for _, f := range item.Flags {
					if f != `\Recent` {
						s.Flags = append(s.Flags, transfer.Flag(f))
					}
				}
			case imapclient.FetchItemDataBodySection:
				s.Body, _ = io.ReadAll(item.Literal)
			}
		}
		out = append(out, s)
	}
	if err := cmd.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

// stalled opens a session with a server that answers nothing after the sign-in.
func stalled(t *testing.T) transfer.Dest {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n")
		_, _ = io.Copy(io.Discard, conn)
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return open(t, l.Addr().String(), "anna")
}
