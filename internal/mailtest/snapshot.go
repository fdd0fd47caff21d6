package mailtest

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Snapshot is all of an account: each folder, by its [Key], with its messages
// in the order of their UIDs.
type Snapshot map[string][]Entry

// Entry is one message in a [Snapshot].
type Entry struct {
	UID   uint32
	Size  int64     // bytes
	Flags []string  // sorted, without \Recent
	Date  time.Time // INTERNALDATE
	// SHA256 is of the bytes as they are.
	SHA256 [32]byte
	// Canonical is of the bytes as servers may store them: any line end as
	// CRLF, a lone CR at the very end dropped, NUL as 0x80.
	Canonical [32]byte
	// Closed is Canonical with a final CRLF, whether there was one or not.
	Closed [32]byte
}

// Key is the folder with this path in a [Snapshot].
func Key(path ...string) string { return strings.Join(path, "\x00") }

// Take reads a user's whole account at an IMAP address. It changes nothing, not
// even \Recent. A message that is not as long as announced fails the test.
func Take(t testing.TB, addr, user string) Snapshot {
	t.Helper()
	s, err := Look(addr, user)
	if err != nil {
		t.Fatalf("read %s at %s: %v", user, addr, err)
	}
	return s
}

// FromMails is the snapshot of an account that holds just these mails, in this
// order; the UIDs are made up.
func FromMails(mails []Mail) Snapshot {
	s := Snapshot{}
	for _, m := range mails {
		key := Key(m.Folder...)
		e := entry(m.Bytes, m.Flags)
		e.UID, e.Date = uint32(len(s[key])+1), m.Date
		s[key] = append(s[key], e)
	}
	return s
}

// Messages is how many there are in all folders.
func (s Snapshot) Messages() int {
	n := 0
	for _, entries := range s {
		n += len(entries)
	}
	return n
}

// Look is [Take] for goroutines that are not the test's own.
func Look(addr, user string) (Snapshot, error) {
	a, err := dial(addr, user)
	if err != nil {
		return nil, err
	}
	defer a.close()
	listed, err := a.List("", "*", nil).Collect()
	if err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	s := Snapshot{}
	for _, l := range listed {
		if slices.Contains(l.Attrs, imap.MailboxAttrNoSelect) || slices.Contains(l.Attrs, imap.MailboxAttrNonExistent) {
			continue
		}
		if s[Key(a.path(l.Mailbox)...)], err = a.read(l.Mailbox); err != nil {
			return nil, fmt.Errorf("folder %q: %w", l.Mailbox, err)
		}
	}
	return s, nil
}

// read fetches a whole folder in one command.
func (a *account) read(name string) ([]Entry, error) {
	selected, err := a.Select(name, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil || selected.NumMessages == 0 {
		return nil, err
	}
	cmd := a.Fetch(imap.SeqSet{{Start: 1, Stop: 0}}, &imap.FetchOptions{
		UID: true, Flags: true, InternalDate: true,
		BodySection: []*imap.FetchItemBodySection{{Peek: true}},
	})
	var entries []Entry
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		e, err := collect(m)
		if err != nil {
			a.Close() // a literal may be left unread, which would block all
			return nil, err
		}
		entries = append(entries, e)
	}
	if err := cmd.Close(); err != nil {
		return nil, err
	}
	if len(entries) != int(selected.NumMessages) {
		return nil, fmt.Errorf("got %d messages, want %d", len(entries), selected.NumMessages)
	}
	slices.SortFunc(entries, func(x, y Entry) int { return cmp.Compare(x.UID, y.UID) })
	return entries, nil
}

func collect(m *imapclient.FetchMessageData) (Entry, error) {
	var e Entry
	var flags []string
	var date time.Time
	var uid uint32
	found := false
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			uid = uint32(item.UID)
		case imapclient.FetchItemDataFlags:
			for _, flag := range item.Flags {
				flags = append(flags, string(flag))
			}
		case imapclient.FetchItemDataInternalDate:
			date = item.Time
		case imapclient.FetchItemDataBodySection:
			var b bytes.Buffer
			if item.Literal != nil {
				if n, err := io.Copy(&b, item.Literal); err != nil || n != item.Literal.Size() {
					return e, fmt.Errorf("message %d: got %d bytes, want %d: %v", m.SeqNum, n, item.Literal.Size(), err)
				}
			}
			e, found = entry(b.Bytes(), nil), true
		}
	}
	if !found || uid == 0 {
		return e, fmt.Errorf("message %d: no text or no UID in the reply", m.SeqNum)
	}
	e.UID, e.Flags, e.Date = uid, tidy(flags), date
	return e, nil
}

func entry(text []byte, flags []string) Entry {
	plain := canonical(text)
	e := Entry{Size: int64(len(text)), Flags: tidy(flags), SHA256: sha256.Sum256(text), Canonical: sha256.Sum256(plain)}
	if !bytes.HasSuffix(plain, []byte("\r\n")) {
		plain = append(plain, "\r\n"...)
	}
	e.Closed = sha256.Sum256(plain)
	return e
}

// canonical is the form that [Entry.Canonical] tells of.
func canonical(text []byte) []byte {
	out := make([]byte, 0, len(text)+len(text)/40)
	for len(text) > 0 {
		line, rest, ended := bytes.Cut(text, []byte("\n"))
		if ended {
			out = append(append(out, bytes.TrimRight(line, "\r")...), "\r\n"...)
		} else {
			out = append(out, bytes.TrimSuffix(line, []byte("\r"))...)
		}
		text = rest
	}
	return bytes.ReplaceAll(out, []byte{0}, []byte{0x80})
}

// tidy sorts flags and takes \Recent away. System flags have one spelling.
func tidy(flags []string) []string {
	out := make([]string, 0, len(flags))
	for _, flag := range flags {
		if !strings.EqualFold(flag, `\Recent`) {
			out = append(out, flag)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
