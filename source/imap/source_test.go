package imap

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"testing"
	"time"

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

func open(t testing.TB, addr, user string) *Source {
	t.Helper()
	s, err := New(t.Context(), access(t, addr, user))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestContract(t *testing.T) {
	tests := []struct {
		name string
		with mailtest.DovecotOptions
	}{
		{"sdbox", mailtest.DovecotOptions{}},
		{"maildir with a prefix", mailtest.DovecotOptions{Format: mailtest.Maildir, Separator: ".", Prefix: "INBOX."}},
		{"few capabilities", mailtest.DovecotOptions{Capability: "IMAP4rev1"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) { contract(t, mailtest.Shared(t, tc.with)) })
	}
}

func contract(t *testing.T, server *mailtest.Server) {
	user := server.NewUser()
	mails := mailtest.Corpus(7, 90, mailtest.CorpusOptions{Small: true, Plain: true, CRLF: true})
	mailtest.Load(t, server.IMAP, user, mails)
	transfertest.Source(t, transfertest.SourceStore{
		Open:    func(t *testing.T) transfer.Source { return open(t, server.IMAP, user) },
		Folders: wanted(t, server, user, mails),
		Flags:   true, Dates: true, Sizes: true,
		Snapshot: func(t *testing.T) string {
			return fmt.Sprint(mailtest.Take(t, server.IMAP, user))
		},
		Remove:  func(t *testing.T, f transfer.Folder, m transfer.Message) { remove(t, server, user, f, m) },
		Stalled: stalled,
	})
}

// wanted is what the account shall look like to a source.
func wanted(t *testing.T, server *mailtest.Server, user string, mails []mailtest.Mail) []transfertest.WantFolder {
	byKey := make(map[string]int)
	var out []transfertest.WantFolder
	add := func(path []string) int {
		key := mailtest.Key(path...)
		if _, ok := byKey[key]; !ok {
			byKey[key] = len(out)
			out = append(out, transfertest.WantFolder{Path: path})
		}
		return byKey[key]
	}
	for _, m := range mails {
		f := &out[add(m.Folder)]
		var flags []transfer.Flag
		for _, name := range m.Flags {
			flags = append(flags, transfer.Flag(name))
		}
		f.Messages = append(f.Messages, transfertest.WantMessage{Body: m.Bytes, Flags: flags, Date: m.Date})
	}
	s := open(t, server.IMAP, user)
	fs, err := s.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fs {
		i := add(f.Path)
		out[i].Role = f.Role
	}
	return out
}

// remove deletes a message with another session.
func remove(t *testing.T, server *mailtest.Server, user string, f transfer.Folder, m transfer.Message) {
	do(t, server, user, f, "UID STORE "+m.ID+` +FLAGS.SILENT (\Deleted)`, "EXPUNGE")
}

// do runs commands in a folder, as another client would.
func do(t *testing.T, server *mailtest.Server, user string, f transfer.Folder, commands ...string) {
	t.Helper()
	s := open(t, server.IMAP, user)
	if _, err := s.Folders(t.Context()); err != nil {
		t.Fatal(err)
	}
	name, err := s.tree.Wire(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.conn.Do(t.Context(), "SELECT ", name); err != nil {
		t.Fatal(err)
	}
	for _, command := range commands {
		if err := s.conn.Do(t.Context(), command); err != nil {
			t.Fatal(err)
		}
	}
}

// stalled opens a session with a server that answers nothing after the sign-in.
func stalled(t *testing.T) transfer.Source {
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
		fmt.Fprint(conn, "* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n")
		_, _ = io.Copy(io.Discard, conn)
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return open(t, l.Addr().String(), "anna")
}
