package broken_test

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/mailhaul/mailhaul/internal/mailtest"
)

// held is a message as a destination has it.
type held struct {
	uid   imap.UID
	size  int64
	plain [sha256.Size]byte // of the bytes as they are
	// canonical and closed are of those forms, see canonical and closed.
	canonical, closed [sha256.Size]byte
	flags             []string // sorted, without \Recent
	date              time.Time
}

// whole is the longest message that is read into memory for its forms.
const whole = 8 << 20

// inbox reads a user's INBOX with go-imap's client, changing nothing.
func inbox(t *testing.T, addr, user string) []held {
	t.Helper()
	c, err := imapclient.DialInsecure(addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(user, mailtest.Password).Wait(); err != nil {
		t.Fatal(err)
	}
	box, err := c.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		t.Fatal(err)
	}
	if box.NumMessages == 0 {
		return nil
	}
	cmd := c.Fetch(imap.SeqSet{{Start: 1, Stop: 0}}, &imap.FetchOptions{
		UID: true, Flags: true, InternalDate: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}},
	})
	var out []held
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		out = append(out, hold(t, m))
	}
	if err := cmd.Close(); err != nil || len(out) != int(box.NumMessages) {
		t.Fatalf("got %d messages, %v, want %d", len(out), err, box.NumMessages)
	}
	return out
}

// hold reads one message.
func hold(t *testing.T, m *imapclient.FetchMessageData) (h held) {
	t.Helper()
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			h.uid = item.UID
		case imapclient.FetchItemDataFlags:
			for _, f := range item.Flags {
				if !strings.EqualFold(string(f), `\Recent`) {
					h.flags = append(h.flags, string(f))
				}
			}
			slices.Sort(h.flags)
		case imapclient.FetchItemDataInternalDate:
			h.date = item.Time
		case imapclient.FetchItemDataBodySection:
			h.read(t, item.Literal)
		}
	}
	return h
}

// read takes the bytes: their forms too, unless they are too many.
func (h *held) read(t *testing.T, r imap.LiteralReader) {
	t.Helper()
	if r == nil {
		t.Fatal("a message without bytes")
	}
	plain := sha256.New()
	raw, err := io.ReadAll(io.TeeReader(io.LimitReader(r, whole), plain))
	if err == nil {
		_, err = io.Copy(plain, r)
	}
	if err != nil {
		t.Fatal(err)
	}
	h.size, h.plain = r.Size(), sum(plain)
	if h.size < whole {
		h.canonical, h.closed = sha256.Sum256(canonical(raw)), sha256.Sum256(closed(raw))
	}
}

func sum(h hash.Hash) (out [sha256.Size]byte) {
	h.Sum(out[:0])
	return out
}

// String is for failures.
func (h held) String() string {
	return fmt.Sprintf("UID %d, %d bytes, %x, %q, %v", h.uid, h.size, h.canonical[:4], h.flags, h.date)
}
