package imap

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/dial"
	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// All bytes arrive over a compressed connection, too, and are fewer on the line.
func TestCompressed(t *testing.T) {
	t.Run("dovecot", func(t *testing.T) {
		server := mailtest.Shared(t, mailtest.DovecotOptions{Extra: "protocol imap {\n  mail_plugins = $mail_plugins imap_zlib\n}"})
		user := server.NewUser()
		overDeflate(t, server.IMAP, user, mailtest.Corpus(3, 150, mailtest.CorpusOptions{CRLF: true, Small: true}))
	})
	t.Run("cyrus", func(t *testing.T) {
		var mails []mailtest.Mail
		for i := range 100 {
			text := fmt.Sprintf("Subject: %d\r\n\r\n", i) + strings.Repeat(fmt.Sprint("line ", i, "\r\n"), i*i)
			mails = append(mails, mailtest.Mail{Folder: []string{"INBOX"}, Bytes: []byte(text), Date: time.Unix(1e9, 0)})
		}
		overDeflate(t, mailtest.Cyrus(t).IMAP, "anna", mails)
	})
}

// counted counts the bytes that go out.
type counted struct {
	net.Conn
	out *atomic.Int64
}

func (c counted) Write(p []byte) (int, error) {
	c.out.Add(int64(len(p)))
	return c.Conn.Write(p)
}

func overDeflate(t *testing.T, addr, user string, mails []mailtest.Mail) {
	size := int64(0)
	for _, m := range mails {
		size += int64(len(m.Bytes))
	}
	var asked atomic.Bool
	a := access(t, addr, user)
	a.Compress = dial.CompressOn
	var out atomic.Int64
	a.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return counted{conn, &out}, err
	}
	a.Transcript = &dial.Transcript{Tell: func(line string) {
		if strings.Contains(line, "COMPRESS DEFLATE") {
			asked.Store(true)
		}
	}}
	d, err := New(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if !asked.Load() {
		t.Fatal("the connection is not compressed")
	}
	put(t, d, mails)
	for _, difference := range mailtest.Compare(mailtest.FromMails(mails), mailtest.Take(t, addr, user), mailtest.CompareOptions{IgnoreEmpty: true}) {
		t.Error(difference)
	}
	if n := out.Load(); n >= size {
		t.Errorf("got %d bytes on the line for %d of mail, want fewer", n, size)
	}
}
