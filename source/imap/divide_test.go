package imap

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/mailhaul/mailhaul/internal/mailtest"
	"github.com/mailhaul/mailhaul/transfer"
	"github.com/mailhaul/mailhaul/transfer/transfertest"
)

// A folder that comes slowly over one connection is read over several. Each but the
// first is lost in the middle of a text: all mail arrives once, in order.
func TestDividedFolder(t *testing.T) {
	const rate, all = 8 << 20, 300
	server := mailtest.Shared(t, mailtest.DovecotOptions{})
	user := server.NewUser()
	mails := make([]mailtest.Mail, all)
	for i := range mails {
		text := fmt.Appendf(nil, "Subject: %d\r\nMessage-ID: <%d@divided.example>\r\n\r\n", i, i)
		mails[i] = mailtest.Mail{Folder: []string{"INBOX"}, Bytes: append(text, bytes.Repeat([]byte("all work and no play\r\n"), 3000)...)}
	}
	mailtest.Load(t, server.IMAP, user, mails)
	line := mailtest.Proxy(t, server.IMAP, mailtest.ProxyOptions{Plan: func(conn int) (p mailtest.Plan) {
		if p.Down.Rate = rate; conn > 0 {
			p.Down.CutAfter = 3<<20 + 1000
		}
		return p
	}})
	account, dest := NewAccount(access(t, line.Addr, user)), transfertest.NewServer(transfertest.ServerOptions{})
	_, err := transfer.Run(t.Context(), transfer.Job{
		Sources: []transfer.From{{Name: "source", Open: func(ctx context.Context) (transfer.Source, error) { return account.New(ctx) }}},
		Dest:    transfer.To{Name: "dest", Open: dest.Open},
		Mapper:  transfertest.Straight{}, Checkpoint: transfertest.NewMemCheckpoint(), Settle: time.Millisecond, Lanes: 3,
	})
	if err != nil {
		t.Fatal(err)
	}
	lost := 0
	for _, t := range line.Traffic()[1:] {
		if t.Down >= 3<<20 {
			lost++
		}
	}
	got := dest.Messages("INBOX")
	if len(got) != all || lost == 0 {
		t.Fatalf("got %d messages and %d connections lost, want %d and some", len(got), lost, all)
	}
	for i := range got {
		if !bytes.Equal(got[i].Body, mails[i].Bytes) {
			t.Fatalf("message %d: got %.100q of %d bytes", i, got[i].Body, len(got[i].Body))
		}
	}
}
